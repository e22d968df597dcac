//! The contract of `OrganizationRepository`.

use insights_core::ids::UserId;
use insights_core::organization::{Membership, MembershipLevel};
use insights_core::repositories::Repositories;

use super::{assert_conflict, assert_not_found};
use crate::builders::{at, organization, ownership, profile};

pub fn an_organization_comes_with_its_owner(repositories: &Repositories) {
    let user = repositories.users.create(&profile(1)).unwrap();
    let made = organization(1);
    let owner = ownership(&made, user.id);
    repositories.organizations.create(&made, &owner).unwrap();
    assert_eq!(repositories.organizations.get(made.id).unwrap(), Some(made.clone()));
    assert_eq!(repositories.organizations.memberships(user.id).unwrap(), [owner]);
    assert_eq!(repositories.organizations.get(organization(2).id).unwrap(), None);
    assert_conflict(repositories.organizations.create(&made, &owner));
}

pub fn an_organization_without_its_owner_is_not_stored(repositories: &Repositories) {
    let made = organization(1);
    assert_not_found(repositories.organizations.create(&made, &ownership(&made, UserId(7))));
    assert_eq!(repositories.organizations.get(made.id).unwrap(), None);
}

pub fn members_join_once(repositories: &Repositories) {
    let [owner, member] = [1, 2].map(|n| repositories.users.create(&profile(n)).unwrap());
    let [first, second] = [1, 2].map(organization);
    for made in [&second, &first] {
        repositories.organizations.create(made, &ownership(made, owner.id)).unwrap();
    }
    let joins = |made: &insights_core::organization::Organization, seconds| Membership {
        organization: made.id,
        user: member.id,
        level: MembershipLevel::Member,
        joined_at: at(seconds),
    };
    repositories.organizations.add_member(&joins(&first, 20)).unwrap();
    repositories.organizations.add_member(&joins(&second, 10)).unwrap();
    assert_conflict(repositories.organizations.add_member(&joins(&first, 30)));
    assert_not_found(repositories.organizations.add_member(&Membership { user: UserId(99), ..joins(&first, 30) }));
    assert_not_found(repositories.organizations.add_member(&joins(&organization(9), 30)));
    let memberships = repositories.organizations.memberships(member.id).unwrap();
    assert_eq!(memberships, [joins(&second, 10), joins(&first, 20)]);
    assert_eq!(repositories.organizations.memberships(owner.id).unwrap()[0], ownership(&first, owner.id));
}

pub fn organizations_are_found_by_their_ids_the_oldest_first(repositories: &Repositories) {
    let user = repositories.users.create(&profile(1)).unwrap();
    for made in [3, 1, 2].map(organization) {
        repositories.organizations.create(&made, &ownership(&made, user.id)).unwrap();
    }
    let ids = [9, 3, 1].map(|n| organization(n).id);
    assert_eq!(repositories.organizations.get_batch(&ids).unwrap(), [organization(1), organization(3)]);
    assert_eq!(repositories.organizations.get_batch(&[]).unwrap(), []);
}
