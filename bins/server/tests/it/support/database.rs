//! A metadata database for one test.

use std::path::Path;

use insights_core::ids::{IdSource, RandomIds};
use repositories::scratch::ScratchSchema;
use repositories::target::DatabaseTarget;

/// A database that is this test's alone. It goes when this is dropped.
#[derive(Debug)]
pub(crate) enum TestDatabase {
    /// A file in the server's data folder.
    Sqlite { path: String },
    /// A schema on the server of `HINDSIGHT_TEST_POSTGRES_URL`.
    Postgres { url: String, _schema: ScratchSchema },
}

impl TestDatabase {
    /// A new one of the kind that `HINDSIGHT_TEST_DATABASE` asks for.
    #[expect(clippy::disallowed_methods, reason = "tests are chosen by variables, and have no configuration")]
    pub(crate) fn create(folder: &Path) -> Self {
        match std::env::var("HINDSIGHT_TEST_DATABASE").as_deref() {
            Err(_) | Ok("" | "sqlite") => {
                Self::Sqlite { path: folder.join("metadata.sqlite").to_str().unwrap().to_owned() }
            }
            Ok("postgres") => {
                let address = std::env::var("HINDSIGHT_TEST_POSTGRES_URL").expect("HINDSIGHT_TEST_POSTGRES_URL is set");
                let schema = ScratchSchema::create(&address, &format!("http_{}", RandomIds.uuid().simple())).unwrap();
                let DatabaseTarget::Postgres(url) = schema.target() else { panic!("a schema is in PostgreSQL") };
                Self::Postgres { url, _schema: schema }
            }
            Ok(other) => panic!("HINDSIGHT_TEST_DATABASE is sqlite or postgres, not {other}"),
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Sqlite { path: url } | Self::Postgres { url, .. } => url,
        }
    }
}
