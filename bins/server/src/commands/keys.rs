//! `hindsight keys`: makes, lists and revokes keys in the metadata database, whether or not a server is running on it.

use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use insights_core::api_key::repository::KeyLimit;
use insights_core::api_key::service::{ApiKeyService, NewApiKey};
use insights_core::api_key::{ApiKey, KeyKind};
use insights_core::error::ServiceError;
use insights_core::ids::{ApiKeyId, OrganizationId, ProjectId, RandomIds, UserId};
use insights_core::repositories::Repositories;
use insights_core::time::SystemClock;
use uuid::Uuid;

use super::print_line;
use crate::cli::CommandError;
use crate::config::StorageConfig;
use crate::storage;
use crate::wire::Timestamp;

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key and print its secret, once
    Create(CreateArguments),
    /// List all keys, the newest first
    List,
    /// Remove a key: it is refused from then on
    Revoke {
        /// Id of the key, as `list` shows it
        id: String,
    },
}

/// What the new key is.
#[derive(Args, Debug)]
pub(crate) struct CreateArguments {
    /// Name for people, at most 40 characters
    #[arg(long)]
    label: String,
    /// What the key may do, such as `insight:read,query:read`, or `*`
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<String>,
    /// Limit the key to this project; may be given several times
    #[arg(long, value_name = "ID")]
    project: Vec<i64>,
    /// Limit the key to this organization; may be given several times
    #[arg(long, value_name = "ID")]
    organization: Vec<Uuid>,
    /// What the key is for
    #[arg(long, value_enum, default_value = "personal")]
    kind: KindArgument,
    /// Address of the user whom the key stands for [default: the one that the first start made]
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
}

/// Kinds of keys by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArgument {
    Personal,
    Agent,
    Sdk,
    Shared,
}

impl From<KindArgument> for KeyKind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Personal => Self::Personal,
            KindArgument::Agent => Self::Agent,
            KindArgument::Sdk => Self::Sdk,
            KindArgument::Shared => Self::Shared,
        }
    }
}

/// Does what `command` says to the database that `config` names.
pub(crate) fn run(config: &StorageConfig, command: KeysCommand) -> Result<(), CommandError> {
    let repositories =
        storage::open_metadata(config).map_err(CommandError::because("cannot open the metadata database"))?;
    let keys = ApiKeyService::new(Arc::clone(&repositories.api_keys), Arc::new(SystemClock), Arc::new(RandomIds));
    match command {
        KeysCommand::Create(arguments) => create(&repositories, &keys, arguments),
        KeysCommand::List => list(&keys),
        KeysCommand::Revoke { id } => revoke(&keys, ApiKeyId(id)),
    }
}

fn create(repositories: &Repositories, keys: &ApiKeyService, arguments: CreateArguments) -> Result<(), CommandError> {
    let user = user(repositories, arguments.user.as_deref())?;
    let new = NewApiKey {
        kind: arguments.kind.into(),
        label: arguments.label,
        scopes: arguments.scopes,
        scoped_projects: arguments.project.into_iter().map(ProjectId).collect(),
        scoped_organizations: arguments.organization.into_iter().map(OrganizationId).collect(),
        expires_at: None,
    };
    let issued = keys.create(user, &new, KeyLimit::Unlimited).map_err(because_of("cannot make the key"))?;
    print_line(issued.secret.reveal())
}

fn user(repositories: &Repositories, email: Option<&str>) -> Result<UserId, CommandError> {
    let failed = "cannot look the user up";
    let user = match email {
        Some(email) => repositories.users.find_by_email(email),
        None => repositories.users.first(),
    };
    let user = user.map_err(CommandError::because(failed))?;
    user.map(|user| user.id).ok_or_else(|| match email {
        Some(email) => CommandError::new(format!("no user has the address {email}")),
        None => CommandError::new("there is no user yet: start the server once with `hindsight serve`"),
    })
}

fn list(keys: &ApiKeyService) -> Result<(), CommandError> {
    let keys = keys.list_all().map_err(because_of("cannot list the keys"))?;
    print_line(format_args!(
        "{:<10}  {:<11}  {:<8}  {:<27}  {:<40}  scopes",
        "id", "key", "kind", "last used", "label"
    ))?;
    keys.iter().try_for_each(|key| print_line(row(key)))
}

fn row(key: &ApiKey) -> String {
    let last_used = key.last_used_at.map_or_else(|| "never".to_owned(), |at| Timestamp(at).to_text());
    let scopes = key.scopes.to_texts().join(",");
    format!(
        "{:<10}  {:<11}  {:<8}  {last_used:<27}  {:<40}  {scopes}",
        key.id,
        key.mask_value,
        key.kind.name(),
        key.label
    )
}

fn revoke(keys: &ApiKeyService, id: ApiKeyId) -> Result<(), CommandError> {
    keys.revoke(&id).map_err(because_of("cannot revoke the key"))?;
    print_line(format_args!("revoked {id}"))
}

/// A refusal by its own words, any other failure with its cause.
fn because_of(message: &'static str) -> impl FnOnce(ServiceError) -> CommandError {
    move |error| match error {
        ServiceError::Refused(problem) => CommandError::because(message)(problem),
        error @ ServiceError::Repository(_) => CommandError::because(message)(error),
    }
}
