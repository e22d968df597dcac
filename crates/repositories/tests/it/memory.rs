//! The definitions in memory: what the crates of actions, cohorts and variables have for tests keeps the same contracts.

use std::sync::Arc;

use ::actions::memory::InMemoryActions;
use ::agent_sessions::memory::InMemoryAgentSessions;
use ::alerts::memory::InMemoryAlerts;
use ::cohorts::memory::InMemoryCohorts;
use ::datasets::memory::InMemoryDatasets;
use ::endpoints::memory::InMemoryEndpoints;
use ::prompts::memory::InMemoryPrompts;
use ::recordings::memory::InMemoryRecordings;
use ::recordings::repository::RecordingRepository;
use ::recordings::video::memory::InMemoryUploads;
use ::reports::memory::InMemoryReports;
use ::sharing::memory::InMemorySharing;
use ::variables::memory::InMemoryVariables;
use insights_core::memory::InMemoryDatabase;
use test_support::store::{
    AgentRepositories, AlertRepositories, DefinitionRepositories, EndpointRepositories, ModelRepositories,
    RecordingRepositories, ReportRepositories, SharingRepositories, TestStore,
};

#[expect(clippy::unnecessary_wraps, reason = "stores that need a server may be absent; this one never is")]
fn open_definitions(_case: &str) -> Option<TestStore<DefinitionRepositories>> {
    let others = InMemoryDatabase::repositories();
    let actions = Arc::new(InMemoryActions::new(&others));
    let cohorts = Arc::new(InMemoryCohorts::new(&others));
    let variables = Arc::new(InMemoryVariables::new(&others));
    Some(TestStore::new(DefinitionRepositories { actions, cohorts, variables, others }, ()))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_sharing(_case: &str) -> Option<TestStore<SharingRepositories>> {
    let others = InMemoryDatabase::repositories();
    let sharing = Arc::new(InMemorySharing::new(&others));
    Some(TestStore::new(SharingRepositories { sharing, others }, ()))
}

test_support::definition_contracts!(crate::memory::open_definitions);
test_support::sharing_contracts!(crate::memory::open_sharing);

#[expect(clippy::unnecessary_wraps, reason = "stores that need a server may be absent; this one never is")]
fn open_alerts(_case: &str) -> Option<TestStore<AlertRepositories>> {
    let others = InMemoryDatabase::repositories();
    let alerts = Arc::new(InMemoryAlerts::new(&others));
    Some(TestStore::new(AlertRepositories { alerts, others }, ()))
}

test_support::alert_contracts!(crate::memory::open_alerts);

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_recordings(_case: &str) -> Option<TestStore<RecordingRepositories>> {
    let others = InMemoryDatabase::repositories();
    let recordings: Arc<dyn RecordingRepository> = Arc::new(InMemoryRecordings::new(&others));
    let uploads = Arc::new(InMemoryUploads::new(Arc::clone(&recordings)));
    Some(TestStore::new(RecordingRepositories { recordings, uploads, others }, ()))
}

test_support::recording_contracts!(crate::memory::open_recordings);

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_endpoints(_case: &str) -> Option<TestStore<EndpointRepositories>> {
    let others = InMemoryDatabase::repositories();
    let endpoints = Arc::new(InMemoryEndpoints::new(&others));
    let materializations = Arc::<InMemoryEndpoints>::clone(&endpoints);
    Some(TestStore::new(EndpointRepositories { endpoints, materializations, others }, ()))
}

test_support::endpoint_contracts!(crate::memory::open_endpoints);

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_models(_case: &str) -> Option<TestStore<ModelRepositories>> {
    let others = InMemoryDatabase::repositories();
    let datasets = Arc::new(InMemoryDatasets::new(&others));
    let items = Arc::<InMemoryDatasets>::clone(&datasets);
    let prompts = Arc::new(InMemoryPrompts::new(&others));
    Some(TestStore::new(ModelRepositories { datasets, items, prompts, others }, ()))
}

test_support::model_contracts!(crate::memory::open_models);

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_agents(_case: &str) -> Option<TestStore<AgentRepositories>> {
    let others = InMemoryDatabase::repositories();
    let sessions = Arc::new(InMemoryAgentSessions::default());
    Some(TestStore::new(AgentRepositories { sessions, others }, ()))
}

test_support::agent_contracts!(crate::memory::open_agents);

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_reports(_case: &str) -> Option<TestStore<ReportRepositories>> {
    let others = InMemoryDatabase::repositories();
    let reports = Arc::new(InMemoryReports::new(&others));
    Some(TestStore::new(ReportRepositories { reports, others }, ()))
}

test_support::report_contracts!(crate::memory::open_reports);
