//! The store: a pool of connections to one database, with its tables made and kept up to date.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::repositories::Repositories;

use crate::connection::{AnyConnection, Opener};
use crate::failure::Failure;
use crate::target::DatabaseTarget;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock under which one of several servers migrates; any number that no one else takes.
const MIGRATION_LOCK: i64 = 0x68_69_6e_64_73_69_67;

/// How to connect.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// Where to.
    pub target: DatabaseTarget,
    /// Most connections at once, at least 1.
    pub max_connections: u32,
    /// How long a call waits for a free connection before it fails as unavailable.
    pub connection_timeout: Duration,
}

impl DatabaseOptions {
    /// Eight connections, and ten seconds of patience.
    pub fn new(target: DatabaseTarget) -> Self {
        Self { target, max_connections: 8, connection_timeout: Duration::from_secs(10) }
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenDatabaseError {
    /// No connection could be made.
    #[error("the database cannot be reached")]
    Unreachable {
        /// The pool's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tables could not be made or changed.
    #[error("the database cannot be migrated")]
    Migration {
        /// The migration's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A store over SQLite or PostgreSQL that implements every repository trait.
#[derive(Debug)]
pub struct DieselDatabase {
    pool: r2d2::Pool<Opener>,
    /// SQLite has one writer at a time. Those of this process queue here, which is fair; SQLite's own waiting is polling.
    writer: Option<Mutex<()>>,
}

impl DieselDatabase {
    /// Connects, and brings the tables up to date.
    ///
    /// # Errors
    /// [`OpenDatabaseError`], whose source tells more.
    pub fn open(options: &DatabaseOptions) -> Result<Self, OpenDatabaseError> {
        let is_sqlite = matches!(options.target, DatabaseTarget::Sqlite(_));
        let pool = r2d2::Pool::builder()
            .max_size(options.max_connections.max(1))
            .min_idle(Some(1))
            .connection_timeout(options.connection_timeout)
            // A file does not go away; a server may have, and is asked before each use.
            .test_on_check_out(!is_sqlite)
            .error_handler(Box::new(LogErrors))
            .build(Opener { target: options.target.clone() })
            .map_err(|error| OpenDatabaseError::Unreachable { source: Box::new(error) })?;
        let mut connection = pool.get().map_err(|error| OpenDatabaseError::Unreachable { source: Box::new(error) })?;
        migrate(&mut connection).map_err(|source| OpenDatabaseError::Migration { source })?;
        drop(connection);
        Ok(Self { pool, writer: is_sqlite.then(|| Mutex::new(())) })
    }

    /// The repositories over the store.
    pub fn repositories(self) -> Repositories {
        Repositories::over(&Arc::new(self))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `Unavailable` where it does not.
    pub fn check(&self) -> RepositoryResult<()> {
        self.read("database", |connection| Ok(connection.batch_execute("SELECT 1")?))
    }

    /// Runs queries that write nothing.
    pub(crate) fn read<T>(
        &self,
        what: &'static str,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
    ) -> RepositoryResult<T> {
        let mut connection = self.connection()?;
        query(&mut connection).map_err(|failure| failure.about(what))
    }

    /// Runs statements in one transaction: all of them or none.
    pub(crate) fn write<T>(
        &self,
        what: &'static str,
        statements: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
    ) -> RepositoryResult<T> {
        // The turn comes first, so that waiting writers hold no connection that a reader could use.
        let _turn = self.await_turn();
        let mut connection = self.connection()?;
        connection.begin_write().map_err(|error| Failure::from(error).about(what))?;
        let result = statements(&mut connection).and_then(|value| {
            connection.commit()?;
            Ok(value)
        });
        result.map_err(|failure| {
            // A transaction that failed while committing is rolled back already; the pool drops a connection that is beyond help.
            if let Err(error) = connection.roll_back() {
                tracing::debug!(error = %error, "a failed transaction could not be rolled back");
            }
            failure.about(what)
        })
    }

    fn connection(&self) -> RepositoryResult<r2d2::PooledConnection<Opener>> {
        self.pool.get().map_err(|error| RepositoryError::Unavailable { source: Box::new(error) })
    }

    fn await_turn(&self) -> Option<MutexGuard<'_, ()>> {
        // The lock guards no data, so a holder that panicked leaves nothing behind that could be wrong.
        self.writer.as_ref().map(|writer| writer.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn migrate(connection: &mut AnyConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match connection {
        AnyConnection::Sqlite(connection) => connection.run_pending_migrations(SQLITE_MIGRATIONS).map(drop),
        AnyConnection::Postgres(connection) => {
            connection.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            let migrated = connection.run_pending_migrations(POSTGRES_MIGRATIONS).map(drop);
            connection.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
            migrated
        }
    }
}

/// The pool's errors go to the log, with all their causes.
#[derive(Debug)]
struct LogErrors;

impl<E: std::error::Error> r2d2::HandleError<E> for LogErrors {
    fn handle_error(&self, error: E) {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        tracing::warn!(error = %error, cause, "the connection pool cannot open a connection");
    }
}

#[cfg(test)]
mod tests;
