//! Users.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::ids::UserId;
use insights_core::user::repository::UserRepository;
use insights_core::user::{User, UserProfile};

use crate::connection::AnyConnection;
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::schema::users;
use crate::values::{from_uuid, instant, lookup, stamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: i64,
    uuid: String,
    distinct_id: String,
    first_name: String,
    last_name: String,
    email: String,
    is_email_verified: Option<bool>,
    role_at_organization: Option<String>,
    is_active: bool,
    created_at: NaiveDateTime,
}

impl TryFrom<UserRow> for User {
    type Error = Failure;

    fn try_from(row: UserRow) -> Result<Self, Failure> {
        let profile = UserProfile {
            uuid: from_uuid("user", &row.uuid)?,
            distinct_id: row.distinct_id,
            first_name: row.first_name,
            last_name: row.last_name,
            email: row.email,
            is_email_verified: row.is_email_verified,
            role_at_organization: row.role_at_organization,
            is_active: row.is_active,
            created_at: instant(row.created_at),
        };
        Ok(Self { id: UserId(row.id), profile })
    }
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct NewUserRow<'a> {
    uuid: String,
    distinct_id: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
    email_key: String,
    is_email_verified: Option<bool>,
    role_at_organization: Option<&'a str>,
    is_active: bool,
    created_at: NaiveDateTime,
}

impl UserRepository for DieselDatabase {
    fn create(&self, profile: &UserProfile) -> RepositoryResult<User> {
        self.write("user", |connection| insert_user(connection, profile))
    }

    fn get(&self, id: UserId) -> RepositoryResult<Option<User>> {
        Ok(UserRepository::get_batch(self, &[id])?.pop())
    }

    fn get_batch(&self, ids: &[UserId]) -> RepositoryResult<Vec<User>> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        self.read("user", |connection| {
            let rows: Vec<UserRow> = users::table
                .filter(users::id.eq_any(ids))
                .order(users::id)
                .select(UserRow::as_select())
                .load(connection)?;
            rows.into_iter().map(TryInto::try_into).collect()
        })
    }

    fn find_by_email(&self, email: &str) -> RepositoryResult<Option<User>> {
        self.read("user", |connection| {
            let row: Option<UserRow> = users::table
                .filter(users::email_key.eq(lookup(email).to_lowercase()))
                .select(UserRow::as_select())
                .first(connection)
                .optional()?;
            row.map(TryInto::try_into).transpose()
        })
    }

    fn first(&self) -> RepositoryResult<Option<User>> {
        self.read("user", |connection| {
            let row: Option<UserRow> =
                users::table.order(users::id).select(UserRow::as_select()).first(connection).optional()?;
            row.map(TryInto::try_into).transpose()
        })
    }

    fn set_active(&self, id: UserId, is_active: bool) -> RepositoryResult<()> {
        self.write("user", |connection| {
            let user = users::table.filter(users::id.eq(id.0));
            match diesel::update(user).set(users::is_active.eq(is_active)).execute(connection)? {
                0 => Err(RepositoryError::NotFound { what: "user" }.into()),
                _ => Ok(()),
            }
        })
    }
}

pub(crate) fn insert_user(connection: &mut AnyConnection, profile: &UserProfile) -> Result<User, Failure> {
    let row = NewUserRow {
        uuid: profile.uuid.to_string(),
        distinct_id: &profile.distinct_id,
        first_name: &profile.first_name,
        last_name: &profile.last_name,
        email: &profile.email,
        email_key: profile.email.to_lowercase(),
        is_email_verified: profile.is_email_verified,
        role_at_organization: profile.role_at_organization.as_deref(),
        is_active: profile.is_active,
        created_at: stamp(profile.created_at),
    };
    let id = diesel::insert_into(users::table).values(row).returning(users::id).get_result(connection)?;
    Ok(User { id: UserId(id), profile: profile.clone() })
}
