//! A PostgreSQL schema that lives as long as its value, so that many tests can share one server at once.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::target::DatabaseTarget;

/// A schema of its own on a PostgreSQL server; dropped with everything in it when the value is.
#[derive(Debug)]
pub struct ScratchSchema {
    address: String,
    name: String,
}

/// A schema that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The server cannot be reached.
    #[error("the server cannot be reached")]
    Unreachable(#[from] diesel::ConnectionError),
    /// The server refused.
    #[error("the schema cannot be made")]
    Refused(#[from] diesel::result::Error),
}

impl ScratchSchema {
    /// Makes the schema, in the place of one with the same name.
    ///
    /// `name` is made of lower-case letters, digits and underscores, at most 63; the rest is dropped.
    ///
    /// # Errors
    /// [`ScratchError`] where the server cannot be reached or refuses.
    pub fn create(address: &str, name: &str) -> Result<Self, ScratchError> {
        let allowed = |character: &char| matches!(character, 'a'..='z' | '0'..='9' | '_');
        let name: String = name.chars().filter(allowed).take(63).collect();
        let mut connection = PgConnection::establish(address)?;
        connection.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{name}\" CASCADE; CREATE SCHEMA \"{name}\""))?;
        Ok(Self { address: address.to_owned(), name })
    }

    /// The server's address with the schema as the only one that is looked in.
    pub fn target(&self) -> DatabaseTarget {
        let separator = if self.address.contains('?') { '&' } else { '?' };
        DatabaseTarget::Postgres(format!("{}{separator}options=-csearch_path%3D{}", self.address, self.name))
    }
}

impl Drop for ScratchSchema {
    fn drop(&mut self) {
        let dropped = PgConnection::establish(&self.address).map_err(ScratchError::from).and_then(|mut connection| {
            Ok(connection.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.name))?)
        });
        if let Err(error) = dropped {
            tracing::warn!(error = %error, schema = self.name, "a scratch schema was left behind");
        }
    }
}
