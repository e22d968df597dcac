//! All repositories together: what an adapter gives and a server is built on.

use std::sync::Arc;

use crate::activity::repository::ActivityRepository;
use crate::api_key::repository::ApiKeyRepository;
use crate::changes::ChangeRepository;
use crate::dashboard::repository::DashboardRepository;
use crate::file_system::repository::FileSystemRepository;
use crate::insight::repository::InsightRepository;
use crate::lease::LeaseRepository;
use crate::organization::repository::OrganizationRepository;
use crate::project::repository::ProjectRepository;
use crate::query_cache::repository::QueryCacheRepository;
use crate::server_secret::repository::ServerSecretRepository;
use crate::setup::repository::SetupRepository;
use crate::user::repository::UserRepository;

/// One repository of each kind, all over the same store.
#[derive(Clone, Debug)]
pub struct Repositories {
    /// The first start.
    pub setup: Arc<dyn SetupRepository>,
    /// Organizations and memberships.
    pub organizations: Arc<dyn OrganizationRepository>,
    /// Users.
    pub users: Arc<dyn UserRepository>,
    /// Projects.
    pub projects: Arc<dyn ProjectRepository>,
    /// API keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// Insights.
    pub insights: Arc<dyn InsightRepository>,
    /// Dashboards.
    pub dashboards: Arc<dyn DashboardRepository>,
    /// What is in which folder.
    pub file_system: Arc<dyn FileSystemRepository>,
    /// The activity log.
    pub activity: Arc<dyn ActivityRepository>,
    /// Answers of queries.
    pub query_cache: Arc<dyn QueryCacheRepository>,
    /// How often things have changed.
    pub changes: Arc<dyn ChangeRepository>,
    /// Who does which job.
    pub leases: Arc<dyn LeaseRepository>,
    /// The secret that several servers over one store share.
    pub server_secret: Arc<dyn ServerSecretRepository>,
}

impl Repositories {
    /// The repositories of a store that implements all of them.
    pub fn over<S>(store: &Arc<S>) -> Self
    where
        S: SetupRepository
            + OrganizationRepository
            + UserRepository
            + ProjectRepository
            + ApiKeyRepository
            + InsightRepository
            + DashboardRepository
            + FileSystemRepository
            + ActivityRepository
            + QueryCacheRepository
            + ChangeRepository
            + LeaseRepository
            + ServerSecretRepository
            + 'static,
    {
        Self {
            setup: Arc::<S>::clone(store),
            organizations: Arc::<S>::clone(store),
            users: Arc::<S>::clone(store),
            projects: Arc::<S>::clone(store),
            api_keys: Arc::<S>::clone(store),
            insights: Arc::<S>::clone(store),
            dashboards: Arc::<S>::clone(store),
            file_system: Arc::<S>::clone(store),
            activity: Arc::<S>::clone(store),
            query_cache: Arc::<S>::clone(store),
            changes: Arc::<S>::clone(store),
            leases: Arc::<S>::clone(store),
            server_secret: Arc::<S>::clone(store),
        }
    }
}

/// Whether soft-deleted rows are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletedRows {
    /// They are not.
    Hidden,
    /// They are, like any other.
    Included,
}
