//! The first start.

use insights_core::scopes::Scopes;
use insights_core::setup::{SetupOptions, set_up};

use crate::support::{Stage, refusal};

#[test]
fn the_first_start_makes_a_key_with_all_scopes_and_the_second_makes_nothing() {
    let stage = Stage::new();
    let start = || set_up(&*stage.repositories.setup, &SetupOptions::default(), &*stage.clock, &*stage.ids).unwrap();
    let first = start().unwrap();
    assert_eq!(first.issued.key.scopes, Scopes::All);
    assert!(first.issued.secret.reveal().starts_with("phx_"));
    assert!(first.project.api_token.starts_with("phc_"));
    assert_eq!(first.project.organization, first.organization.id);
    assert_eq!(first.issued.key.user, first.owner.id);
    assert!(start().is_none());
}

#[test]
fn the_key_can_be_chosen() {
    let stage = Stage::new();
    let start = |key: &str| {
        let options = SetupOptions { admin_key: Some(key.to_owned()), timezone: Some(chrono_tz::Europe::Berlin) };
        set_up(&*stage.repositories.setup, &options, &*stage.clock, &*stage.ids)
    };
    assert_eq!(refusal(start("short")).attr.as_deref(), Some("value"));
    assert!(!stage.repositories.setup.is_set_up().unwrap());
    let first = start("phx_my_own_admin_key").unwrap().unwrap();
    assert_eq!(first.issued.secret.reveal(), "phx_my_own_admin_key");
    assert_eq!(first.issued.key.mask_value, "phx_..._key");
    assert_eq!(first.project.timezone, chrono_tz::Europe::Berlin);
}
