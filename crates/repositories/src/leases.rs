//! Leases.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamp};
use insights_core::error::RepositoryResult;
use insights_core::lease::{LeaseHolder, LeaseRepository};

use crate::database::DieselDatabase;
use crate::schema::leases;
use crate::values::stamp;

const WHAT: &str = "lease";

/// Takes a free lease, or one's own, in one statement: of several servers at once the database lets one through.
const ACQUIRE: &str = "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3) \
                       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at \
                       WHERE leases.holder = excluded.holder OR leases.expires_at <= $4";

impl LeaseRepository for DieselDatabase {
    fn acquire(
        &self,
        name: &str,
        holder: LeaseHolder,
        now: DateTime<Utc>,
        duration: TimeDelta,
    ) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            let n_taken = diesel::sql_query(ACQUIRE)
                .bind::<Text, _>(name)
                .bind::<Text, _>(holder.0.to_string())
                .bind::<Timestamp, _>(stamp(now + duration))
                .bind::<Timestamp, _>(stamp(now))
                .execute(connection)?;
            Ok(n_taken > 0)
        })
    }

    fn renew(
        &self,
        name: &str,
        holder: LeaseHolder,
        now: DateTime<Utc>,
        duration: TimeDelta,
    ) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            let own = leases::table
                .filter(leases::name.eq(name))
                .filter(leases::holder.eq(holder.0.to_string()))
                .filter(leases::expires_at.gt(stamp(now)));
            let until = leases::expires_at.eq(stamp(now + duration));
            Ok(diesel::update(own).set(until).execute(connection)? > 0)
        })
    }

    fn release(&self, name: &str, holder: LeaseHolder) -> RepositoryResult<bool> {
        self.write(WHAT, |connection| {
            let own = leases::table.filter(leases::name.eq(name)).filter(leases::holder.eq(holder.0.to_string()));
            Ok(diesel::delete(own).execute(connection)? > 0)
        })
    }

    fn delete_expired(&self, before: DateTime<Utc>) -> RepositoryResult<usize> {
        self.write(WHAT, |connection| {
            let expired = leases::table.filter(leases::expires_at.lt(stamp(before)));
            Ok(diesel::delete(expired).execute(connection)?)
        })
    }
}
