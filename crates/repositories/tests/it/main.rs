//! The repositories keep the contracts of their traits on SQLite, and on PostgreSQL where `HINDSIGHT_TEST_POSTGRES_URL` names one.

mod postgres;
mod sqlite;
