use insights_core::dashboard::repository::TileChange;
use insights_core::dashboard::{DashboardFields, Tile};
use insights_core::insight::InsightFields;
use insights_core::time::Clock;
use serde_json::Value;
use test_support::builders::at;

use super::*;
use crate::model::SharePasswordId;
use crate::service::tests::{House, enabled};
use crate::service::{NewSharePassword, SharingPatch};

fn link(sharing: &Sharing) -> String {
    sharing.fields.access_token.reveal().to_owned()
}

fn kind(visit: &Visit) -> &'static str {
    match visit {
        Visit::Missing => "missing",
        Visit::Locked(_) => "locked",
        Visit::Open(_) => "open",
    }
}

/// A share with a password, and the password's number.
fn locked(house: &House) -> (Subject, String, SharePasswordId) {
    let subject = house.insight();
    let sharing = house.update(&subject, &SharingPatch { password_required: Some(true), ..enabled(true) });
    let new = NewSharePassword { raw_password: Some("correct horse".to_owned()), note: Some("for Bob".to_owned()) };
    let issued = house.service.add_password(&house.world.actor(), &subject, &new).unwrap();
    (subject, link(&sharing), issued.password.id)
}

fn unlock(house: &House, link: &str, password: &str) -> Unlocking {
    house.service.unlock(link, password, Some("192.0.2.7".parse().unwrap())).unwrap()
}

