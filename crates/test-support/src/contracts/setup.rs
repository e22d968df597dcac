//! The contract of `SetupRepository`.

use insights_core::ids::UserId;
use insights_core::organization::MembershipLevel;
use insights_core::repositories::Repositories;
use insights_core::setup::Installation;

use super::{assert_conflict, at_once};
use crate::builders::{World, key, organization, profile, project};

fn installation(n: u32) -> Installation {
    let organization = organization(n);
    let project = project(organization.id, n);
    Installation { organization, owner: profile(u64::from(n)), project, key: key(UserId(0), n) }
}

pub fn the_first_start_stores_everything(repositories: &Repositories) {
    assert!(!repositories.setup.is_set_up().unwrap());
    let installation = installation(1);
    let installed = repositories.setup.install(&installation).unwrap();
    assert!(repositories.setup.is_set_up().unwrap());
    assert_eq!(repositories.users.get(installed.owner.id).unwrap(), Some(installed.owner.clone()));
    assert_eq!(repositories.projects.get(installed.project.id).unwrap(), Some(installed.project));
    let stored = repositories.api_keys.find_by_secure_value(&installation.key.secure_value).unwrap().unwrap();
    assert_eq!((stored.key.user, &stored.key), (installed.owner.id, &installed.key));
    let memberships = repositories.organizations.memberships(installed.owner.id).unwrap();
    assert_eq!(memberships[0].organization, installed.organization.id);
    assert_eq!(memberships[0].level, MembershipLevel::Owner);
}

pub fn the_first_start_happens_once(repositories: &Repositories) {
    World::new(repositories, 1);
    assert!(repositories.setup.is_set_up().unwrap());
    assert_conflict(repositories.setup.install(&installation(2)));
    assert_eq!(repositories.users.find_by_email(&profile(2).email).unwrap(), None);
}

pub fn of_many_first_starts_at_once_one_succeeds(repositories: &Repositories) {
    let results = at_once(|n| repositories.setup.install(&installation(u32::try_from(n).unwrap() + 1)));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    results.into_iter().filter(Result::is_err).for_each(assert_conflict);
}
