//! Series whose numbers HogQL computes: a `SELECT` that groups events by their cell, over events that are given the number of theirs.

use std::sync::{Arc, Mutex, PoisonError};

use hogql::ast::{Expr, ExprKind, From, GroupBy, Identifier, Query, Select as SelectSyntax, TableExpr, TableSource};
use hogql::resolve::resolve_query;
use insights_core::ids::ProjectId;
use serde_json::Value;

use super::execute::{self, Located, SeriesRun};
use super::groups::Groups;
use crate::answer::QueryContext;
use crate::bucket_index::SKIP;
use crate::control::{HeldMemory, QueryControl};
use crate::dictionary::Dictionary;
use crate::error::QueryError;
use crate::expressions::{HogqlText, environment};
use crate::field::ScanLayout;
use crate::plan::aggregate::{AggregateRow, AggregateSeries, BucketedAggregate, HogqlAggregate};
use crate::plan::select::Select;
use crate::scan::{Column, EventColumn, HogqlEngine, Scan, ScanRequest, ScanSource};
use crate::value::PropertyValue;

/// The plan of the aggregate that `expression` is.
///
/// # Errors
/// [`QueryError::Invalid`] where it is none, or where a name or a type in it is out of place.
pub(super) fn plan(expression: &HogqlText, context: &QueryContext) -> Result<HogqlAggregate, QueryError> {
    let query = resolve_query(&syntax(expression.syntax()), expression.text(), &environment(context))
        .map_err(|error| expression.refusal(&error))?;
    Ok(HogqlAggregate {
        select: Select {
            query,
            conditions: Vec::new(),
            cohorts: Default::default(),
            timezone: context.timezone,
            // as many as there are cells
            limit: u32::MAX.into(),
            offset: 0,
        },
    })
}

/// `SELECT properties.<cell>, <aggregate> FROM events WHERE properties.<cell> IS NOT NULL GROUP BY properties.<cell>`
fn syntax(aggregate: &Expr) -> Query {
    let identifier = |name: &str| Identifier { name: name.to_owned(), span: 0..0 };
    let expr = |kind| Expr { kind, span: 0..0 };
    let cell = || expr(ExprKind::Name(vec![identifier("properties"), identifier(HogqlAggregate::CELL)]));
    let events = TableExpr {
        source: TableSource::Name(vec![identifier("events")]),
        alias: None,
        column_aliases: Vec::new(),
        sample: None,
        span: 0..0,
    };
    Query::Select(Box::new(SelectSyntax {
        with: Vec::new(),
        distinct: false,
        columns: vec![cell(), aggregate.clone()],
        from: Some(From { first: events, joins: Vec::new() }),
        array_join: None,
        prewhere: None,
        filter: Some(expr(ExprKind::IsNull { value: Box::new(cell()), negated: true })),
        group_by: GroupBy::Exprs(vec![cell()]),
        having: None,
        windows: Vec::new(),
        qualify: None,
        order_by: Vec::new(),
        limit_by: None,
        limit: None,
        offset: None,
        with_ties: false,
        span: aggregate.span.clone(),
    }))
}

/// The rows of `series`, one of `plan`'s, whose numbers are `aggregate`.
///
/// # Errors
/// [`QueryError::Unsupported`] where `source` has no HogQL; otherwise as [`HogqlEngine::select`].
pub(super) fn rows(
    plan: &BucketedAggregate,
    series: &AggregateSeries,
    aggregate: &HogqlAggregate,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<Vec<AggregateRow>, QueryError> {
    let engine = source.hogql().ok_or_else(|| QueryError::unsupported("", "HogQL"))?;
    let located = LocatedEvents { plan, series, source, groups: Mutex::new(None) };
    let rows = engine.select(&aggregate.select, project, &located, control)?.rows;
    let groups = located.groups.into_inner().unwrap_or_else(PoisonError::into_inner);
    let groups = groups.ok_or_else(|| QueryError::Source("HogQL did not look at the events of a series".into()))?;
    let mut numbers = vec![0.0; groups.len() * plan.n_values()];
    for row in rows {
        let [Value::String(cell), value] = &row[..] else { continue };
        if let Some(number) = cell.parse().ok().and_then(|cell: usize| numbers.get_mut(cell)) {
            *number = number_of(value);
        }
    }
    Ok(execute::rows(plan, series, &groups, numbers))
}

fn number_of(value: &Value) -> f64 {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or_default(),
        Value::Bool(is_true) => f64::from(u8::from(*is_true)),
        Value::String(text) => text.parse().unwrap_or_default(),
        Value::Null | Value::Array(_) | Value::Object(_) => 0.0,
    }
}

