//! The contract of `ChangeRepository`.

use insights_core::api_key::repository::KeyLimit;
use insights_core::repositories::Repositories;

use crate::builders::{at, key, organization, ownership, profile, project};

pub fn every_change_that_decides_about_access_is_counted(repositories: &Repositories) {
    let mut last = repositories.changes.generations().unwrap().access;
    let mut check = |change: &str| {
        let generation = repositories.changes.generations().unwrap().access;
        assert_ne!(generation, last, "{change}");
        last = generation;
    };
    let [one, two] = [1, 2].map(|n| repositories.users.create(&profile(n)).unwrap().id);
    check("a user is made");
    let organization = organization(1);
    repositories.organizations.create(&organization, &ownership(&organization, one)).unwrap();
    check("an organization is made");
    repositories.organizations.add_member(&ownership(&organization, two)).unwrap();
    check("a member is added");
    let mut project = repositories.projects.create(&project(organization.id, 1)).unwrap();
    check("a project is made");
    "renamed".clone_into(&mut project.name);
    repositories.projects.update(&project).unwrap();
    check("a project is changed");

    let mut key = key(one, 1);
    repositories.api_keys.create(&key, KeyLimit::Unlimited).unwrap();
    check("a key is made");
    key.key.scoped_projects = vec![project.id];
    repositories.api_keys.update(&key.key).unwrap();
    check("a key is changed");
    repositories.api_keys.roll(&key.key.id, &crate::builders::key(one, 2).secure_value, "mask", at(1)).unwrap();
    check("a key is rolled");
    repositories.api_keys.delete(&key.key.id).unwrap();
    check("a key is deleted");
    repositories.users.set_active(one, false).unwrap();
    check("a user is shut out");
}
