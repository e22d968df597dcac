//! Fields of an event, of its person and of its groups, and how they are found in a scan.

mod recoding;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use hogql::expression::Expression;
use hogql::tables::EventsColumn;
use insights_core::ids::ProjectId;

use self::recoding::{first_text, map_dictionary};
use crate::cohort::{self, Cohort, Evaluation, Known};
use crate::control::QueryControl;
use crate::dictionary::Dictionary;
use crate::error::QueryError;
use crate::scan::{Column, EventColumn, EventSet, Run, Scan, ScanRequest, ScanSource};
use crate::value::PropertyValue;

/// Something of an event that a predicate, a breakdown or an aggregate reads as a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A column of the event itself.
    Event(EventColumn),
    /// The event's name.
    EventName,
    /// A property of the event's person, latest value.
    PersonProperty(String),
    /// A property of the group of that type which the event names, latest value.
    GroupProperty {
        /// Index of the group type.
        group_type: u8,
        /// Key of the property.
        key: String,
    },
    /// The key of the group of that type index which the event names.
    GroupKey(u8),
    /// Whether the event's person is in a cohort: `true` or `false`.
    InCohort(Arc<Cohort>),
    /// A HogQL expression of the event.
    Expression(Arc<Expression>),
}

/// Collects the fields that a plan reads and makes the [`ScanRequest`] for them.
#[derive(Clone, Debug)]
pub struct ScanLayout {
    request: ScanRequest,
    /// Their columns stand behind the requested ones of [`crate::scan::Persons::columns`].
    cohorts: Vec<Arc<Cohort>>,
    /// Their columns stand behind the requested ones of [`Run::columns`].
    expressions: Vec<Arc<Expression>>,
}

impl ScanLayout {
    /// A layout of no fields yet.
    pub fn new(project: ProjectId, events: EventSet, from_us: Option<i64>, until_us: Option<i64>) -> Self {
        Self::of(ScanRequest { events, from_us, until_us, ..ScanRequest::of(project) })
    }

    /// A layout of what `request` asks for.
    pub(crate) fn of(request: ScanRequest) -> Self {
        Self { request, cohorts: Vec::new(), expressions: Vec::new() }
    }

    /// Adds `field`, once.
    pub fn need(&mut self, field: &Field) {
        match field {
            Field::EventName => {}
            Field::Event(column) => push_once(&mut self.request.event_columns, column.clone()),
            Field::PersonProperty(key) => push_once(&mut self.request.person_properties, key.clone()),
            Field::GroupKey(group_type) => self.need_group_keys(*group_type),
            Field::GroupProperty { group_type, key } => {
                self.need_group_keys(*group_type);
                push_once(&mut self.request.group_properties, (*group_type, key.clone()));
            }
            Field::InCohort(cohort) => push_once(&mut self.cohorts, Arc::clone(cohort)),
            Field::Expression(expression) => {
                for (column, _) in &expression.columns {
                    if let Some(field) = field_of_column(column) {
                        self.need(&field);
                    } else if *column == EventsColumn::PersonId {
                        self.need_identities();
                    }
                }
                push_once(&mut self.expressions, Arc::clone(expression));
            }
        }
    }

    fn need_group_keys(&mut self, group_type: u8) {
        push_once(&mut self.request.event_columns, groups_column());
        push_once(&mut self.request.event_columns, group_column(group_type));
    }

    /// Adds who is who ([`Scan::identities`]).
    pub fn need_identities(&mut self) {
        self.request.identities = true;
    }

    /// Adds all properties of each person ([`crate::scan::Persons::properties`]).
    pub fn need_whole_person_properties(&mut self) {
        self.request.whole_person_properties = true;
    }

    /// Adds the groups themselves ([`Scan::groups`]).
    pub fn need_groups(&mut self) {
        self.request.groups = true;
    }

    /// The request for all fields that were added, but for those that are computed of others.
    pub fn request(&self) -> &ScanRequest {
        &self.request
    }

    /// All fields that were added, as of one instant.
    ///
    /// # Errors
    /// As [`ScanSource::scan`]; [`QueryError::Unsupported`] for HogQL where `source` has none.
    pub fn scan(&self, source: &dyn ScanSource, control: &QueryControl) -> Result<Scan, QueryError> {
        let mut scans = Self::scan_all(&[self], source, control)?;
        Ok(scans.pop().expect("there is one scan for each layout"))
    }

    /// All fields of each of `layouts`, all as of one instant.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub fn scan_all(
        layouts: &[&Self],
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<Vec<Scan>, QueryError> {
        let Some(first) = layouts.first() else { return Ok(Vec::new()) };
        let cohorts = cohort::in_order(layouts.iter().flat_map(|layout| &layout.cohorts));
        let evaluations: Vec<_> =
            cohorts.into_iter().map(|cohort| (cohort.id, Evaluation::new(cohort, first.request.project))).collect();
        let of_cohorts = evaluations.iter().flat_map(|(_, evaluation)| evaluation.layouts());
        let requests: Vec<_> = of_cohorts.chain(layouts.iter().copied()).map(|layout| layout.request.clone()).collect();
        let mut scans = source.scan(&requests, control)?;
        // events of one instant come in the order of their names, then as they arrived, however they are stored
        scans.iter_mut().for_each(|scan| scan.runs.sort_by(|one, other| one.event.cmp(&other.event)));
        let mut scans = scans.into_iter();
        let mut known = Known::new();
        for (id, evaluation) in &evaluations {
            let members = evaluation.members(&mut scans, &known, source, control)?;
            known.insert(*id, members);
        }
        let own = scans.zip(layouts).map(|(mut scan, layout)| {
            layout.complete(&mut scan, &known, source, control)?;
            Ok(scan)
        });
        own.collect()
    }

