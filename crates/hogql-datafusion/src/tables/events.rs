//! Events, and whatever else is a run of rows with persons: a batch is a part of a run.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, BooleanArray, StringViewArray, TimestampMicrosecondArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use hogql::ir::{ColumnRef, RowBounds};
use hogql::tables::{EventsColumn, SessionsColumn, TableColumn};
use query_engine::control::QueryControl;
use query_engine::field::{Field, FieldValues, ScanLayout};
use query_engine::predicate::{Predicate, RowFilter, RowMask};
use query_engine::scan::{EventColumn, EventSet, Scan};
use query_engine::value::PropertyValue;
use rustc_hash::FxHashMap;

use super::columns::{Computation, Dictionaries, Form, compact};
use super::sessions::{self, Sessions};
use super::stream::{self, Batches};
use super::{Context, KeyColumn, TableUse, Tables, TextKeys};
use crate::error::into_datafusion;
use crate::hoist::{HoistedKind, HoistedValue};
use crate::lower::{Lowering, column_name};
use crate::persons::PersonNames;
use crate::run::BATCH_ROWS;
use crate::types::{data_type, field, nullable};

/// Where a column comes from.
#[derive(Debug)]
pub(super) enum Source {
    Field(Field, Dictionaries),
    /// The keys of the texts of a field.
    Key(Field, Arc<TextKeys>),
    Timestamp,
    Person,
    PersonCreatedAt,
    PersonProperties,
    /// Of the group that the field names the key of.
    GroupProperties(Field, FxHashMap<Arc<str>, Arc<str>>),
    /// Of the session that the field names.
    Session(Field, SessionsColumn),
    Condition(usize),
    /// A text of each row of the only run.
    Texts(Arc<[Arc<str>]>),
    IsIdentified,
}

impl Source {
    pub(super) fn of_field(field: Field, form: Form) -> Self {
        Self::Field(field, Dictionaries::new(form))
    }
}

/// The scans of `events`: the events, and those of their sessions where the query reads sessions.
pub(super) fn layouts(table: &TableUse<'_>, context: &Context<'_>) -> Vec<ScanLayout> {
    let RowBounds { names, from_us, until_us, .. } = table.bounds;
    let events = names.as_ref().map_or(EventSet::All, |names| EventSet::Named(names.iter().cloned().collect()));
    let mut layout = ScanLayout::new(context.project, events, *from_us, *until_us);
    let mut reads_sessions = false;
    for (column, _) in table.columns {
        let TableColumn::Event(column) = column else { continue };
        if let Some((field, _)) = field_of(column, context) {
            layout.need(&field);
        }
        match column {
            EventsColumn::PersonProperties => layout.need_whole_person_properties(),
            EventsColumn::GroupProperties(group_type) => {
                layout.need(&Field::GroupKey(*group_type));
                layout.need_groups();
            }
            EventsColumn::Session(_) => {
                layout.need(&session_field());
                reads_sessions = true;
            }
            EventsColumn::Condition(number) => {
                if let Some(condition) = context.select.conditions.get(*number) {
                    condition.need(&mut layout);
                }
            }
            _ => {}
        }
    }
    // a session is more than what the query reads of it
    if reads_sessions { vec![layout, sessions::layout(context)] } else { vec![layout] }
}

/// The field of an event that a column is.
fn field_of(column: &EventsColumn, context: &Context<'_>) -> Option<(Field, Form)> {
    Some(match column {
        EventsColumn::Uuid => (Field::Event(EventColumn::Uuid), Form::TextOrEmpty),
        EventsColumn::Event => (Field::EventName, Form::TextOrEmpty),
        EventsColumn::DistinctId => (Field::Event(EventColumn::DistinctId), Form::TextOrEmpty),
        EventsColumn::Properties => (Field::Event(EventColumn::Properties), Form::TextOrEmpty),
        EventsColumn::Property(key) => (Field::Event(EventColumn::Property(key.clone())), Form::Text),
        EventsColumn::PersonProperty(key) => (Field::PersonProperty(key.clone()), Form::Text),
        EventsColumn::GroupKey(group_type) => (Field::GroupKey(*group_type), Form::TextOrEmpty),
        EventsColumn::GroupProperty(group_type, key) => {
            (Field::GroupProperty { group_type: *group_type, key: key.clone() }, Form::Text)
        }
        EventsColumn::ElementsChain => {
            (Field::Event(EventColumn::Property("$elements_chain".to_owned())), Form::TextOrEmpty)
        }
        EventsColumn::InCohort(id) => (Field::InCohort(Arc::clone(context.select.cohorts.get(id)?)), Form::Bool),
        EventsColumn::Timestamp
        | EventsColumn::PersonId
        | EventsColumn::PersonProperties
        | EventsColumn::PersonCreatedAt
        | EventsColumn::GroupProperties(_)
        | EventsColumn::CreatedAt
        | EventsColumn::Session(_)
        | EventsColumn::Condition(_) => return None,
    })
}

