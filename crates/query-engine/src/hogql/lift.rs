//! HogQL queries without their variables, to be computed once for all values of them.

use ::hogql::ast;
use ::hogql::lifting::{self, LiftedFilter};
use ::hogql::resolve::resolve_query;
use serde_json::Value;

use super::{MAX_LIMIT, fill_with, filters};
use crate::answer::{QueryContext, RowsPage};
use crate::error::QueryError;
use crate::expressions::{environment, refusal};
use crate::materialization::{MAX_ROWS_OF_ALL_VARIABLES, NotMaterializable, RowServing};
use crate::nodes::HogqlQuery;

/// A query that gives the rows for all values of variables, and what a run takes of them.
pub(crate) struct LiftedQuery {
    pub(crate) rows: HogqlQuery,
    /// Gives the row that there is even where no event is counted, where there is one.
    pub(crate) without_rows: Option<HogqlQuery>,
    pub(crate) serving: RowServing,
}

/// Lifts the variables out of `query`.
///
/// # Errors
/// [`NotMaterializable`] where the rows that a run would take would be others than the query's.
pub(crate) fn lift(query: &HogqlQuery, context: &QueryContext) -> Result<LiftedQuery, NotMaterializable> {
    let filled = fill_with(query, false).map_err(|error| NotMaterializable::invalid(&error))?;
    let lifting = lifting::lift(&filled)?;
    let resolve = |syntax: &ast::Query| {
        let (syntax, _) = filters::put_in(syntax.clone(), &query.filters, &query.text, context)?;
        resolve_query(&syntax, &query.text, &environment(context)).map_err(|error| refusal("query", &error))
    };
    let probe = resolve(&lifting.probe).map_err(|error| NotMaterializable::invalid(&error))?;
    let rows = resolve(&lifting.rows).map_err(|error| NotMaterializable::variables(&error.to_string()))?;
    let lifted = lifting.resolved(&probe, &rows)?;
    for filter in &lifted.filters {
        check_value(filter, query.variables.get(&filter.variable))?;
    }
    let with = |syntax: &ast::Query, limit| HogqlQuery {
        syntax: syntax.clone(),
        explains: false,
        rows: Some(RowsPage { limit, offset: 0 }),
        ..query.clone()
    };
    let limit = if lifting.has_variables() { MAX_ROWS_OF_ALL_VARIABLES } else { MAX_LIMIT };
    Ok(LiftedQuery {
        rows: with(&lifting.rows, limit),
        without_rows: lifted.is_single.then(|| with(&lifting.without_rows, 1)),
        serving: RowServing {
            n_columns: lifted.n_columns,
            filters: lifted.filters,
            limit: lifted.limit,
            offset: lifted.offset,
        },
    })
}

/// An error where the value that the query gives the variable would never be served.
fn check_value(filter: &LiftedFilter, value: Option<&Value>) -> Result<(), NotMaterializable> {
    match value {
        Some(value) if !value.is_null() && filter.wanted(value).is_none() => {
            let (name, ty) = (&filter.variable, filter.type_name());
            let why = format!(
                "variable '{name}' has the value {value}, which is converted before it is compared with a {ty}"
            );
            Err(NotMaterializable::variables(&why))
        }
        _ => Ok(()),
    }
}

impl From<QueryError> for NotMaterializable {
    fn from(error: QueryError) -> Self {
        Self::invalid(&error)
    }
}
