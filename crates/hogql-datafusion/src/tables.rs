//! The tables of a query: what they read of the store, all as of one instant, and how they give it out.

mod columns;
mod events;
mod keys;
mod logs;
mod people;
mod plain;
mod sessions;
mod stream;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use hogql::ir::{ColumnRef, Expr, ExprKind, Query, Relation, RelationId, RowBounds};
use hogql::tables::{Table, TableColumn};
use hogql::types::Type;
use insights_core::ids::ProjectId;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::field::ScanLayout;
use query_engine::logs::LentLogs;
use query_engine::plan::select::Select;
use query_engine::scan::{Scan, ScanSource};

use crate::hoist::{Hoisted, HoistedValue};
use crate::persons::PersonNames;
use crate::types::has_person;
use crate::walk;
pub(crate) use keys::{TextKeys, text_of_key};

/// The tables of a query by the numbers of their relations.
#[derive(Debug)]
pub(crate) struct Tables {
    tables: HashMap<RelationId, Arc<dyn TableProvider>>,
    keys: HashMap<ColumnRef, KeyColumn>,
    persons: Arc<PersonNames>,
}

/// The column that has a key for each text of another.
#[derive(Clone, Debug)]
pub(crate) struct KeyColumn {
    /// The column.
    pub(crate) column: ColumnRef,
    /// What the keys stand for.
    pub(crate) keys: Arc<TextKeys>,
}

/// A use of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableUse<'a> {
    pub(crate) id: RelationId,
    pub(crate) table: &'a Table,
    pub(crate) columns: &'a [(TableColumn, Type)],
    pub(crate) bounds: &'a RowBounds,
    /// Values that follow the columns.
    pub(crate) values: &'a [HoistedValue],
}

/// For each column of `events` whether it is a field of which many events have the same value, as a text.
pub(crate) fn are_fields(columns: &[(TableColumn, Type)]) -> Vec<bool> {
    columns.iter().map(|(column, _)| matches!(column, TableColumn::Event(column) if events::is_field(column))).collect()
}

/// What the tables of a query have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) select: &'a Select,
    pub(crate) project: ProjectId,
    pub(crate) control: &'a QueryControl,
}

impl Tables {
    /// No tables: for values that read none, but may name persons.
    pub(crate) fn none(persons: PersonNames) -> Self {
        Self { tables: HashMap::new(), keys: HashMap::new(), persons: Arc::new(persons) }
    }

    /// The tables of `select`, whose query was taken apart into `hoisted`, with what they read of `source`.
    ///
    /// # Errors
    /// As [`ScanSource::scan`].
    pub(crate) fn open(
        select: &Select,
        hoisted: &Hoisted,
        project: ProjectId,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> std::result::Result<Self, QueryError> {
        let context = Context { select, project, control };
        let mut uses = Vec::new();
        walk::tables(&hoisted.query, &mut |table| {
            let values = hoisted.values.get(&table.id).map_or(&[][..], Vec::as_slice);
            uses.push(TableUse { values, ..table });
        });
        let mut layouts: Vec<Vec<ScanLayout>> = uses.iter().map(|table| layouts(table, &context)).collect();
        if names_persons(&select.query)
            && let Some(first) = layouts.iter_mut().flatten().next()
        {
            first.need_identities();
        }
        let all: Vec<&ScanLayout> = layouts.iter().flatten().collect();
        let mut scans = ScanLayout::scan_all(&all, source, control)?.into_iter();
        let mut lent = logs::lend(&uses, &context, source)?;
        let mut persons = None;
        let mut tables = HashMap::new();
        let mut keys = HashMap::new();
        for (table, layouts) in uses.iter().zip(layouts) {
            let own: Vec<Scan> = scans.by_ref().take(layouts.len()).collect();
            if let Some(scan) = own.iter().find(|scan| !scan.identities.distinct_ids.is_empty()) {
                persons.get_or_insert_with(|| PersonNames::new(project, &scan.identities));
            }
            let lent = if *table.table == Table::Logs { lent.pop_front() } else { None };
            let provider = provider(table, (layouts, own, lent), &context, &mut keys)
                .map_err(|error| crate::error::from_datafusion(error, control))?;
            tables.insert(table.id, provider);
        }
        Ok(Self { tables, keys, persons: Arc::new(persons.unwrap_or_else(PersonNames::nobody)) })
    }

    pub(crate) fn persons(&self) -> &Arc<PersonNames> {
        &self.persons
    }

    /// The column of keys of a column of texts; `None` where it has none.
    pub(crate) fn key(&self, column: ColumnRef) -> Option<&KeyColumn> {
        self.keys.get(&column)
    }

    /// The table of that number.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn table(&self, id: RelationId) -> Result<&Arc<dyn TableProvider>> {
        self.tables.get(&id).ok_or_else(|| DataFusionError::Internal(format!("there is no table of number {}", id.0)))
    }
}

/// What has to be scanned for a table.
fn layouts(table: &TableUse<'_>, context: &Context<'_>) -> Vec<ScanLayout> {
    match table.table {
        Table::Events => events::layouts(table, context),
        Table::Sessions => vec![sessions::layout(context)],
        Table::Persons | Table::PersonDistinctIds | Table::Groups | Table::CohortPeople | Table::Cohorts => {
            vec![people::layout(table, context)]
        }
        Table::Numbers { .. } | Table::Logs => Vec::new(),
    }
}

fn provider(
    table: &TableUse<'_>,
    (layouts, scans, lent): (Vec<ScanLayout>, Vec<Scan>, Option<Box<dyn LentLogs>>),
    context: &Context<'_>,
    keys: &mut HashMap<ColumnRef, KeyColumn>,
) -> Result<Arc<dyn TableProvider>> {
    let mut pairs = layouts.into_iter().zip(scans);
    match (table.table, pairs.next(), pairs.next()) {
        (Table::Logs, ..) => logs::table(table, lent, context),
        (Table::Numbers { first, n }, ..) => plain::numbers(table, *first, *n, context),
        (Table::Events, Some(events), sessions) => events::table(table, events, sessions, context, keys),
        (Table::Sessions, Some(events), _) => sessions::table(table, &events, context),
        (Table::Persons | Table::PersonDistinctIds, Some(scan), _) => people::table(table, scan, context),
        (Table::Groups, Some((_, scan)), _) => plain::groups(table, &scan, context),
        (Table::CohortPeople | Table::Cohorts, Some((layout, scan)), _) => {
            people::cohorts(table, &layout, &scan, context)
        }
        (_, None, _) => Err(DataFusionError::Internal("a table has a scan".to_owned())),
    }
}

/// Whether the query shows who persons are, in its answer or to a function.
fn names_persons(query: &Query) -> bool {
    let mut found = query.columns.iter().any(|column| has_person(&column.ty));
    walk::values(query, &mut |value: &Expr| {
        if let ExprKind::Call { function, args } = &value.kind {
            let compares = matches!(*function, "equals" | "notEquals" | "in" | "isNull" | "multiIf" | "coalesce");
            found = found || (!compares && args.iter().any(|arg| has_person(&arg.ty)));
        }
    });
    found
}

/// A relation that is read.
pub(crate) fn use_of(relation: &Relation) -> Option<TableUse<'_>> {
    match relation {
        Relation::Table { id, table, columns, bounds } => {
            Some(TableUse { id: *id, table, columns, bounds, values: &[] })
        }
        _ => None,
    }
}