    /// Adds the fields to `scan`, made for [`Self::request`], that are computed of others. `known` has the cohorts.
    pub(crate) fn complete(
        &self,
        scan: &mut Scan,
        known: &Known,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<(), QueryError> {
        for cohort in &self.cohorts {
            scan.persons.columns.push(known.get(&cohort.id).expect("cohorts are evaluated in order").clone());
        }
        self.evaluate_expressions(scan, source, control)
    }

    /// Adds the columns of the expressions to the runs of `scan`, which has all other fields.
    ///
    /// # Errors
    /// As [`Self::scan`].
    pub(crate) fn evaluate_expressions(
        &self,
        scan: &mut Scan,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<(), QueryError> {
        for expression in &self.expressions {
            let engine = source.hogql().ok_or_else(|| QueryError::unsupported("", "HogQL"))?;
            for index in 0..scan.runs.len() {
                let run = &scan.runs[index];
                let column = engine.evaluate(expression, &EventFields { layout: self, scan, run }, control)?;
                scan.runs[index].columns.push(column);
            }
        }
        Ok(())
    }

    /// Adds all that `request` asks for of the events that are scanned anyway, and of their persons and groups.
    pub(crate) fn need_all(&mut self, request: &ScanRequest) {
        for column in &request.event_columns {
            push_once(&mut self.request.event_columns, column.clone());
        }
        for key in &request.person_properties {
            push_once(&mut self.request.person_properties, key.clone());
        }
        for property in &request.group_properties {
            push_once(&mut self.request.group_properties, property.clone());
        }
        self.request.whole_person_properties |= request.whole_person_properties;
        self.request.identities |= request.identities;
        self.request.groups |= request.groups;
    }

    /// `scan`, which was made for this layout, with the columns that `request` asks for and no others. Those of events that the layout
    /// lacks are in `more`, which gives them by the position of the run.
    pub(crate) fn part_for<const N: usize>(
        &self,
        request: &ScanRequest,
        mut scan: Scan,
        more: impl Fn(usize) -> [(EventColumn, Column); N],
    ) -> Scan {
        for index in 0..scan.runs.len() {
            let (run, more) = (&scan.runs[index], more(index));
            let columns = request.event_columns.iter().map(|wanted| {
                let given = more.iter().find(|(column, _)| column == wanted);
                given.map_or_else(|| self.event_column(wanted, run), |(_, column)| column.clone())
            });
            scan.runs[index].columns = columns.collect();
        }
        let of_persons = request.person_properties.iter();
        scan.persons.columns = of_persons
            .map(|key| scan.persons.columns[position(&self.request.person_properties, key)].clone())
            .collect();
        let of_groups = request.group_properties.iter();
        scan.group_columns = of_groups
            .map(|property| scan.group_columns[position(&self.request.group_properties, property)].clone())
            .collect();
        scan
    }

    /// The values of `field` in `run`, which is one of `scan`'s, made for this layout's request.
    ///
    /// # Panics
    /// Where the field was not added with [`Self::need`].
    pub fn read(&self, field: &Field, scan: &Scan, run: &Run) -> FieldValues {
        match field {
            Field::EventName => FieldValues::constant(PropertyValue::String(Arc::clone(&run.event))),
            Field::Event(column) => FieldValues { by: By::Row, column: self.event_column(column, run) },
            Field::PersonProperty(key) => {
                let slot = position(&self.request.person_properties, key);
                FieldValues { by: By::Person, column: scan.persons.columns[slot].clone() }
            }
            Field::InCohort(cohort) => {
                let slot = self.request.person_properties.len() + position(&self.cohorts, cohort);
                FieldValues { by: By::Person, column: scan.persons.columns[slot].clone() }
            }
            Field::Expression(expression) => {
                let slot = self.request.event_columns.len() + position(&self.expressions, expression);
                FieldValues { by: By::Row, column: run.columns[slot].clone() }
            }
            Field::GroupKey(group_type) => FieldValues { by: By::Row, column: self.group_keys(*group_type, scan, run) },
            Field::GroupProperty { group_type, key } => {
                let slot = position(&self.request.group_properties, &(*group_type, key.clone()));
                let values = &scan.group_columns[slot].values;
                FieldValues {
                    by: By::Row,
                    column: map_dictionary(&self.group_keys(*group_type, scan, run), |group| {
                        group.to_text().and_then(|group| values.get(&group).cloned()).unwrap_or_default()
                    }),
                }
            }
        }
    }

    /// The keys of the groups of a type that events name: in the property that PostHog derives from `$groups` where they have it (some
    /// clients send it themselves), in `$groups` otherwise.
    fn group_keys(&self, group_type: u8, scan: &Scan, run: &Run) -> Column {
        let name = scan.group_types.get(usize::from(group_type));
        let named = map_dictionary(&self.event_column(&groups_column(), run), |groups| {
            name.and_then(|name| group_key(groups, name)).map_or(PropertyValue::Null, PropertyValue::String)
        });
        first_text(&self.event_column(&group_column(group_type), run), named)
    }

    fn event_column(&self, column: &EventColumn, run: &Run) -> Column {
        run.columns[position(&self.request.event_columns, column)].clone()
    }
}

/// The events of a run, as an expression reads them.
#[derive(Clone, Copy, Debug)]
pub struct EventFields<'a> {
    layout: &'a ScanLayout,
    scan: &'a Scan,
    run: &'a Run,
}

impl EventFields<'_> {
    /// The events.
    pub fn run(&self) -> &Run {
        self.run
    }

