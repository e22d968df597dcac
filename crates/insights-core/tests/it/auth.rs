//! Who is asking, and what they may touch.

use std::slice;

use chrono::TimeDelta;
use insights_core::api_key::repository::KeyLimit;
use insights_core::auth::Principal;
use insights_core::auth::credential::{Credential, KeyPlace};
use insights_core::auth::service::AuthService;
use insights_core::error::ServiceResult;
use insights_core::ids::{OrganizationId, ProjectId};
use insights_core::paging::Page;
use insights_core::scopes::{Scope, ScopeObject, Scopes};
use test_support::builders::{World, at, key, organization, ownership, project};

use crate::support::{Stage, refusal, refused};

/// Two tenants. The first one's user also owns a second organization with a project of its own.
struct Tenants {
    stage: Stage,
    own: World,
    own_second: insights_core::project::Project,
    foreign: World,
}

impl Tenants {
    fn new() -> Self {
        let stage = Stage::new();
        let [own, foreign] = [1, 2].map(|n| World::new(&stage.repositories, n));
        let second = organization(3);
        stage.repositories.organizations.create(&second, &ownership(&second, own.user.id)).unwrap();
        let own_second = stage.repositories.projects.create(&project(second.id, 3)).unwrap();
        Self { stage, own, own_second, foreign }
    }

    fn auth(&self) -> AuthService {
        AuthService::new(&self.stage.repositories, self.stage.clock())
    }

    /// The first user with a key of those limits.
    fn principal(&self, scopes: &[&str], projects: &[ProjectId], organizations: &[OrganizationId]) -> Principal {
        let mut key = key(self.own.user.id, 1);
        key.key.scopes = Scopes::parse(scopes).unwrap();
        key.key.scoped_projects = projects.to_vec();
        key.key.scoped_organizations = organizations.to_vec();
        self.stage.repositories.api_keys.create(&key, KeyLimit::Unlimited).unwrap();
        self.authenticate("phx_secret_number_1").unwrap()
    }

    fn authenticate(&self, key: &str) -> ServiceResult<Principal> {
        self.auth().authenticate(Credential { key, place: KeyPlace::Header }, 0)
    }
}

#[test]
fn unknown_expired_and_inactive_keys_are_refused_alike() {
    let tenants = Tenants::new();
    let mut expiring = key(tenants.own.user.id, 1);
    expiring.key.expires_at = Some(at(10));
    let keys = &tenants.stage.repositories.api_keys;
    keys.create(&expiring, KeyLimit::Unlimited).unwrap();
    keys.create(&key(tenants.foreign.user.id, 2), KeyLimit::Unlimited).unwrap();
    tenants.stage.clock.set(at(9));
    assert!(tenants.authenticate("phx_secret_number_1").is_ok());
    tenants.stage.clock.set(at(10));
    tenants.stage.repositories.users.set_active(tenants.foreign.user.id, false).unwrap();
    for bad in ["phx_secret_number_1", "phx_secret_number_2", "phx_unknown", "x", &"x".repeat(10_000), "\0"] {
        let detail = "Personal API key found in request Authorization header is invalid.".to_owned();
        assert_eq!(refused(tenants.authenticate(bad)), (401, detail));
    }
    let places = [(KeyPlace::Body, "body"), (KeyPlace::Query, "query string")];
    for (place, name) in places {
        let problem = refusal(tenants.auth().authenticate(Credential { key: "phx_unknown", place }, 0));
        assert_eq!(problem.detail, format!("Personal API key found in request {name} is invalid."));
        assert_eq!(problem.code, "authentication_failed");
    }
}

#[test]
fn the_use_of_a_key_is_noted_at_most_once_an_hour() {
    let tenants = Tenants::new();
    let id = tenants.principal(&[], &[], &[]).key.id;
    let noted_at = |minutes: i64| {
        tenants.stage.clock.set(at(0) + TimeDelta::minutes(minutes));
        tenants.authenticate("phx_secret_number_1").unwrap();
        let noted = tenants.stage.repositories.api_keys.get(&id).unwrap().unwrap().last_used_at.unwrap();
        (noted - at(0)).num_minutes()
    };
    assert_eq!([noted_at(0), noted_at(59), noted_at(60), noted_at(119), noted_at(121)], [0, 0, 60, 60, 121]);
}

#[test]
fn a_missing_scope_is_named() {
    let principal = Tenants::new().principal(&["insight:read"], &[], &[]);
    assert!(principal.require_scope(Scope::read(ScopeObject::Insight)).is_ok());
    let problem = principal.require_scope(Scope::write(ScopeObject::Insight)).unwrap_err();
    assert_eq!(problem.detail, "API key missing required scope 'insight:write'");
    let body = serde_json::to_value(problem.body()).unwrap();
    assert_eq!(
        (body["type"].as_str(), body["code"].as_str()),
        (Some("authentication_error"), Some("permission_denied"))
    );
}

#[test]
fn projects_out_of_reach_look_like_ones_that_do_not_exist() {
    let tenants = Tenants::new();
    let principal = tenants.principal(&[], &[], &[]);
    let auth = tenants.auth();
    let own = tenants.own.project.id;
    assert_eq!(auth.project(&principal, &own.to_string(), 0).unwrap().id, own);
    assert_eq!(auth.project(&principal, "@current", 0).unwrap().id, own);
    let foreign = tenants.foreign.project.id.to_string();
    for selector in [foreign.as_str(), "999", "-1", "", "abc", "@other", "99999999999999999999"] {
        assert_eq!(
            refused(auth.project(&principal, selector, 0)),
            (404, "Project not found.".to_owned()),
            "{selector}"
        );
    }
}

