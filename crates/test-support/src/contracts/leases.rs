//! The contract of `LeaseRepository`.

use chrono::TimeDelta;
use insights_core::lease::LeaseHolder;
use insights_core::repositories::Repositories;
use uuid::Uuid;

use super::at_once;
use crate::builders::at;

const MINUTE: TimeDelta = TimeDelta::seconds(60);

fn holder(n: usize) -> LeaseHolder {
    LeaseHolder(Uuid::from_u128(n as u128))
}

fn acquire(repositories: &Repositories, name: &str, by: usize, seconds: i64) -> bool {
    repositories.leases.acquire(name, holder(by), at(seconds), MINUTE).unwrap()
}

pub fn a_lease_has_one_holder(repositories: &Repositories) {
    assert!(acquire(repositories, "a", 1, 0));
    assert!(!acquire(repositories, "a", 2, 0));
    assert!(!acquire(repositories, "a", 2, 59));
    assert!(acquire(repositories, "b", 2, 0), "another name is another lease");
    // its own holder has it for longer by taking it again
    assert!(acquire(repositories, "a", 1, 30));
    assert!(!acquire(repositories, "a", 2, 89));
    assert!(acquire(repositories, "a", 2, 90));
}

pub fn an_expired_lease_is_free(repositories: &Repositories) {
    assert!(acquire(repositories, "a", 1, 0));
    assert!(acquire(repositories, "a", 2, 60));
    assert!(!acquire(repositories, "a", 1, 61));
    assert!(!repositories.leases.release("a", holder(1)).unwrap());
    assert!(!acquire(repositories, "a", 1, 62), "the old holder cannot give up what is another's");
}

pub fn a_lease_is_kept_by_renewing_in_time(repositories: &Repositories) {
    let renew = |by: usize, seconds| repositories.leases.renew("a", holder(by), at(seconds), MINUTE).unwrap();
    assert!(!renew(1, 0), "there is nothing to renew");
    assert!(acquire(repositories, "a", 1, 0));
    assert!(!renew(2, 10));
    assert!(renew(1, 59));
    assert!(!acquire(repositories, "a", 2, 118));
    assert!(!renew(1, 119), "it has expired");
    assert!(acquire(repositories, "a", 2, 119));
}

pub fn a_released_lease_is_free_at_once(repositories: &Repositories) {
    assert!(acquire(repositories, "a", 1, 0));
    assert!(!repositories.leases.release("a", holder(2)).unwrap());
    assert!(repositories.leases.release("a", holder(1)).unwrap());
    assert!(!repositories.leases.release("a", holder(1)).unwrap());
    assert!(acquire(repositories, "a", 2, 1));
}

pub fn of_many_holders_at_once_one_succeeds(repositories: &Repositories) {
    for round in 0..5 {
        // each round begins when the lease of the one before expires
        let taken = at_once(|n| acquire(repositories, "a", n + 1, round * 60));
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
    }
}

pub fn expired_leases_are_forgotten(repositories: &Repositories) {
    assert!(acquire(repositories, "a", 1, 0));
    assert!(acquire(repositories, "b", 1, 30));
    assert_eq!(repositories.leases.delete_expired(at(60)).unwrap(), 0);
    assert_eq!(repositories.leases.delete_expired(at(61)).unwrap(), 1);
    assert!(!repositories.leases.release("a", holder(1)).unwrap());
    assert!(repositories.leases.release("b", holder(1)).unwrap());
}
