//! One connection type for both databases, and how its connections are opened.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, ConnectionError, ConnectionResult, PgConnection, SqliteConnection};

use crate::target::DatabaseTarget;

/// How long a writer waits for another process that writes to the same SQLite file, in milliseconds.
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    /// To an SQLite file.
    Sqlite(SqliteConnection),
    /// To a PostgreSQL server.
    Postgres(PgConnection),
}

impl std::fmt::Debug for AnyConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        };
        f.debug_tuple(database).finish_non_exhaustive()
    }
}

impl AnyConnection {
    fn open(target: &DatabaseTarget) -> ConnectionResult<Self> {
        match target {
            DatabaseTarget::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| {
                    ConnectionError::InvalidConnectionUrl("the path of the database is not valid UTF-8".to_owned())
                })?;
                let mut connection = SqliteConnection::establish(path)?;
                let settings = format!(
                    "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON;"
                );
                connection.batch_execute(&settings).map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Sqlite(connection))
            }
            DatabaseTarget::Postgres(address) => {
                let mut connection = PgConnection::establish(address)?;
                connection.batch_execute("SET TIME ZONE 'UTC'").map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Postgres(connection))
            }
        }
    }

    /// Begins a transaction that writes. SQLite takes its write lock at once: a lock that is taken later cannot be waited for.
    pub(crate) fn begin_write(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"),
            Self::Postgres(connection) => AnsiTransactionManager::begin_transaction(connection),
        }
    }

    pub(crate) fn commit(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(connection) => AnsiTransactionManager::commit_transaction(connection),
            Self::Postgres(connection) => AnsiTransactionManager::commit_transaction(connection),
        }
    }

    pub(crate) fn roll_back(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(connection) => AnsiTransactionManager::rollback_transaction(connection),
            Self::Postgres(connection) => AnsiTransactionManager::rollback_transaction(connection),
        }
    }

    fn is_broken(&mut self) -> bool {
        match self {
            Self::Sqlite(connection) => AnsiTransactionManager::is_broken_transaction_manager(connection),
            Self::Postgres(connection) => AnsiTransactionManager::is_broken_transaction_manager(connection),
        }
    }
}

/// Opens connections for the pool.
///
/// Diesel's own manager would try one database after the other with the same address, and make a file named after an unreachable server.
#[derive(Debug)]
pub(crate) struct Opener {
    pub(crate) target: DatabaseTarget,
}

/// Why the pool could not open or check a connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the database cannot be opened")]
    Open(#[from] ConnectionError),
    #[error("the connection does not answer")]
    Check(#[from] diesel::result::Error),
}

impl r2d2::ManageConnection for Opener {
    type Connection = AnyConnection;
    type Error = OpenError;

    fn connect(&self) -> Result<AnyConnection, OpenError> {
        Ok(AnyConnection::open(&self.target)?)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), OpenError> {
        Ok(connection.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        connection.is_broken()
    }
}
