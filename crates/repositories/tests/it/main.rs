//! The repositories keep the contracts of their traits on SQLite, and on PostgreSQL where `HINDSIGHT_TEST_POSTGRES_URL` names one.

#![expect(clippy::unwrap_used, reason = "everything here is a test or serves one")]

mod memory;
mod postgres;
mod sqlite;

use std::sync::Arc;

use insights_core::repositories::Repositories;
use repositories::database::DieselDatabase;
use test_support::store::{
    AgentRepositories, AlertRepositories, DefinitionRepositories, EndpointRepositories, ModelRepositories,
    RecordingRepositories, ReportRepositories, SharingRepositories,
};

/// The repositories of definitions, and the others, over one database.
fn definitions_over(database: &Arc<DieselDatabase>) -> DefinitionRepositories {
    DefinitionRepositories {
        actions: Arc::<DieselDatabase>::clone(database),
        cohorts: Arc::<DieselDatabase>::clone(database),
        variables: Arc::<DieselDatabase>::clone(database),
        others: Repositories::over(database),
    }
}

/// The repository of shares, and the others, over one database.
fn sharing_over(database: &Arc<DieselDatabase>) -> SharingRepositories {
    SharingRepositories { sharing: Arc::<DieselDatabase>::clone(database), others: Repositories::over(database) }
}

/// The repository of alerts, and the others, over one database.
fn alerts_over(database: &Arc<DieselDatabase>) -> AlertRepositories {
    AlertRepositories { alerts: Arc::<DieselDatabase>::clone(database), others: Repositories::over(database) }
}

/// The repository of sessions of coding agents, and the others, over one database.
fn agents_over(database: &Arc<DieselDatabase>) -> AgentRepositories {
    AgentRepositories { sessions: Arc::<DieselDatabase>::clone(database), others: Repositories::over(database) }
}

/// The repository of recordings, and the others, over one database.
fn recordings_over(database: &Arc<DieselDatabase>) -> RecordingRepositories {
    RecordingRepositories {
        recordings: Arc::<DieselDatabase>::clone(database),
        uploads: Arc::<DieselDatabase>::clone(database),
        others: Repositories::over(database),
    }
}

/// The repository of reports, and the others, over one database.
fn reports_over(database: &Arc<DieselDatabase>) -> ReportRepositories {
    ReportRepositories { reports: Arc::<DieselDatabase>::clone(database), others: Repositories::over(database) }
}

/// The repository of endpoints, and the others, over one database.
fn endpoints_over(database: &Arc<DieselDatabase>) -> EndpointRepositories {
    EndpointRepositories {
        endpoints: Arc::<DieselDatabase>::clone(database),
        materializations: Arc::<DieselDatabase>::clone(database),
        others: Repositories::over(database),
    }
}

/// The repositories of prompts and datasets, and the others, over one database.
fn models_over(database: &Arc<DieselDatabase>) -> ModelRepositories {
    ModelRepositories {
        datasets: Arc::<DieselDatabase>::clone(database),
        items: Arc::<DieselDatabase>::clone(database),
        prompts: Arc::<DieselDatabase>::clone(database),
        others: Repositories::over(database),
    }
}