#[test]
fn a_key_limited_to_projects_touches_those_alone() {
    let tenants = Tenants::new();
    let own = tenants.own.project.id;
    let principal = tenants.principal(&[], &[tenants.own_second.id, tenants.foreign.project.id], &[]);
    let auth = tenants.auth();
    assert_eq!(auth.project(&principal, "@current", 0).unwrap(), tenants.own_second);
    let detail = format!("API key does not have access to the requested project: ID {own}.");
    assert_eq!(refused(auth.project(&principal, &own.to_string(), 0)), (403, detail));
    let foreign = auth.project(&principal, &tenants.foreign.project.id.to_string(), 0);
    assert_eq!(refused(foreign), (404, "Project not found.".to_owned()));
    assert_eq!(auth.projects(&principal, Page::first()).unwrap().items, slice::from_ref(&tenants.own_second));
    let detail = "API keys with scoped projects are only supported on project-based endpoints.".to_owned();
    assert_eq!(refused(auth.organization(&principal, "@current")), (403, detail.clone()));
    assert_eq!(refused(auth.organizations(&principal)), (403, detail));
}

#[test]
fn a_key_limited_to_organizations_touches_those_alone() {
    let tenants = Tenants::new();
    let second = tenants.own_second.organization;
    let principal = tenants.principal(&[], &[], &[second]);
    let auth = tenants.auth();
    assert_eq!(auth.project(&principal, "@current", 0).unwrap(), tenants.own_second);
    let own = auth.project(&principal, &tenants.own.project.id.to_string(), 0);
    assert_eq!(refused(own), (404, "Project not found.".to_owned()));
    assert_eq!(auth.organization(&principal, "@current").unwrap().id, second);
    let first = tenants.own.organization.id;
    let detail = format!("API key does not have access to the requested organization: ID {first}.");
    assert_eq!(refused(auth.organization(&principal, &first.to_string())), (403, detail));
    for selector in [tenants.foreign.organization.id.to_string().as_str(), "", "1"] {
        let refused = refused(auth.organization(&principal, selector));
        assert_eq!(refused, (404, "Organization not found.".to_owned()), "{selector}");
    }
    assert_eq!(auth.organizations(&principal).unwrap().len(), 1);
    assert_eq!(auth.projects(&principal, Page::first()).unwrap().items, slice::from_ref(&tenants.own_second));
}

#[test]
fn a_key_cannot_make_a_wider_one() {
    let tenants = Tenants::new();
    let (project, organization) = (tenants.own.project.id, tenants.own.organization.id);
    let principal = tenants.principal(&["insight:write"], &[project], &[organization]);
    let scopes = |texts: &[&str]| Scopes::parse(texts).unwrap();
    let may = |texts: &[&str], projects: &[ProjectId], organizations: &[OrganizationId]| {
        principal.require_may_grant(&scopes(texts), projects, organizations).is_ok()
    };
    assert!(may(&["insight:read"], &[project], &[organization]));
    assert!(!may(&["*"], &[project], &[organization]));
    assert!(!may(&["query:read"], &[project], &[organization]));
    assert!(!may(&["insight:read"], &[], &[organization]));
    assert!(!may(&["insight:read"], &[project, tenants.own_second.id], &[organization]));
    assert!(!may(&["insight:read"], &[project], &[]));
    assert!(!may(&["insight:read"], &[project], &[tenants.own_second.organization]));
}

#[test]
fn what_was_found_out_is_recalled_in_the_same_generation_alone() {
    let tenants = Tenants::new();
    let mut expiring = key(tenants.own.user.id, 1);
    expiring.key.expires_at = Some(at(2 * 3600));
    tenants.stage.repositories.api_keys.create(&expiring, KeyLimit::Unlimited).unwrap();
    let auth = tenants.auth();
    let credential = Credential { key: "phx_secret_number_1", place: KeyPlace::Header };
    tenants.stage.clock.set(at(0));
    assert_eq!(auth.recall(credential, 7), None, "nothing has been found out yet");

    let principal = auth.authenticate(credential, 7).unwrap();
    let project = auth.project(&principal, "@current", 7).unwrap();
    assert_eq!(auth.recall(credential, 7).as_ref(), Some(&principal));
    assert_eq!(auth.recall_project(&principal, "@current", 7).as_ref(), Some(&project));
    assert_eq!(auth.recall_project(&principal, &project.id.to_string(), 7), None, "another selector was not looked up");
    assert_eq!(auth.recall(Credential { key: "phx_secret_number_2", ..credential }, 7), None);
    assert_eq!((auth.recall(credential, 8), auth.recall_project(&principal, "@current", 8)), (None, None));

    tenants.stage.clock.set(at(3600));
    assert_eq!(auth.recall(credential, 7), None, "its use is to be noted again");
    auth.authenticate(credential, 7).unwrap();
    tenants.stage.clock.set(at(2 * 3600 - 1));
    assert!(auth.recall(credential, 7).is_some());
    tenants.stage.clock.set(at(2 * 3600));
    assert_eq!(auth.recall(credential, 7), None, "it has expired");

    // what is found out in another generation takes the place of all that was known
    tenants.stage.clock.set(at(0));
    let other = Credential { key: "phx_unknown", ..credential };
    assert!(auth.authenticate(other, 8).is_err());
    assert!(auth.recall(credential, 7).is_some(), "a refusal is not kept");
    auth.authenticate(credential, 8).unwrap();
    assert_eq!(auth.recall(credential, 7), None);
}
