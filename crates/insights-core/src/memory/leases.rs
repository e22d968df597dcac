//! Leases in memory.

use chrono::{DateTime, TimeDelta, Utc};

use super::InMemoryDatabase;
use crate::error::RepositoryResult;
use crate::lease::{LeaseHolder, LeaseRepository};

impl LeaseRepository for InMemoryDatabase {
    fn acquire(
        &self,
        name: &str,
        holder: LeaseHolder,
        now: DateTime<Utc>,
        duration: TimeDelta,
    ) -> RepositoryResult<bool> {
        let mut state = self.state();
        let is_taken = |(by, until): &(LeaseHolder, DateTime<Utc>)| *by != holder && *until > now;
        if state.leases.get(name).is_some_and(is_taken) {
            return Ok(false);
        }
        state.leases.insert(name.to_owned(), (holder, now + duration));
        Ok(true)
    }

    fn renew(
        &self,
        name: &str,
        holder: LeaseHolder,
        now: DateTime<Utc>,
        duration: TimeDelta,
    ) -> RepositoryResult<bool> {
        match self.state().leases.get_mut(name) {
            Some((by, until)) if *by == holder && *until > now => {
                *until = now + duration;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn release(&self, name: &str, holder: LeaseHolder) -> RepositoryResult<bool> {
        let mut state = self.state();
        let is_own = state.leases.get(name).is_some_and(|(by, _)| *by == holder);
        if is_own {
            state.leases.remove(name);
        }
        Ok(is_own)
    }

    fn delete_expired(&self, before: DateTime<Utc>) -> RepositoryResult<usize> {
        let mut state = self.state();
        let n_before = state.leases.len();
        state.leases.retain(|_, (_, until)| *until >= before);
        Ok(n_before - state.leases.len())
    }
}