fn proof(house: &House, link: &str) -> String {
    match unlock(house, link, "correct horse") {
        Unlocking::Right { proof, .. } => proof,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(house: &House, link: &str, proofs: &[&str], expected: &str) {
    assert_eq!(kind(&house.service.visit(link, proofs).unwrap()), expected);
}

#[test]
fn a_link_works_while_its_share_is_enabled_and_its_insight_is_there() {
    let house = House::new();
    let insight = house.world.insight(&house.repositories, "Growth");
    let subject = Subject::from(&insight);
    let address = link(&house.update(&subject, &SharingPatch::default()));
    check(&house, &address, &[], "missing");
    house.update(&subject, &enabled(true));
    check(&house, &address, &[], "open");
    check(&house, "an-unknown-token-of-a-link", &[], "missing");
    check(&house, "../etc", &[], "missing");

    let write = |version: i64, deleted: bool| {
        let fields = InsightFields { deleted, ..insight.fields.clone() };
        let changed = Insight { version, fields, ..insight.clone() };
        house.repositories.insights.update(&changed, None, None).unwrap().version
    };
    let version = write(insight.version, true);
    check(&house, &address, &[], "missing");
    write(version, false);
    check(&house, &address, &[], "open");
    house.update(&subject, &enabled(false));
    check(&house, &address, &[], "missing");
}

#[test]
fn a_replaced_link_works_for_its_grace() {
    let house = House::new();
    let subject = house.insight();
    let old = link(&house.update(&subject, &enabled(true)));
    let new = link(&house.service.refresh(&house.world.actor(), &subject).unwrap());
    house.clock.set(at(299));
    check(&house, &old, &[], "open");
    house.clock.set(at(300));
    check(&house, &old, &[], "missing");
    check(&house, &new, &[], "open");
    assert_eq!(house.service.authenticate(&new).unwrap().insights().len(), 1);
}

#[test]
fn a_dashboard_shows_its_insights_and_remembers_that_someone_looked() {
    let house = House::new();
    let dashboard = house.world.dashboard(&house.repositories, "Board");
    let insight =
        house.world.insight_with(&house.repositories, "Growth", |draft| draft.dashboards = vec![dashboard.id]);
    let sharing = house.update(&Subject::from(&dashboard), &enabled(true));
    house.clock.set(at(10));
    let Visit::Open(shared) = house.service.visit(&link(&sharing), &[]).unwrap() else { panic!("it is enabled") };
    assert_eq!(shared.insights(), [insight.id]);
    let found =
        house.repositories.dashboards.get(dashboard.project, dashboard.id, DeletedRows::Hidden).unwrap().unwrap();
    assert_eq!(found.fields.last_accessed_at, Some(at(10)));

    let fields = DashboardFields { deleted: true, ..found.fields.clone() };
    let deleted = Dashboard { fields, tiles: Vec::<Tile>::new(), ..found };
    house.repositories.dashboards.update(&deleted, &TileChange::None, None).unwrap();
    check(&house, &link(&sharing), &[], "missing");
}

#[test]
fn a_password_opens_the_share_for_a_day_at_most() {
    let house = House::new();
    let (subject, address, password) = locked(&house);
    check(&house, &address, &[], "locked");
    check(&house, &address, &["", "x.y.z"], "locked");
    let good = proof(&house, &address);
    check(&house, &address, &["nonsense", &good], "open");
    house.clock.set(at(24 * 3600 - 1));
    check(&house, &address, &[&good], "open");
    house.clock.set(at(24 * 3600));
    check(&house, &address, &[&good], "locked");

    let good = proof(&house, &address);
    house.service.remove_password(house.world.project.id, &subject, password).unwrap();
    check(&house, &address, &[&good], "locked");
    assert!(matches!(unlock(&house, &address, "correct horse"), Unlocking::Wrong(_)));
}

#[test]
fn a_proof_is_of_one_link_alone() {
    let house = House::new();
    let (subject, address, _) = locked(&house);
    let good = proof(&house, &address);
    let other = house.world.insight(&house.repositories, "Other");
    let other = house.update(&Subject::from(&other), &SharingPatch { password_required: Some(true), ..enabled(true) });
    check(&house, &link(&other), &[&good], "locked");
    let new = link(&house.service.refresh(&house.world.actor(), &subject).unwrap());
    check(&house, &new, &[&good], "locked");
    check(&house, &address, &[&good], "open");
    house.clock.set(at(300));
    check(&house, &address, &[&good], "missing");
}

#[test]
fn programs_read_with_the_token_alone_where_no_password_is_wanted() {
    let house = House::new();
    let (subject, address, _) = locked(&house);
    let refused = Problem::from(house.service.authenticate(&address).unwrap_err());
    assert_eq!((refused.kind.status(), refused.detail.as_str()), (401, "Sharing access token is invalid."));
    house.update(&subject, &SharingPatch { password_required: Some(false), ..SharingPatch::default() });
    assert_eq!(house.service.authenticate(&address).unwrap().insights().len(), 1);
    assert!(matches!(unlock(&house, &address, "anything"), Unlocking::NotNeeded(_)));
    assert!(matches!(unlock(&house, "an-unknown-token-of-a-link", "anything"), Unlocking::Missing));
}

#[test]
fn twenty_guesses_are_slowed_and_logged_and_a_right_password_after_the_wait_works() {
    let house = House::new();
    let (subject, address, _) = locked(&house);
    let mut n_refused = 0;
    for n in 0..20 {
        match unlock(&house, &address, &format!("wrong guess {n}")) {
            Unlocking::Wrong(_) => {}
            Unlocking::TooSoon(_, too_soon) => {
                n_refused += 1;
                assert!(too_soon.retry_after_s >= 1);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(n_refused, 17);
    assert!(matches!(unlock(&house, &address, "correct horse"), Unlocking::TooSoon(..)));
    house.clock.advance(TimeDelta::seconds(1));
    proof(&house, &address);

    let attempts: Vec<_> = house.log(&subject).into_iter().filter(|entry| entry.activity.user.is_none()).collect();
    let verbs: Vec<_> = attempts.iter().map(|entry| entry.activity.activity.as_str()).collect();
    assert_eq!(verbs, [verb::LOGIN_SUCCESS, verb::LOGIN_FAILED, verb::LOGIN_FAILED, verb::LOGIN_FAILED]);
    let after = |n: usize| attempts[n].activity.detail.changes.as_ref().unwrap()[0].after.clone().unwrap();
    let suffix = &address[24..];
    let expected = json!({"access_token_suffix": suffix, "client_ip": "192.0.2.7", "success": true, "resource_type": "insight",
        "password_id": "1", "password_note": "for Bob"});
    assert_eq!(after(0), expected);
    let expected =
        json!({"access_token_suffix": suffix, "client_ip": "192.0.2.7", "success": false, "resource_type": "insight"});
    assert_eq!(after(1), expected);
    let everything = format!("{:?}", house.log(&subject));
    for secret in ["correct horse", "wrong guess", &address, "argon2"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    assert!(house.log(&subject).iter().all(|entry| entry.activity.created_at <= house.clock.now()));
    assert_ne!(after(0), Value::Null);
}
