//! What the engine has against a definition, as clients see it.

use insights_core::problem::Problem;
use query_engine::error::QueryError;

/// A refusal that names the field: `groups[0].days` is `groups__0__days`.
pub(crate) fn refusal(error: &QueryError) -> Problem {
    let path = match error {
        QueryError::Invalid { path, .. } | QueryError::Unsupported { path, .. } => path.as_str(),
        _ => "",
    };
    let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    Problem::invalid(parts.join("__"), error.to_string())
}
