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
        let filters = Definitions::read_test_account_filters(&settings.test_account_filters, "test_account_filters");
        filters.map_err(|error| refusal(&error))?;
        let cleaning = Definitions::read_path_cleaning(&settings.path_cleaning_filters, "path_cleaning_filters");
        cleaning.map_err(|error| refusal(&error))?;
        Ok(())
    }
}

/// A refusal that names the field: `test_account_filters[0].type` is `test_account_filters__0__type`.
fn refusal(error: &QueryError) -> Problem {
    let path = match error {
        QueryError::Invalid { path, .. } | QueryError::Unsupported { path, .. } => path.as_str(),
        _ => "",
    };
    let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    Problem::invalid(parts.join("__"), error.to_string())
}
