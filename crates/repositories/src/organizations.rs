//! Organizations and memberships.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use insights_core::error::RepositoryResult;
use insights_core::ids::{OrganizationId, UserId};
use insights_core::organization::repository::OrganizationRepository;
use insights_core::organization::{Membership, MembershipLevel, Organization};

use crate::connection::AnyConnection;
use crate::database::DieselDatabase;
use crate::failure::{Failure, unreadable};
use crate::schema::{memberships, organizations};
use crate::values::{from_uuid, instant, stamp};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = organizations)]
struct OrganizationRow {
    id: String,
    name: String,
    created_at: NaiveDateTime,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = Failure;

    fn try_from(row: OrganizationRow) -> Result<Self, Failure> {
        let id = OrganizationId(from_uuid("organization", &row.id)?);
        Ok(Self { id, name: row.name, created_at: instant(row.created_at) })
    }
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = memberships)]
struct MembershipRow {
    organization_id: String,
    user_id: i64,
    level: i16,
    joined_at: NaiveDateTime,
}

impl TryFrom<MembershipRow> for Membership {
    type Error = Failure;

    fn try_from(row: MembershipRow) -> Result<Self, Failure> {
        Ok(Self {
            organization: OrganizationId(from_uuid("membership", &row.organization_id)?),
            user: UserId(row.user_id),
            level: MembershipLevel::from_number(row.level)
                .ok_or_else(|| unreadable("membership", format!("level {}", row.level)))?,
            joined_at: instant(row.joined_at),
        })
    }
}

impl OrganizationRepository for DieselDatabase {
    fn create(&self, organization: &Organization, owner: &Membership) -> RepositoryResult<()> {
        self.write("organization", |connection| {
            insert_organization(connection, organization)?;
            insert_membership(connection, owner)
        })
    }

    fn get(&self, id: OrganizationId) -> RepositoryResult<Option<Organization>> {
        Ok(OrganizationRepository::get_batch(self, &[id])?.pop())
    }

    fn get_batch(&self, ids: &[OrganizationId]) -> RepositoryResult<Vec<Organization>> {
        let ids: Vec<_> = ids.iter().map(OrganizationId::to_string).collect();
        self.read("organization", |connection| {
            let rows: Vec<OrganizationRow> = organizations::table
                .filter(organizations::id.eq_any(ids))
                .order((organizations::created_at, organizations::id))
                .select(OrganizationRow::as_select())
                .load(connection)?;
            rows.into_iter().map(TryInto::try_into).collect()
        })
    }

    fn add_member(&self, membership: &Membership) -> RepositoryResult<()> {
        self.write("membership", |connection| insert_membership(connection, membership))
    }

    fn memberships(&self, user: UserId) -> RepositoryResult<Vec<Membership>> {
        self.read("membership", |connection| {
            let rows: Vec<MembershipRow> = memberships::table
                .filter(memberships::user_id.eq(user.0))
                .order((memberships::joined_at, memberships::organization_id))
                .select(MembershipRow::as_select())
                .load(connection)?;
            rows.into_iter().map(TryInto::try_into).collect()
        })
    }
}

pub(crate) fn insert_organization(connection: &mut AnyConnection, organization: &Organization) -> Result<(), Failure> {
    let row = OrganizationRow {
        id: organization.id.to_string(),
        name: organization.name.clone(),
        created_at: stamp(organization.created_at),
    };
    diesel::insert_into(organizations::table).values(row).execute(connection)?;
    Ok(())
}

pub(crate) fn insert_membership(connection: &mut AnyConnection, membership: &Membership) -> Result<(), Failure> {
    let row = MembershipRow {
        organization_id: membership.organization.to_string(),
        user_id: membership.user.0,
        level: membership.level.number(),
        joined_at: stamp(membership.joined_at),
    };
    diesel::insert_into(memberships::table).values(row).execute(connection)?;
    Ok(())
}