    /// The project whose events they are of.
    pub fn project(&self) -> ProjectId {
        self.layout.request.project
    }

    /// The scan that they are of.
    pub fn scan(&self) -> &Scan {
        self.scan
    }

    /// The values of a column that is a field of the event; `None` for a column that is something else: who, when, or computed.
    pub fn values(&self, column: &EventsColumn) -> Option<FieldValues> {
        field_of_column(column).map(|field| self.layout.read(&field, self.scan, self.run))
    }
}

/// The field that a column of HogQL's `events` is; `None` for those that are no field.
pub(crate) fn field_of_column(column: &EventsColumn) -> Option<Field> {
    Some(match column {
        EventsColumn::Uuid => Field::Event(EventColumn::Uuid),
        EventsColumn::Event => Field::EventName,
        EventsColumn::DistinctId => Field::Event(EventColumn::DistinctId),
        EventsColumn::Properties => Field::Event(EventColumn::Properties),
        EventsColumn::Property(key) => Field::Event(EventColumn::Property(key.clone())),
        EventsColumn::PersonProperty(key) => Field::PersonProperty(key.clone()),
        EventsColumn::GroupKey(group_type) => Field::GroupKey(*group_type),
        EventsColumn::GroupProperty(group_type, key) => {
            Field::GroupProperty { group_type: *group_type, key: key.clone() }
        }
        EventsColumn::ElementsChain => Field::Event(EventColumn::Property("$elements_chain".to_owned())),
        EventsColumn::Timestamp
        | EventsColumn::PersonId
        | EventsColumn::PersonProperties
        | EventsColumn::PersonCreatedAt
        | EventsColumn::GroupProperties(_)
        | EventsColumn::CreatedAt
        | EventsColumn::Session(_)
        | EventsColumn::Condition(_)
        | EventsColumn::InCohort(_) => return None,
    })
}

/// The values of one field in one run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FieldValues {
    by: By,
    column: Column,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Row,
    Person,
    Constant,
}

impl FieldValues {
    fn constant(value: PropertyValue) -> Self {
        Self { by: By::Constant, column: Column::new(vec![1], [PropertyValue::Null, value]) }
    }

    /// The distinct values: work that depends on a value alone is done once for each of them, then looked up by [`Self::code`].
    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.column.dictionary
    }

    /// The position in the dictionary of the value of `row`, whose person is `person`.
    pub fn code(&self, row: usize, person: u32) -> u32 {
        match self.by {
            By::Row => self.column.codes[row],
            By::Person => self.column.codes.get(person as usize).copied().unwrap_or(Column::NULL),
            By::Constant => 1,
        }
    }

    /// As [`Self::code`], of each of `rows`, whose persons are `persons`.
    pub fn codes(&self, rows: Range<usize>, persons: &[u32]) -> Cow<'_, [u32]> {
        match self.by {
            By::Row => Cow::Borrowed(&self.column.codes[rows]),
            By::Person | By::Constant => rows.zip(persons).map(|(row, &person)| self.code(row, person)).collect(),
        }
    }

    /// The value of `row`, whose person is `person`.
    pub fn value(&self, row: usize, person: u32) -> &PropertyValue {
        &self.column.dictionary[self.code(row, person) as usize]
    }
}

/// The event property that names an event's groups, `{"<group type>": "<group key>"}`.
fn groups_column() -> EventColumn {
    EventColumn::Property("$groups".to_owned())
}

/// The property that has the key of the group of a type, where a client sends it.
fn group_column(group_type: u8) -> EventColumn {
    EventColumn::Property(format!("$group_{group_type}"))
}

fn group_key(groups: &PropertyValue, group_type: &str) -> Option<Arc<str>> {
    let PropertyValue::Json(json) = groups else { return None };
    let groups: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    PropertyValue::from_json(groups.get(group_type)?).to_text()
}

fn push_once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn position<T: PartialEq>(list: &[T], item: &T) -> usize {
    list.iter().position(|known| known == item).expect("a field is added to the layout before it is read")
}
