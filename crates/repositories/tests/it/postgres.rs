//! On a schema each.

use std::sync::Arc;

use repositories::database::{DatabaseOptions, DieselDatabase};
use repositories::scratch::ScratchSchema;
use test_support::store::{
    AgentRepositories, AlertRepositories, DefinitionRepositories, EndpointRepositories, ModelRepositories,
    RecordingRepositories, ReportRepositories, SharingRepositories, TestStore, postgres_address,
};

use crate::{
    agents_over, alerts_over, definitions_over, endpoints_over, models_over, recordings_over, reports_over,
    sharing_over,
};

fn database(case: &str) -> Option<(DieselDatabase, ScratchSchema)> {
    let address = postgres_address(case)?;
    let schema = ScratchSchema::create(&address, &format!("contract_{case}")).unwrap();
    Some((DieselDatabase::open(&DatabaseOptions::new(schema.target())).unwrap(), schema))
}

fn open(case: &str) -> Option<TestStore> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(database.repositories(), schema))
}

fn open_definitions(case: &str) -> Option<TestStore<DefinitionRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(definitions_over(&Arc::new(database)), schema))
}

fn open_sharing(case: &str) -> Option<TestStore<SharingRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(sharing_over(&Arc::new(database)), schema))
}

fn open_alerts(case: &str) -> Option<TestStore<AlertRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(alerts_over(&Arc::new(database)), schema))
}

fn open_recordings(case: &str) -> Option<TestStore<RecordingRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(recordings_over(&Arc::new(database)), schema))
}

fn open_endpoints(case: &str) -> Option<TestStore<EndpointRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(endpoints_over(&Arc::new(database)), schema))
}

fn open_models(case: &str) -> Option<TestStore<ModelRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(models_over(&Arc::new(database)), schema))
}

fn open_agents(case: &str) -> Option<TestStore<AgentRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(agents_over(&Arc::new(database)), schema))
}

fn open_reports(case: &str) -> Option<TestStore<ReportRepositories>> {
    let (database, schema) = database(case)?;
    Some(TestStore::new(reports_over(&Arc::new(database)), schema))
}

test_support::repository_contracts!(crate::postgres::open);
test_support::definition_contracts!(crate::postgres::open_definitions);
test_support::sharing_contracts!(crate::postgres::open_sharing);
test_support::alert_contracts!(crate::postgres::open_alerts);
test_support::recording_contracts!(crate::postgres::open_recordings);
test_support::endpoint_contracts!(crate::postgres::open_endpoints);
test_support::model_contracts!(crate::postgres::open_models);
test_support::agent_contracts!(crate::postgres::open_agents);
test_support::report_contracts!(crate::postgres::open_reports);
