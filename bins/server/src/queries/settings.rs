//! Which settings of a project the query engine can go by.

use insights_core::problem::Problem;
use insights_core::project::settings::{ProjectSettings, SettingsRules};
use query_engine::definitions::Definitions;
use query_engine::error::QueryError;

/// The query engine's rules for settings: it has read them as it reads them for a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EngineRules;

impl SettingsRules for EngineRules {
    fn check(&self, settings: &ProjectSettings) -> Result<(), Problem> {
        let refusal = |error: QueryError| Problem::invalid(error.field(), error.to_string());
        Definitions::read_test_account_filters(&settings.test_account_filters, "test_account_filters")
            .map_err(refusal)?;
        Definitions::read_path_cleaning(&settings.path_cleaning_filters, "path_cleaning_filters").map_err(refusal)?;
        Ok(())
    }
}
