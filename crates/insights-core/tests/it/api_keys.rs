//! Making, rolling and revoking keys.

use insights_core::api_key::repository::KeyLimit;
use insights_core::api_key::service::{ApiKeyPatch, ApiKeyService, NewApiKey};
use insights_core::api_key::{KeyKind, MAX_PERSONAL_KEYS};
use insights_core::ids::{ApiKeyId, ProjectId};
use test_support::builders::World;

use crate::support::{Stage, refusal, refused};

const LIMIT: KeyLimit = KeyLimit::AtMost(MAX_PERSONAL_KEYS);

fn new_key(label: &str, scopes: &[&str]) -> NewApiKey {
    NewApiKey {
        kind: KeyKind::Personal,
        label: label.to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        scoped_projects: Vec::new(),
        scoped_organizations: Vec::new(),
        expires_at: None,
    }
}

fn service(stage: &Stage) -> ApiKeyService {
    ApiKeyService::new(std::sync::Arc::clone(&stage.repositories.api_keys), stage.clock(), stage.ids())
}

#[test]
fn a_key_is_stored_without_its_secret() {
    let stage = Stage::new();
    let user = World::new(&stage.repositories, 1).user.id;
    let issued = service(&stage).create(user, &new_key(" CI ", &[]), LIMIT).unwrap();
    assert_eq!((issued.key.label.as_str(), issued.key.scopes.to_texts()), ("CI", vec!["*".to_owned()]));
    let stored = stage.repositories.api_keys.find_by_secure_value(&issued.secret.secure_value()).unwrap().unwrap();
    assert!(!format!("{stored:?}").contains(issued.secret.reveal()));
    assert_eq!(service(&stage).list(user).unwrap(), [issued.key]);
}

#[test]
fn wrong_fields_are_named() {
    let stage = Stage::new();
    let user = World::new(&stage.repositories, 1).user.id;
    let create = |label: &str, scopes: &[&str]| refusal(service(&stage).create(user, &new_key(label, scopes), LIMIT));
    assert_eq!((create(" ", &[]).code, create(" ", &[]).attr.as_deref()), ("blank", Some("label")));
    assert_eq!(create(&"x".repeat(41), &[]).code, "max_length");
    assert_eq!(create("x", &["insight:read", "x"]).detail, "Invalid scope: x");
}

#[test]
fn the_eleventh_key_is_refused() {
    let stage = Stage::new();
    let user = World::new(&stage.repositories, 1).user.id;
    for _ in 0..MAX_PERSONAL_KEYS {
        service(&stage).create(user, &new_key("x", &[]), LIMIT).unwrap();
    }
    let detail = "You can only have 10 personal API keys. Remove an existing key before creating a new one.";
    assert_eq!(refused(service(&stage).create(user, &new_key("x", &[]), LIMIT)), (400, detail.to_owned()));
    service(&stage).create(user, &new_key("x", &[]), KeyLimit::Unlimited).unwrap();
    service(&stage).create(user, &NewApiKey { kind: KeyKind::Sdk, ..new_key("x", &[]) }, LIMIT).unwrap();
}

#[test]
fn a_rolled_key_keeps_everything_but_its_secret() {
    let stage = Stage::new();
    let user = World::new(&stage.repositories, 1).user.id;
    let old = service(&stage).create(user, &new_key("x", &["insight:read"]), LIMIT).unwrap();
    let new = service(&stage).roll(user, &old.key.id).unwrap();
    assert_ne!(old.secret, new.secret);
    assert_eq!((&new.key.id, &new.key.scopes), (&old.key.id, &old.key.scopes));
    assert_eq!(service(&stage).require(user, &old.key.id).unwrap(), new.key);
}

#[test]
fn keys_of_others_are_not_found() {
    let stage = Stage::new();
    let [owner, other] = [1, 2].map(|n| World::new(&stage.repositories, n).user.id);
    let keys = service(&stage);
    let id = keys.create(owner, &new_key("x", &[]), LIMIT).unwrap().key.id;
    assert_eq!(refused(keys.require(other, &id)).0, 404);
    assert_eq!(refused(keys.update(other, &id, &ApiKeyPatch::default())).0, 404);
    assert_eq!(refused(keys.roll(other, &id)).0, 404);
    assert_eq!(refused(keys.delete(other, &id)).0, 404);
    let patch = ApiKeyPatch {
        label: Some("y".to_owned()),
        scopes: Some(vec!["query:read".to_owned()]),
        scoped_projects: Some(vec![ProjectId(1)]),
        scoped_organizations: None,
    };
    let changed = keys.update(owner, &id, &patch).unwrap();
    assert_eq!((changed.label.as_str(), changed.scopes.to_texts()), ("y", vec!["query:read".to_owned()]));
    keys.delete(owner, &id).unwrap();
    assert_eq!(refused(keys.revoke(&id)).0, 404);
    assert_eq!(refused(keys.revoke(&ApiKeyId(String::new()))).0, 404);
}
