//! Stores that tests run on.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use actions::repository::ActionRepository;
use agent_sessions::repository::AgentSessionRepository;
use alerts::repository::AlertRepository;
use cohorts::repository::CohortRepository;
use datasets::repository::{DatasetRepository, ItemRepository};
use endpoints::materialized::repository::MaterializationRepository;
use endpoints::repository::EndpointRepository;
use insights_core::repositories::Repositories;
use prompts::repository::PromptRepository;
use recordings::repository::RecordingRepository;
use recordings::video::repository::UploadRepository;
use reports::repository::ReportRepository;
use sharing::repository::SharingRepository;
use variables::repository::VariableRepository;

/// The repositories of definitions, and the others over the same store.
#[derive(Clone, Debug)]
pub struct DefinitionRepositories {
    /// Actions.
    pub actions: Arc<dyn ActionRepository>,
    /// Cohorts.
    pub cohorts: Arc<dyn CohortRepository>,
    /// Variables.
    pub variables: Arc<dyn VariableRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repository of shares, and the others over the same store.
#[derive(Clone, Debug)]
pub struct SharingRepositories {
    /// Shares.
    pub sharing: Arc<dyn SharingRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repository of alerts, and the others over the same store.
#[derive(Clone, Debug)]
pub struct AlertRepositories {
    /// Alerts.
    pub alerts: Arc<dyn AlertRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repositories of recordings and of uploads, and the others over the same store.
#[derive(Clone, Debug)]
pub struct RecordingRepositories {
    /// Recordings.
    pub recordings: Arc<dyn RecordingRepository>,
    /// Uploads of their videos.
    pub uploads: Arc<dyn UploadRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repository of reports, and the others over the same store.
#[derive(Clone, Debug)]
pub struct ReportRepositories {
    /// Reports.
    pub reports: Arc<dyn ReportRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repository of endpoints, and the others over the same store.
#[derive(Clone, Debug)]
pub struct EndpointRepositories {
    /// Endpoints.
    pub endpoints: Arc<dyn EndpointRepository>,
    /// What is known of their results.
    pub materializations: Arc<dyn MaterializationRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repository of sessions of coding agents, and the others over the same store.
#[derive(Clone, Debug)]
pub struct AgentRepositories {
    /// Sessions.
    pub sessions: Arc<dyn AgentSessionRepository>,
    /// The others.
    pub others: Repositories,
}

/// The repositories of prompts and datasets, and the others over the same store.
#[derive(Clone, Debug)]
pub struct ModelRepositories {
    /// Datasets.
    pub datasets: Arc<dyn DatasetRepository>,
    /// Their items.
    pub items: Arc<dyn ItemRepository>,
    /// Prompts.
    pub prompts: Arc<dyn PromptRepository>,
    /// The others.
    pub others: Repositories,
}

/// Repositories over a store that is empty at first, and whatever has to live as long as it.
pub struct TestStore<R = Repositories> {
    // The order matters: the repositories go before what they stand on.
    repositories: R,
    _foundation: Box<dyn Any>,
}

impl<R: fmt::Debug> fmt::Debug for TestStore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestStore").field("repositories", &self.repositories).finish_non_exhaustive()
    }
}

impl<R> TestStore<R> {
    /// Repositories over a store whose foundation, such as a temporary folder, is dropped after them.
    pub fn new(repositories: R, foundation: impl Any) -> Self {
        Self { repositories, _foundation: Box::new(foundation) }
    }

    /// The repositories.
    pub fn repositories(&self) -> &R {
        &self.repositories
    }
}

/// The address of the PostgreSQL server for tests, from `HINDSIGHT_TEST_POSTGRES_URL`; without it, prints that `case` is skipped.
///
/// # Panics
/// Where there is no address though `HINDSIGHT_TEST_REQUIRE_POSTGRES` is set: there, silence must not look like success.
#[expect(clippy::disallowed_methods, reason = "tests are chosen by variables, and have no configuration")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub fn postgres_address(case: &str) -> Option<String> {
    let address = std::env::var("HINDSIGHT_TEST_POSTGRES_URL").ok().filter(|address| !address.is_empty());
    if address.is_none() {
        let is_required = std::env::var("HINDSIGHT_TEST_REQUIRE_POSTGRES").is_ok_and(|value| !value.is_empty());
        assert!(!is_required, "HINDSIGHT_TEST_REQUIRE_POSTGRES is set, and HINDSIGHT_TEST_POSTGRES_URL is not");
        eprintln!("skipped: {case} (set HINDSIGHT_TEST_POSTGRES_URL to run it on PostgreSQL)");
    }
    address
}
