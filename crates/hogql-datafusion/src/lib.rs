#![doc = include_str!("../README.md")]

mod aggregate;
mod datum;
mod error;
mod evaluate;
mod hoist;
mod literal;
mod lower;
mod output;
mod persons;
mod run;
mod scalar;
mod tables;
mod types;
mod walk;

use datafusion::logical_expr::LogicalPlanBuilder;
use hogql::expression::Expression;
use hogql::types::Type;
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::field::EventFields;
use query_engine::plan::select::{Rows, Select};
use query_engine::scan::{Column, HogqlEngine, ScanSource};

use crate::error::from_datafusion;
use crate::lower::Lowering;
use crate::tables::Tables;

/// Computes HogQL with DataFusion. A query runs on one thread or two, whichever gives the same rows each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataFusionEngine;

impl HogqlEngine for DataFusionEngine {
    fn evaluate(
        &self,
        expression: &Expression,
        events: &EventFields<'_>,
        control: &QueryControl,
    ) -> Result<Column, QueryError> {
        evaluate::evaluate(expression, events, control).map_err(|error| from_datafusion(error, control))
    }

    fn select(
        &self,
        select: &Select,
        project: ProjectId,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<Rows, QueryError> {
        let hoisted = hoist::hoist(&select.query);
        let tables = Tables::open(select, &hoisted, project, source, control)?;
        let lowering = Lowering::new(&tables, control);
        let failed = |error| from_datafusion(error, control);
        let limit = usize::try_from(select.limit).unwrap_or(usize::MAX);
        let offset = usize::try_from(select.offset).unwrap_or(usize::MAX);
        // one row more tells whether there are more
        let fetched = limit.saturating_add(1);
        let plan = lowering.query(&hoisted.query).map_err(failed)?;
        let plan = LogicalPlanBuilder::from(plan).limit(offset, Some(fetched)).and_then(LogicalPlanBuilder::build);
        let batches = run::collect(plan.map_err(failed)?, lowering.is_spread(), Some(fetched), control)?;
        let types: Vec<Type> = select.query.columns.iter().map(|column| column.ty.clone()).collect();
        let mut rows = Vec::new();
        for batch in &batches {
            control.check()?;
            output::add_rows(batch, &types, tables.persons(), &mut rows).map_err(failed)?;
        }
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Ok(Rows { types, rows, has_more })
    }
}