/// Whether a column is a text of which many events have the same.
pub(super) fn is_field(column: &EventsColumn) -> bool {
    match column {
        EventsColumn::Event
        | EventsColumn::DistinctId
        | EventsColumn::Property(_)
        | EventsColumn::PersonProperty(_)
        | EventsColumn::GroupKey(_)
        | EventsColumn::GroupProperty(..)
        | EventsColumn::ElementsChain => true,
        EventsColumn::Uuid
        | EventsColumn::Properties
        | EventsColumn::Timestamp
        | EventsColumn::PersonId
        | EventsColumn::PersonProperties
        | EventsColumn::PersonCreatedAt
        | EventsColumn::GroupProperties(_)
        | EventsColumn::CreatedAt
        | EventsColumn::Session(_)
        | EventsColumn::Condition(_)
        | EventsColumn::InCohort(_) => false,
    }
}

fn session_field() -> Field {
    Field::Event(EventColumn::Property(sessions::ID.to_owned()))
}

pub(super) fn table(
    table: &TableUse<'_>,
    (layout, scan): (ScanLayout, Scan),
    sessions: Option<(ScanLayout, Scan)>,
    context: &Context<'_>,
    keys: &mut HashMap<ColumnRef, KeyColumn>,
) -> Result<Arc<dyn TableProvider>> {
    let sessions = sessions.map(|events| Sessions::of(&events, context.control)).transpose()?;
    let mut sources = Vec::with_capacity(table.columns.len());
    for (column, _) in table.columns {
        let TableColumn::Event(column) = column else { return Err(stranger()) };
        sources.push(match column {
            // when an event was taken in is not kept; it is no earlier than it happened
            EventsColumn::Timestamp | EventsColumn::CreatedAt => Source::Timestamp,
            EventsColumn::PersonId => Source::Person,
            EventsColumn::PersonProperties => Source::PersonProperties,
            EventsColumn::PersonCreatedAt => Source::PersonCreatedAt,
            EventsColumn::GroupProperties(group_type) => {
                let groups = scan.groups.get(usize::from(*group_type));
                let entries = groups
                    .into_iter()
                    .flat_map(|groups| groups.keys.iter().cloned().zip(groups.properties.iter().cloned()));
                Source::GroupProperties(Field::GroupKey(*group_type), entries.collect())
            }
            EventsColumn::Session(column) => Source::Session(session_field(), *column),
            EventsColumn::Condition(number) => Source::Condition(*number),
            column => {
                let (field, form) = field_of(column, context).ok_or_else(stranger)?;
                Source::of_field(field, form)
            }
        });
    }
    for HoistedValue { column, kind } in table.values {
        let Some((TableColumn::Event(of), ty)) = table.columns.get(*column) else { return Err(stranger()) };
        let (of, form) = field_of(of, context).ok_or_else(stranger)?;
        let reference = |index| ColumnRef { relation: table.id, index };
        sources.push(match kind {
            HoistedKind::Computed(value) => {
                let schema = Arc::new(Schema::new(vec![field(column_name(reference(*column)), ty)]));
                let nobody = Tables::none(PersonNames::nobody());
                let body = Lowering::new(&nobody, context.control).physical(value, &schema)?;
                Source::Field(of, Dictionaries::computing(form, Computation { schema, body }))
            }
            HoistedKind::Key => {
                let first = scan.runs.first().map(|run| layout.read(&of, &scan, run));
                let texts = Arc::new(TextKeys::new(first.as_ref().map(|values| &**values.dictionary()), form));
                let key = KeyColumn { column: reference(sources.len()), keys: Arc::clone(&texts) };
                keys.insert(reference(*column), key);
                Source::Key(of, texts)
            }
        });
    }
    rows(table, layout, scan, sources, sessions, context)
}

fn stranger() -> DataFusionError {
    DataFusionError::Internal("a table is asked for a column that it does not have".to_owned())
}

/// The runs of `scan` as a table.
pub(super) fn rows(
    table: &TableUse<'_>,
    layout: ScanLayout,
    scan: Scan,
    sources: Vec<Source>,
    sessions: Option<Sessions>,
    context: &Context<'_>,
) -> Result<Arc<dyn TableProvider>> {
    let mut parts = Vec::new();
    for (run, rows) in scan.runs.iter().enumerate() {
        parts.extend(
            (0..rows.len()).step_by(BATCH_ROWS).map(|start| (run, start..(start + BATCH_ROWS).min(rows.len()))),
        );
    }
    let conditions = context.select.conditions.clone();
    let rows = RowTable {
        schema: schema(table),
        fields: scan.runs.iter().map(|_| Mutex::default()).collect(),
        masks: conditions.iter().map(|_| Mutex::default()).collect(),
        layout,
        scan,
        sources,
        sessions,
        conditions,
        parts,
        control: context.control.clone(),
    };
    Ok(stream::table(Arc::new(rows), context.control))
}

