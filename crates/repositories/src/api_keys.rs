//! API keys.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use insights_core::api_key::repository::{ApiKeyRepository, KeyLimit, StoredKey};
use insights_core::api_key::secret::SecureValue;
use insights_core::api_key::{ApiKey, KeyKind};
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::{ApiKeyId, UserId};
use insights_core::scopes::Scopes;

use crate::connection::{AnyConnection, MultiBackend};
use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::{api_keys, users};
use crate::values::{from_json, instant, json_text, lookup, stamp, unsigned};

const NOT_FOUND: RepositoryError = RepositoryError::NotFound { what: "api key" };

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct KeyRow {
    id: String,
    kind: String,
    user_id: i64,
    label: String,
    mask_value: String,
    secure_value: String,
    scopes: String,
    scoped_projects: String,
    scoped_organizations: String,
    created_at: NaiveDateTime,
    expires_at: Option<NaiveDateTime>,
    last_used_at: Option<NaiveDateTime>,
    last_rolled_at: Option<NaiveDateTime>,
}

impl TryFrom<KeyRow> for StoredKey {
    type Error = Failure;

    fn try_from(row: KeyRow) -> Result<Self, Failure> {
        let what = "api key";
        let scopes: Vec<String> = from_json(what, &row.scopes)?;
        let key = ApiKey {
            id: ApiKeyId(row.id),
            kind: KeyKind::from_name(&row.kind).ok_or_else(|| unreadable(what, format!("kind {}", row.kind)))?,
            user: UserId(row.user_id),
            label: row.label,
            mask_value: row.mask_value,
            scopes: Scopes::parse(&scopes).map_err(|error| unreadable(what, error.to_string()))?,
            scoped_projects: from_json(what, &row.scoped_projects)?,
            scoped_organizations: from_json(what, &row.scoped_organizations)?,
            created_at: instant(row.created_at),
            expires_at: row.expires_at.map(instant),
            last_used_at: row.last_used_at.map(instant),
            last_rolled_at: row.last_rolled_at.map(instant),
        };
        Ok(Self { key, secure_value: SecureValue(row.secure_value) })
    }
}

impl From<&StoredKey> for KeyRow {
    fn from(stored: &StoredKey) -> Self {
        let key = &stored.key;
        Self {
            id: key.id.0.clone(),
            kind: key.kind.name().to_owned(),
            user_id: key.user.0,
            label: key.label.clone(),
            mask_value: key.mask_value.clone(),
            secure_value: stored.secure_value.0.clone(),
            scopes: json_text(&key.scopes.to_texts()),
            scoped_projects: json_text(&key.scoped_projects),
            scoped_organizations: json_text(&key.scoped_organizations),
            created_at: stamp(key.created_at),
            expires_at: key.expires_at.map(stamp),
            last_used_at: key.last_used_at.map(stamp),
            last_rolled_at: key.last_rolled_at.map(stamp),
        }
    }
}

impl ApiKeyRepository for DieselDatabase {
    fn create(&self, key: &StoredKey, limit: KeyLimit) -> RepositoryResult<()> {
        self.write("api key", |connection| {
            // Writing the user's row, though nothing of it changes, makes others that count the same keys wait for us.
            let user = users::table.filter(users::id.eq(key.key.user.0));
            if diesel::update(user).set(users::is_active.eq(users::is_active)).execute(connection)? == 0 {
                return Err(RepositoryError::NotFound { what: "user" }.into());
            }
            if let KeyLimit::AtMost(limit) = limit {
                let n_keys: i64 = api_keys::table
                    .filter(api_keys::user_id.eq(key.key.user.0))
                    .filter(api_keys::kind.eq(key.key.kind.name()))
                    .count()
                    .get_result(connection)?;
                if unsigned(n_keys) >= limit as u64 {
                    return Err(RepositoryError::Limit { what: "api keys", limit }.into());
                }
            }
            insert_key(connection, key)
        })
    }

