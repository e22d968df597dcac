//! The contract of `UserRepository`.

use insights_core::ids::UserId;
use insights_core::repositories::Repositories;
use insights_core::user::UserProfile;

use super::{assert_conflict, assert_not_found};
use crate::builders::profile;

pub fn users_are_numbered_and_come_back_as_they_were(repositories: &Repositories) {
    let full = UserProfile {
        last_name: "Ünï 'quoted' 🦀".to_owned(),
        is_email_verified: Some(false),
        role_at_organization: Some("engineering".to_owned()),
        ..profile(1)
    };
    let [first, second] = [&full, &profile(2)].map(|profile| repositories.users.create(profile).unwrap());
    assert!(first.id < second.id);
    assert_eq!(first.profile, full);
    assert_eq!(repositories.users.get(first.id).unwrap(), Some(first.clone()));
    assert_eq!(repositories.users.get(UserId(999)).unwrap(), None);
    let batch = repositories.users.get_batch(&[second.id, UserId(999), first.id, first.id]).unwrap();
    assert_eq!(batch, [first, second]);
}

pub fn addresses_are_unique_and_found_in_any_case(repositories: &Repositories) {
    let address = |n, email: &str| UserProfile { email: email.to_owned(), ..profile(n) };
    let user = repositories.users.create(&address(1, "Änn@Example.com")).unwrap();
    assert_conflict(repositories.users.create(&address(2, "äNN@example.COM")));
    assert_eq!(repositories.users.find_by_email("ÄNN@EXAMPLE.COM").unwrap(), Some(user));
    assert_eq!(repositories.users.find_by_email("ann@example.com\0").unwrap(), None);
    assert_conflict(repositories.users.create(&UserProfile { uuid: profile(1).uuid, ..profile(3) }));
    assert_conflict(repositories.users.create(&UserProfile { distinct_id: profile(1).distinct_id, ..profile(3) }));
}

pub fn the_first_user_has_the_lowest_number(repositories: &Repositories) {
    assert_eq!(repositories.users.first().unwrap(), None);
    let first = repositories.users.create(&profile(1)).unwrap();
    repositories.users.create(&profile(2)).unwrap();
    assert_eq!(repositories.users.first().unwrap(), Some(first));
}

pub fn users_can_be_made_inactive(repositories: &Repositories) {
    let user = repositories.users.create(&profile(1)).unwrap();
    repositories.users.set_active(user.id, false).unwrap();
    assert!(!repositories.users.get(user.id).unwrap().unwrap().profile.is_active);
    assert_not_found(repositories.users.set_active(UserId(999), false));
}