/// The schema of a table: its columns by their names in the query.
pub(super) fn schema(table: &TableUse<'_>) -> SchemaRef {
    let own = table.columns.iter().map(|(_, ty)| data_type(ty));
    let hoisted = table.values.iter().map(|hoisted| match &hoisted.kind {
        HoistedKind::Computed(value) => data_type(&value.ty),
        HoistedKind::Key => DataType::UInt32,
    });
    let name = |index| column_name(ColumnRef { relation: table.id, index });
    let fields = own.chain(hoisted).enumerate().map(|(index, ty)| nullable(name(index), ty));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The runs of a scan as a table.
#[derive(Debug)]
struct RowTable {
    schema: SchemaRef,
    layout: ScanLayout,
    scan: Scan,
    sources: Vec<Source>,
    sessions: Option<Sessions>,
    conditions: Vec<Predicate>,
    /// Run and rows of each batch.
    parts: Vec<(usize, Range<usize>)>,
    /// Of each run the values of the fields of the sources, once one was asked for.
    fields: Vec<Mutex<FxHashMap<usize, FieldValues>>>,
    /// Of each condition the rows of all runs, once it was asked for.
    masks: Vec<Mutex<Option<Arc<Vec<RowMask>>>>>,
    control: QueryControl,
}

impl Batches for RowTable {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn n_batches(&self) -> usize {
        self.parts.len()
    }

    fn n_rows(&self, number: usize) -> usize {
        self.parts[number].1.len()
    }

    fn column(&self, column: usize, number: usize) -> Result<ArrayRef> {
        let (run, rows) = &self.parts[number];
        self.values_of(column, *run, rows.clone())
    }
}

impl RowTable {
    fn values_of(&self, source: usize, run_number: usize, rows: Range<usize>) -> Result<ArrayRef> {
        let run = &self.scan.runs[run_number];
        let persons = &run.persons[rows.clone()];
        Ok(match &self.sources[source] {
            Source::Timestamp => {
                Arc::new(TimestampMicrosecondArray::from_iter_values(run.timestamps[rows].iter().copied()))
            }
            Source::Person => Arc::new(UInt32Array::from_iter_values(persons.iter().copied())),
            Source::PersonCreatedAt => {
                let known = &self.scan.persons.created_at_us;
                let at = persons.iter().map(|&person| known.get(person as usize).copied().filter(|us| *us != i64::MAX));
                Arc::new(at.collect::<TimestampMicrosecondArray>())
            }
            Source::PersonProperties => {
                let known = &self.scan.persons.properties;
                let texts = persons.iter().map(|&person| known.get(person as usize).map_or("{}", |text| &**text));
                Arc::new(StringViewArray::from_iter_values(texts))
            }
            Source::IsIdentified => {
                let known = &self.scan.identities.is_identified;
                let identified =
                    persons.iter().map(|&person| Some(known.get(person as usize).copied().unwrap_or(false)));
                Arc::new(identified.collect::<BooleanArray>())
            }
            Source::Texts(texts) => Arc::new(StringViewArray::from_iter_values(texts[rows].iter().map(|text| &**text))),
            Source::Condition(number) => {
                let masks = self.masks(*number)?;
                let mask = &masks[run_number];
                Arc::new(rows.map(|row| Some(mask.contains(row))).collect::<BooleanArray>())
            }
            Source::Field(field, dictionaries) => {
                let values = self.values(source, field, run_number);
                dictionaries.column(values.dictionary(), &values.codes(rows, persons), run.len())?
            }
            Source::Key(field, keys) => {
                let values = self.values(source, field, run_number);
                keys.column(values.dictionary(), &values.codes(rows, persons))
            }
            Source::GroupProperties(field, properties) => {
                let values = self.values(source, field, run_number);
                let codes = values.codes(rows, persons);
                let texts = codes.iter().map(|&code| {
                    let PropertyValue::String(key) = &values.dictionary()[code as usize] else { return "{}" };
                    properties.get(key).map_or("{}", |text| &**text)
                });
                Arc::new(StringViewArray::from_iter_values(texts))
            }
            Source::Session(field, column) => {
                let values = self.values(source, field, run_number);
                let Some(sessions) = &self.sessions else { return Err(stranger()) };
                let dictionary = values.dictionary();
                let codes = values.codes(rows, persons);
                let numbers: UInt32Array =
                    codes.iter().map(|&code| sessions.number_of(&dictionary[code as usize])).collect();
                compact(take(sessions.column(*column)?.as_ref(), &numbers, None)?)
            }
        })
    }

    /// The values of the field of a source in a run.
    fn values(&self, source: usize, field: &Field, run: usize) -> FieldValues {
        let mut known = self.fields[run].lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(source).or_insert_with(|| self.layout.read(field, &self.scan, &self.scan.runs[run])).clone()
    }

    /// The rows of all runs that satisfy a condition.
    fn masks(&self, number: usize) -> Result<Arc<Vec<RowMask>>> {
        let (Some(condition), Some(masks)) = (self.conditions.get(number), self.masks.get(number)) else {
            return Err(stranger());
        };
        let mut known = masks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(masks) = &*known {
            return Ok(Arc::clone(masks));
        }
        let mut filter = RowFilter::new(condition, &self.layout, &self.scan);
        let runs = self.scan.runs.iter().map(|run| filter.mask(run, &self.control).map_err(into_datafusion));
        let masks = Arc::new(runs.collect::<Result<Vec<_>>>()?);
        *known = Some(Arc::clone(&masks));
        Ok(masks)
    }
}
