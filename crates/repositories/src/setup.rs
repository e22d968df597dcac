//! The first start.

use diesel::prelude::*;
use insights_core::error::{RepositoryError, RepositoryResult};
use insights_core::organization::{Membership, MembershipLevel};
use insights_core::setup::repository::SetupRepository;
use insights_core::setup::{Installation, Installed};

use crate::api_keys::insert_key;
use crate::connection::AnyConnection;
use crate::database::DieselDatabase;
use crate::failure::Failure;
use crate::organizations::{insert_membership, insert_organization};
use crate::projects::insert_project;
use crate::schema::{installation as installations, organizations};
use crate::users::insert_user;
use crate::values::stamp;

impl SetupRepository for DieselDatabase {
    fn is_set_up(&self) -> RepositoryResult<bool> {
        self.read("organization", has_organization)
    }

    fn install(&self, installation: &Installation) -> RepositoryResult<Installed> {
        self.write("organization", |connection| {
            let organization = installation.organization.clone();
            // The key of this row lets one of several processes through; the others meet a conflict.
            let mark = (installations::id.eq(1_i16), installations::installed_at.eq(stamp(organization.created_at)));
            diesel::insert_into(installations::table).values(mark).execute(connection)?;
            if has_organization(connection)? {
                return Err(RepositoryError::Conflict { what: "organization" }.into());
            }
            let owner = insert_user(connection, &installation.owner)?;
            insert_organization(connection, &organization)?;
            let membership = Membership {
                organization: organization.id,
                user: owner.id,
                level: MembershipLevel::Owner,
                joined_at: organization.created_at,
            };
            insert_membership(connection, &membership)?;
            let project = insert_project(connection, &installation.project)?;
            let mut stored = installation.key.clone();
            stored.key.user = owner.id;
            insert_key(connection, &stored)?;
            Ok(Installed { organization, owner, project, key: stored.key })
        })
    }
}

fn has_organization(connection: &mut AnyConnection) -> Result<bool, Failure> {
    let first: Option<String> = organizations::table.select(organizations::id).first(connection).optional()?;
    Ok(first.is_some())
}
