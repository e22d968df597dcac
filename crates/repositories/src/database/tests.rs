use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::MigrationHarness;

use super::*;

fn open(path: &Path) -> DieselDatabase {
    DieselDatabase::open(&DatabaseOptions::new(DatabaseTarget::Sqlite(path.to_owned()))).unwrap()
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

#[test]
fn every_connection_to_sqlite_has_the_settings_that_durability_needs() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("x.sqlite"));
    let setting = |name: &str| {
        let query = format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}");
        let row: Setting =
            database.read("setting", |connection| Ok(diesel::sql_query(query).get_result(connection)?)).unwrap();
        row.value
    };
    assert_eq!(setting("journal_mode"), "wal");
    // 2 is FULL.
    assert_eq!(setting("synchronous"), "2");
    assert_eq!(setting("foreign_keys"), "1");
    database.check().unwrap();
}

#[test]
fn a_store_can_be_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    drop(open(&path));
    open(&path).check().unwrap();
}

#[test]
fn a_store_that_cannot_be_opened_says_so() {
    let target = DatabaseTarget::Sqlite("/nonexistent/folder/x.sqlite".into());
    let options = DatabaseOptions { connection_timeout: Duration::from_millis(50), ..DatabaseOptions::new(target) };
    let error = DieselDatabase::open(&options).unwrap_err();
    assert!(matches!(error, OpenDatabaseError::Unreachable { .. }), "{error:?}");
}

#[test]
fn migrations_can_be_undone_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("x.sqlite"));
    redo(&database);
    if let Some(address) = test_support::store::postgres_address("migrations_can_be_undone_and_done_again") {
        let schema = crate::scratch::ScratchSchema::create(&address, "redo").unwrap();
        redo(&DieselDatabase::open(&DatabaseOptions::new(schema.target())).unwrap());
    }
}

fn redo(database: &DieselDatabase) {
    let mut connection = database.connection().unwrap();
    match &mut *connection {
        AnyConnection::Sqlite(connection) => drop(connection.revert_all_migrations(SQLITE_MIGRATIONS).unwrap()),
        AnyConnection::Postgres(connection) => drop(connection.revert_all_migrations(POSTGRES_MIGRATIONS).unwrap()),
    }
    migrate(&mut connection).unwrap();
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |migrations: EmbeddedMigrations| -> Vec<String> {
        let migrations = diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&migrations).unwrap();
        migrations.iter().map(|migration| migration.name().to_string()).collect()
    };
    assert_eq!(names(SQLITE_MIGRATIONS), names(POSTGRES_MIGRATIONS));
}

#[test]
fn writers_of_several_processes_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    // Two pools over one file share nothing in memory, as two processes do.
    let databases = [open(&path), open(&path)];
    std::thread::scope(|scope| {
        for database in &databases {
            let first = &databases[0];
            scope.spawn(move || {
                for n in 0..50 {
                    let profile = test_support::builders::profile(n * 2 + u64::from(std::ptr::eq(database, first)));
                    insights_core::user::repository::UserRepository::create(database, &profile).unwrap();
                }
            });
        }
    });
    let n_users: i64 = databases[0]
        .read("user", |connection| Ok(crate::schema::users::table.count().get_result(connection)?))
        .unwrap();
    assert_eq!(n_users, 100);
}
