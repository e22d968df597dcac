//! On a temporary file each.

use std::sync::Arc;

use repositories::database::{DatabaseOptions, DieselDatabase};
use repositories::target::DatabaseTarget;
use test_support::store::{
    AgentRepositories, AlertRepositories, DefinitionRepositories, EndpointRepositories, ModelRepositories,
    RecordingRepositories, ReportRepositories, SharingRepositories, TestStore,
};

use crate::{
    agents_over, alerts_over, definitions_over, endpoints_over, models_over, recordings_over, reports_over,
    sharing_over,
};

fn database() -> (DieselDatabase, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let target = DatabaseTarget::Sqlite(folder.path().join("metadata.sqlite"));
    (DieselDatabase::open(&DatabaseOptions::new(target)).unwrap(), folder)
}

#[expect(clippy::unnecessary_wraps, reason = "stores that need a server may be absent; this one never is")]
fn open(_case: &str) -> Option<TestStore> {
    let (database, folder) = database();
    Some(TestStore::new(database.repositories(), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_definitions(_case: &str) -> Option<TestStore<DefinitionRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(definitions_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_sharing(_case: &str) -> Option<TestStore<SharingRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(sharing_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_alerts(_case: &str) -> Option<TestStore<AlertRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(alerts_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_recordings(_case: &str) -> Option<TestStore<RecordingRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(recordings_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_endpoints(_case: &str) -> Option<TestStore<EndpointRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(endpoints_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_models(_case: &str) -> Option<TestStore<ModelRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(models_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_agents(_case: &str) -> Option<TestStore<AgentRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(agents_over(&Arc::new(database)), folder))
}

#[expect(clippy::unnecessary_wraps, reason = "likewise")]
fn open_reports(_case: &str) -> Option<TestStore<ReportRepositories>> {
    let (database, folder) = database();
    Some(TestStore::new(reports_over(&Arc::new(database)), folder))
}

test_support::repository_contracts!(crate::sqlite::open);
test_support::definition_contracts!(crate::sqlite::open_definitions);
test_support::sharing_contracts!(crate::sqlite::open_sharing);
test_support::alert_contracts!(crate::sqlite::open_alerts);
test_support::recording_contracts!(crate::sqlite::open_recordings);
test_support::endpoint_contracts!(crate::sqlite::open_endpoints);
test_support::model_contracts!(crate::sqlite::open_models);
test_support::agent_contracts!(crate::sqlite::open_agents);
test_support::report_contracts!(crate::sqlite::open_reports);
