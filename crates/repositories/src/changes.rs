//! How often things have changed: triggers count, see the migration.

use diesel::prelude::*;
use insights_core::changes::{ChangeRepository, Generations};
use insights_core::error::RepositoryResult;

use crate::database::DieselDatabase;
use crate::failure::unreadable;
use crate::schema::generations;
use crate::values::unsigned;

const WHAT: &str = "generations";

impl ChangeRepository for DieselDatabase {
    fn generations(&self) -> RepositoryResult<Generations> {
        let rows: Vec<(String, i64)> = self.read(WHAT, |connection| Ok(generations::table.load(connection)?))?;
        let generation = |kind: &str| {
            let row = rows.iter().find(|(counted, _)| counted == kind);
            let (_, generation) = row.ok_or_else(|| unreadable(WHAT, format!("{kind} is not counted")).about(WHAT))?;
            Ok(unsigned(*generation))
        };
        Ok(Generations { access: generation("access")?, prompts: generation("prompts")? })
    }
}

#[cfg(test)]
mod tests {
    use insights_core::api_key::repository::KeyLimit;
    use insights_core::repositories::Repositories;
    use test_support::builders::{at, key, profile};
    use test_support::store::postgres_address;

    use super::*;
    use crate::database::DatabaseOptions;
    use crate::scratch::ScratchSchema;
    use crate::target::DatabaseTarget;

    fn check(repositories: &Repositories) {
        let user = repositories.users.create(&profile(1)).unwrap().id;
        let key = key(user, 1);
        repositories.api_keys.create(&key, KeyLimit::Unlimited).unwrap();
        let before = repositories.changes.generations().unwrap();
        repositories.api_keys.touch(&key.key.id, at(5)).unwrap();
        repositories.leases.delete_expired(at(5)).unwrap();
        assert_eq!(repositories.changes.generations().unwrap(), before, "nothing of these kinds has changed");
        // a change that is taken back is none
        repositories.api_keys.create(&key, KeyLimit::Unlimited).unwrap_err();
        assert_eq!(repositories.changes.generations().unwrap(), before);
        repositories.users.set_active(user, false).unwrap();
        let after = repositories.changes.generations().unwrap();
        assert!(after.access > before.access);
        assert_eq!(after.prompts, before.prompts, "kinds are counted apart");
    }

    #[test]
    fn what_leaves_things_as_they_are_is_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = DatabaseTarget::Sqlite(folder.path().join("x.sqlite"));
        check(&DieselDatabase::open(&DatabaseOptions::new(sqlite)).unwrap().repositories());
        if let Some(address) = postgres_address("what_leaves_things_as_they_are_is_not_counted") {
            let schema = ScratchSchema::create(&address, "changes").unwrap();
            check(&DieselDatabase::open(&DatabaseOptions::new(schema.target())).unwrap().repositories());
        }
    }
}