/// The events of a series with the number of their cell in [`HogqlAggregate::CELL`]; all other scans are passed on.
struct LocatedEvents<'a> {
    plan: &'a BucketedAggregate,
    series: &'a AggregateSeries,
    source: &'a dyn ScanSource,
    /// The values of the breakdown that cells are of, once the events were scanned.
    groups: Mutex<Option<Groups>>,
}

impl ScanSource for LocatedEvents<'_> {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        let layouts: Vec<ScanLayout> = requests.iter().map(|request| self.layout(request)).collect();
        let scans = ScanLayout::scan_all(&layouts.iter().collect::<Vec<_>>(), self.source, control)?;
        let scans = requests.iter().zip(&layouts).zip(scans).map(|((request, layout), scan)| {
            if wants_cells(request) { self.with_cells(request, layout, scan, control) } else { Ok(scan) }
        });
        scans.collect()
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        self.source.hogql()
    }
}

impl LocatedEvents<'_> {
    /// What is scanned: where cells are asked for, what they depend on besides.
    fn layout(&self, request: &ScanRequest) -> ScanLayout {
        if !wants_cells(request) {
            return ScanLayout::of(request.clone());
        }
        let mut layout = execute::layout_of(self.plan, &[self.series], request.project);
        let mut others = request.clone();
        others.event_columns.retain(|column| *column != cell_column());
        layout.need_all(&others);
        layout
    }

    /// `scan`, which was made for `layout`, as an answer to `request`.
    fn with_cells(
        &self,
        request: &ScanRequest,
        layout: &ScanLayout,
        mut scan: Scan,
        control: &QueryControl,
    ) -> Result<Scan, QueryError> {
        scan.runs.retain(|run| self.series.events.contains(&run.event));
        let run = SeriesRun { plan: self.plan, series: self.series, layout, scan: &scan, control };
        let Located { cells, groups, .. } = run.locate()?;
        let mut memory = HeldMemory::new(control);
        let columns = cell_columns(&cells, groups.len() * self.plan.n_values(), &mut memory)?;
        *self.groups.lock().unwrap_or_else(PoisonError::into_inner) = Some(groups);
        let columns_of_run = |run: usize| [(cell_column(), columns[run].clone())];
        Ok(layout.part_for(request, scan, columns_of_run))
    }
}

fn wants_cells(request: &ScanRequest) -> bool {
    request.event_columns.contains(&cell_column())
}

fn cell_column() -> EventColumn {
    EventColumn::Property(HogqlAggregate::CELL.to_owned())
}

/// The cells of each run as a column of their numbers, with one dictionary for all.
fn cell_columns(cells: &[Vec<u32>], n_cells: usize, memory: &mut HeldMemory) -> Result<Vec<Column>, QueryError> {
    memory.grow::<u32>(n_cells)?;
    let mut code_of_cell = vec![Column::NULL; n_cells];
    let mut dictionary = vec![PropertyValue::Null];
    let mut codes_of_runs = Vec::with_capacity(cells.len());
    for cells in cells {
        memory.grow::<u32>(cells.len())?;
        let codes = cells.iter().map(|&cell| {
            if cell == SKIP {
                return Column::NULL;
            }
            let code = &mut code_of_cell[cell as usize];
            if *code == Column::NULL {
                *code = u32::try_from(dictionary.len()).expect("there are fewer cells than 2^32");
                dictionary.push(PropertyValue::Int(cell.into()));
            }
            *code
        });
        codes_of_runs.push(codes.collect::<Vec<_>>());
    }
    memory.grow::<PropertyValue>(dictionary.len())?;
    let dictionary = Arc::new(Dictionary::from(dictionary));
    let column = |codes: Vec<u32>| Column { codes: codes.into(), dictionary: Arc::clone(&dictionary) };
    Ok(codes_of_runs.into_iter().map(column).collect())
}
