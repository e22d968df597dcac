//! Where the servers of one test keep everything.

use std::path::Path;

use insights_core::ids::{IdSource, RandomIds};
use repositories::scratch::ScratchSchema;
use repositories::target::DatabaseTarget;
use tempfile::TempDir;

/// A data folder and a metadata database that are one test's alone: servers may be started on them one after the other. Both go when this
/// is dropped.
#[derive(Debug)]
pub(crate) struct TestData {
    database: TestDatabase,
    folder: TempDir,
}

impl TestData {
    /// An empty folder, and an empty database of the kind that `HINDSIGHT_TEST_DATABASE` asks for.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { database: TestDatabase::create(folder.path()), folder }
    }

    /// The data folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Address of the database.
    pub(crate) fn database_url(&self) -> &str {
        self.database.url()
    }
}

#[derive(Debug)]
enum TestDatabase {
    /// A file in the server's data folder.
    Sqlite { path: String },
    /// A schema on the server of `HINDSIGHT_TEST_POSTGRES_URL`.
    Postgres { url: String, _schema: ScratchSchema },
}

impl TestDatabase {
    #[expect(clippy::disallowed_methods, reason = "tests are chosen by variables, and have no configuration")]
    fn create(folder: &Path) -> Self {
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

    fn url(&self) -> &str {
        match self {
            Self::Sqlite { path: url } | Self::Postgres { url, .. } => url,
        }
    }
}
