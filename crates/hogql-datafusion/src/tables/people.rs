//! Persons, their distinct ids and their cohorts: runs of persons instead of events.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray, UInt32Array};
use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use hogql::tables::{CohortPeopleColumn, CohortsColumn, DistinctIdsColumn, PersonsColumn, Table, TableColumn};
use query_engine::field::{Field, ScanLayout};
use query_engine::scan::{EventSet, Run, Scan};
use query_engine::slice::SharedSlice;
use query_engine::value::PropertyValue;

use super::columns::Form;
use super::events::{self, Source};
use super::plain;
use super::{Context, TableUse};

/// The scan of a table about persons: no events.
pub(super) fn layout(table: &TableUse<'_>, context: &Context<'_>) -> ScanLayout {
    let mut layout = ScanLayout::new(context.project, EventSet::Named(BTreeSet::new()), None, None);
    for (column, _) in table.columns {
        match column {
            TableColumn::Person(column) | TableColumn::DistinctId(DistinctIdsColumn::Person(column)) => {
                need(column, &mut layout, context);
            }
            TableColumn::Group(_) => layout.need_groups(),
            _ => {}
        }
    }
    match table.table {
        Table::PersonDistinctIds => layout.need_identities(),
        Table::Groups => layout.need_groups(),
        Table::CohortPeople | Table::Cohorts => {
            context.select.cohorts.values().for_each(|cohort| layout.need(&Field::InCohort(Arc::clone(cohort))));
        }
        _ => {}
    }
    layout
}

fn need(column: &PersonsColumn, layout: &mut ScanLayout, context: &Context<'_>) {
    match column {
        PersonsColumn::Properties => layout.need_whole_person_properties(),
        PersonsColumn::Property(key) => layout.need(&Field::PersonProperty(key.clone())),
        PersonsColumn::IsIdentified => layout.need_identities(),
        PersonsColumn::InCohort(id) => {
            if let Some(cohort) = context.select.cohorts.get(id) {
                layout.need(&Field::InCohort(Arc::clone(cohort)));
            }
        }
        PersonsColumn::Condition(number) => {
            if let Some(condition) = context.select.conditions.get(*number) {
                condition.need(layout);
            }
        }
        PersonsColumn::Id | PersonsColumn::CreatedAt => {}
    }
}

/// `persons` and `person_distinct_ids`.
pub(super) fn table(
    table: &TableUse<'_>,
    (layout, mut scan): (ScanLayout, Scan),
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let persons: SharedSlice<u32> = match table.table {
        Table::PersonDistinctIds => scan.identities.persons.clone(),
        _ => living(&scan).collect::<Vec<_>>().into(),
    };
    let mut sources = Vec::with_capacity(table.columns.len());
    for (column, _) in table.columns {
        sources.push(match column {
            TableColumn::Person(column) | TableColumn::DistinctId(DistinctIdsColumn::Person(column)) => {
                source(column, context)?
            }
            TableColumn::DistinctId(DistinctIdsColumn::DistinctId) => {
                Source::Texts(Arc::clone(&scan.identities.distinct_ids))
            }
            TableColumn::DistinctId(DistinctIdsColumn::PersonId) => Source::Person,
            _ => return Err(DataFusionError::Internal("a column of another table".to_owned())),
        });
    }
    let timestamps = vec![0; persons.len()].into();
    scan.runs = vec![Run { event: "".into(), persons, timestamps, columns: Vec::new() }];
    events::rows(table, layout, scan, sources, None, context)
}

fn source(column: &PersonsColumn, context: &Context<'_>) -> Result<Source> {
    Ok(match column {
        PersonsColumn::Id => Source::Person,
        PersonsColumn::CreatedAt => Source::PersonCreatedAt,
        PersonsColumn::Properties => Source::PersonProperties,
        PersonsColumn::Property(key) => Source::of_field(Field::PersonProperty(key.clone()), Form::Text),
        PersonsColumn::IsIdentified => Source::IsIdentified,
        PersonsColumn::Condition(number) => Source::Condition(*number),
        PersonsColumn::InCohort(id) => {
            let cohort = context.select.cohorts.get(id);
            let cohort = cohort.ok_or_else(|| DataFusionError::Internal(format!("cohort {id} is not in the plan")))?;
            Source::of_field(Field::InCohort(Arc::clone(cohort)), Form::Bool)
        }
    })
}

/// The numbers of persons that were not merged into others.
fn living(scan: &Scan) -> impl Iterator<Item = u32> {
    let created = scan.persons.created_at_us.iter().zip(0u32..);
    created.filter(|(created_at_us, _)| **created_at_us != i64::MAX).map(|(_, number)| number)
}

/// `cohort_people` and `cohorts`.
pub(super) fn cohorts(
    table: &TableUse<'_>,
    layout: &ScanLayout,
    scan: &Scan,
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let nobody =
        Run { event: "".into(), persons: Vec::new().into(), timestamps: Vec::new().into(), columns: Vec::new() };
    let mut members: Vec<(i64, Vec<u32>)> = Vec::new();
    for cohort in context.select.cohorts.values() {
        let values = layout.read(&Field::InCohort(Arc::clone(cohort)), scan, &nobody);
        let is_member = |person: &u32| *values.value(0, *person) == PropertyValue::Bool(true);
        members.push((cohort.id, living(scan).filter(is_member).collect()));
    }
    let people = || members.iter().flat_map(|(id, persons)| persons.iter().map(move |person| (*id, *person)));
    let columns = table.columns.iter().map(|(column, _)| {
        Ok(match column {
            TableColumn::CohortMember(CohortPeopleColumn::PersonId) => {
                Arc::new(UInt32Array::from_iter_values(people().map(|(_, person)| person))) as ArrayRef
            }
            TableColumn::CohortMember(CohortPeopleColumn::CohortId) => {
                Arc::new(Int64Array::from_iter_values(people().map(|(id, _)| id)))
            }
            TableColumn::Cohort(CohortsColumn::Id) => {
                Arc::new(Int64Array::from_iter_values(members.iter().map(|(id, _)| *id)))
            }
            TableColumn::Cohort(CohortsColumn::Name) => {
                Arc::new(StringViewArray::from_iter_values(members.iter().map(|(id, _)| format!("Cohort {id}"))))
            }
            TableColumn::Cohort(CohortsColumn::Count) => {
                let counts = members.iter().map(|(_, persons)| i64::try_from(persons.len()).unwrap_or(i64::MAX));
                Arc::new(Int64Array::from_iter_values(counts))
            }
            _ => return Err(DataFusionError::Internal("a column of another table".to_owned())),
        })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let n_rows = if matches!(table.table, Table::Cohorts) { members.len() } else { people().count() };
    plain::arrays(table, columns, n_rows, context)
}
