//! The repositories keep the contracts of their traits on SQLite, and on PostgreSQL where `HINDSIGHT_TEST_POSTGRES_URL` names one.

#![expect(clippy::unwrap_used, reason = "everything here is a test or serves one")]

mod postgres;
mod sqlite;
