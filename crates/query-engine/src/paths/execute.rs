//! Runs the operator over the columns that a source lends.

use insights_core::ids::ProjectId;

use crate::control::QueryControl;
use crate::error::QueryError;
use crate::plan::paths::{PathEdges, PathsOutput};
use crate::scan::ScanSource;

/// Runs `plan`.
///
/// # Errors
/// As [`crate::source::run_on_scan`].
pub(crate) fn run(
    plan: &PathEdges,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<PathsOutput, QueryError> {
    let _ = (plan, project, source, control);
    Err(QueryError::unsupported("kind", "PathsQuery"))
}