    fn get(&self, id: &ApiKeyId) -> RepositoryResult<Option<ApiKey>> {
        self.read("api key", |connection| {
            let row: Option<KeyRow> = api_keys::table
                .filter(api_keys::id.eq(lookup(&id.0)))
                .select(KeyRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(StoredKey::try_from).transpose()?.map(|stored| stored.key))
        })
    }

    fn find_by_secure_value(&self, secure_value: &SecureValue) -> RepositoryResult<Option<StoredKey>> {
        self.read("api key", |connection| {
            let row: Option<KeyRow> = api_keys::table
                .filter(api_keys::secure_value.eq(lookup(&secure_value.0)))
                .select(KeyRow::as_select())
                .first(connection)
                .optional()?;
            row.map(TryInto::try_into).transpose()
        })
    }

    fn list(&self, user: Option<UserId>, kind: Option<KeyKind>) -> RepositoryResult<Vec<ApiKey>> {
        self.read("api key", |connection| {
            let mut query = api_keys::table.into_boxed::<MultiBackend>();
            if let Some(user) = user {
                query = query.filter(api_keys::user_id.eq(user.0));
            }
            if let Some(kind) = kind {
                query = query.filter(api_keys::kind.eq(kind.name()));
            }
            let rows: Vec<KeyRow> = query
                .order((api_keys::created_at.desc(), api_keys::id))
                .select(KeyRow::as_select())
                .load(connection)?;
            rows.into_iter().map(|row| Ok(StoredKey::try_from(row)?.key)).collect()
        })
    }

    fn update(&self, key: &ApiKey) -> RepositoryResult<()> {
        self.write("api key", |connection| {
            let changes = (
                api_keys::label.eq(&key.label),
                api_keys::scopes.eq(json_text(&key.scopes.to_texts())),
                api_keys::scoped_projects.eq(json_text(&key.scoped_projects)),
                api_keys::scoped_organizations.eq(json_text(&key.scoped_organizations)),
                api_keys::expires_at.eq(key.expires_at.map(stamp)),
            );
            let stored = api_keys::table.filter(api_keys::id.eq(&key.id.0));
            require_one(diesel::update(stored).set(changes).execute(connection)?)
        })
    }

    fn roll(&self, id: &ApiKeyId, secure_value: &SecureValue, mask: &str, at: DateTime<Utc>) -> RepositoryResult<()> {
        self.write("api key", |connection| {
            let changes = (
                api_keys::secure_value.eq(&secure_value.0),
                api_keys::mask_value.eq(mask),
                api_keys::last_rolled_at.eq(Some(stamp(at))),
            );
            let stored = api_keys::table.filter(api_keys::id.eq(lookup(&id.0)));
            require_one(diesel::update(stored).set(changes).execute(connection)?)
        })
    }

    fn touch(&self, id: &ApiKeyId, at: DateTime<Utc>) -> RepositoryResult<()> {
        self.write("api key", |connection| {
            let stored = api_keys::table.filter(api_keys::id.eq(lookup(&id.0)));
            diesel::update(stored).set(api_keys::last_used_at.eq(Some(stamp(at)))).execute(connection)?;
            Ok(())
        })
    }

    fn delete(&self, id: &ApiKeyId) -> RepositoryResult<bool> {
        self.write("api key", |connection| {
            let stored = api_keys::table.filter(api_keys::id.eq(lookup(&id.0)));
            Ok(diesel::delete(stored).execute(connection)? > 0)
        })
    }
}

pub(crate) fn insert_key(connection: &mut AnyConnection, key: &StoredKey) -> Result<(), Failure> {
    diesel::insert_into(api_keys::table).values(KeyRow::from(key)).execute(connection)?;
    Ok(())
}

fn require_one(n_rows: usize) -> Result<(), Failure> {
    if n_rows == 0 { Err(NOT_FOUND.into()) } else { Ok(()) }
}
