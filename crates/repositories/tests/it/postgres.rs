//! On a schema each.

use repositories::database::{DatabaseOptions, DieselDatabase};
use repositories::scratch::ScratchSchema;
use test_support::store::{TestStore, postgres_address};

fn open(case: &str) -> Option<TestStore> {
    let address = postgres_address(case)?;
    let schema = ScratchSchema::create(&address, &format!("contract_{case}")).unwrap();
    let database = DieselDatabase::open(&DatabaseOptions::new(schema.target())).unwrap();
    Some(TestStore::new(database.repositories(), schema))
}

test_support::repository_contracts!(crate::postgres::open);
