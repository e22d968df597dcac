//! The contract of `ApiKeyRepository`.

use insights_core::api_key::KeyKind;
use insights_core::api_key::repository::{KeyLimit, StoredKey};
use insights_core::api_key::secret::KeySecret;
use insights_core::error::RepositoryError;
use insights_core::ids::{ApiKeyId, ProjectId, UserId};
use insights_core::repositories::Repositories;
use insights_core::scopes::Scopes;

use super::{assert_conflict, assert_not_found, at_once};
use crate::builders::{at, key, organization, profile};

fn user(repositories: &Repositories, n: u64) -> UserId {
    repositories.users.create(&profile(n)).unwrap().id
}

fn store(repositories: &Repositories, key: &StoredKey) {
    repositories.api_keys.create(key, KeyLimit::Unlimited).unwrap();
}

pub fn keys_come_back_as_they_were(repositories: &Repositories) {
    let mut full = key(user(repositories, 1), 1);
    full.key.kind = KeyKind::Shared;
    full.key.scopes = Scopes::parse(&["insight:read", "query:write"]).unwrap();
    full.key.scoped_projects = vec![ProjectId(7), ProjectId(3)];
    full.key.scoped_organizations = vec![organization(1).id];
    full.key.expires_at = Some(at(10));
    full.key.last_used_at = Some(at(20));
    full.key.last_rolled_at = Some(at(30));
    store(repositories, &full);
    assert_eq!(repositories.api_keys.get(&full.key.id).unwrap(), Some(full.key));
    for other in ["", "key", "KEY1", "key1\0"] {
        assert_eq!(repositories.api_keys.get(&ApiKeyId(other.to_owned())).unwrap(), None);
    }
    assert_not_found(repositories.api_keys.create(&key(UserId(99), 2), KeyLimit::Unlimited));
}

pub fn keys_are_found_by_the_hash_of_their_secret(repositories: &Repositories) {
    let user = user(repositories, 1);
    let [one, two] = [1, 2].map(|n| key(user, n));
    store(repositories, &one);
    store(repositories, &two);
    let found = repositories.api_keys.find_by_secure_value(&two.secure_value).unwrap().unwrap();
    assert_eq!((found.key, found.secure_value.0), (two.key, two.secure_value.0));
    assert!(repositories.api_keys.find_by_secure_value(&key(user, 3).secure_value).unwrap().is_none());
}

pub fn secrets_are_unique(repositories: &Repositories) {
    let user = user(repositories, 1);
    let [one, mut two] = [1, 2].map(|n| key(user, n));
    store(repositories, &one);
    assert_conflict(repositories.api_keys.create(&one, KeyLimit::Unlimited));
    two.secure_value = one.secure_value.clone();
    assert_conflict(repositories.api_keys.create(&two, KeyLimit::Unlimited));
    two.secure_value = key(user, 2).secure_value;
    store(repositories, &two);
    assert_conflict(repositories.api_keys.roll(&two.key.id, &one.secure_value, "mask", at(1)));
}

pub fn keys_are_listed_the_newest_first(repositories: &Repositories) {
    let [ann, ben] = [1, 2].map(|n| user(repositories, n));
    let [a1, a2, mut a3, b4] = [(ann, 1), (ann, 2), (ann, 3), (ben, 4)].map(|(user, n)| key(user, n));
    a3.key.kind = KeyKind::Agent;
    for key in [&a1, &a2, &a3, &b4] {
        store(repositories, key);
    }
    let list = |user, kind| -> Vec<String> {
        let keys = repositories.api_keys.list(user, kind).unwrap();
        keys.into_iter().map(|key| key.id.0).collect()
    };
    assert_eq!(list(None, None), ["key4", "key3", "key2", "key1"]);
    assert_eq!(list(Some(ann), None), ["key3", "key2", "key1"]);
    assert_eq!(list(Some(ann), Some(KeyKind::Personal)), ["key2", "key1"]);
    assert_eq!(list(Some(UserId(99)), None), [""; 0]);
}

pub fn the_limit_counts_keys_of_one_kind(repositories: &Repositories) {
    let [ann, ben] = [1, 2].map(|n| user(repositories, n));
    store(repositories, &key(ann, 1));
    let mut agent = key(ann, 2);
    agent.key.kind = KeyKind::Agent;
    store(repositories, &agent);
    store(repositories, &key(ben, 3));
    repositories.api_keys.create(&key(ann, 4), KeyLimit::AtMost(2)).unwrap();
    let refused = repositories.api_keys.create(&key(ann, 5), KeyLimit::AtMost(2));
    assert!(matches!(refused, Err(RepositoryError::Limit { limit: 2, .. })), "{refused:?}");
}

pub fn the_limit_holds_for_many_writers_at_once(repositories: &Repositories) {
    let ann = user(repositories, 1);
    let results = at_once(|n| {
        let key = key(ann, u32::try_from(n).unwrap());
        repositories.api_keys.create(&key, KeyLimit::AtMost(3))
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3, "{results:?}");
    let is_refused = |result: &&Result<(), _>| matches!(result, Err(RepositoryError::Limit { .. }));
    assert_eq!(results.iter().filter(is_refused).count(), results.len() - 3, "{results:?}");
}

pub fn a_rolled_key_has_its_new_secret_alone(repositories: &Repositories) {
    let old = key(user(repositories, 1), 1);
    store(repositories, &old);
    let new = KeySecret::chosen("phx_an_altogether_new_one").unwrap();
    repositories.api_keys.roll(&old.key.id, &new.secure_value(), &new.mask(), at(9)).unwrap();
    assert!(repositories.api_keys.find_by_secure_value(&old.secure_value).unwrap().is_none());
    let found = repositories.api_keys.find_by_secure_value(&new.secure_value()).unwrap().unwrap().key;
    assert_eq!((found.mask_value, found.last_rolled_at), (new.mask(), Some(at(9))));
    let unknown = ApiKeyId("unknown".to_owned());
    assert_not_found(repositories.api_keys.roll(&unknown, &key(UserId(1), 2).secure_value, "mask", at(9)));
}

pub fn keys_are_changed_touched_and_deleted(repositories: &Repositories) {
    let mut changed = key(user(repositories, 1), 1).key;
    store(repositories, &key(changed.user, 1));
    changed.label = "Renamed".to_owned();
    changed.scopes = Scopes::parse(&["insight:read"]).unwrap();
    changed.scoped_projects = vec![ProjectId(1)];
    changed.scoped_organizations = vec![organization(4).id];
    changed.expires_at = Some(at(5));
    repositories.api_keys.update(&changed).unwrap();
    repositories.api_keys.touch(&changed.id, at(7)).unwrap();
    changed.last_used_at = Some(at(7));
    assert_eq!(repositories.api_keys.get(&changed.id).unwrap(), Some(changed.clone()));
    assert!(repositories.api_keys.delete(&changed.id).unwrap());
    assert!(!repositories.api_keys.delete(&changed.id).unwrap());
    assert_eq!(repositories.api_keys.get(&changed.id).unwrap(), None);
    assert_not_found(repositories.api_keys.update(&changed));
    repositories.api_keys.touch(&changed.id, at(7)).unwrap();
}
