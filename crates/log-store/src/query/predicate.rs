//! Conditions on the rows of a block, column by column.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt8Type;
use arrow_array::{Array, StringArray};
use logs::filter::{Condition, Field, LevelSet, LogFilter, Test};
use logs::record::{Attributes, Severity, text_of};
use memchr::memmem::Finder;
use serde_json::Value;

use crate::error::StoreError;
use crate::segment::{ColumnSet, Index, OpenSegment, TextColumn, fixed};

/// A filter on its way through blocks.
#[derive(Clone, Debug)]
pub(super) struct Predicate {
    filter: LogFilter,
    /// Columns of everything but the body.
    first: ColumnSet,
    /// Whether the body has to be looked at.
    needs_body: bool,
}

/// Rows of a block: which are in the answer so far.
pub(super) type Mask = Vec<bool>;

impl Predicate {
    pub(super) fn new(filter: LogFilter) -> Self {
        let mut first = ColumnSet::none();
        if filter.levels != LevelSet::ALL {
            first.add(fixed::SEVERITY);
        }
        if !filter.services.is_empty() {
            first.add(fixed::RESOURCE);
        }
        let mut needs_body = !filter.search.is_empty();
        columns_of(&filter.group, &mut first, &mut needs_body);
        Self { filter, first, needs_body }
    }

    pub(super) fn filter(&self) -> &LogFilter {
        &self.filter
    }

    /// Whether it is about time alone.
    pub(super) fn is_time_only(&self) -> bool {
        self.first.is_empty() && self.is_countable()
    }

    /// Whether it is about nothing but time, levels and services.
    pub(super) fn is_countable(&self) -> bool {
        self.filter.search.is_empty()
            && matches!(&self.filter.group, Condition::All(conditions) if conditions.is_empty())
    }

    /// Which rows of the block match, and the block with the columns `extra`; none where no row does.
    pub(super) fn rows(
        &self,
        segment: &OpenSegment,
        block: usize,
        extra: &ColumnSet,
    ) -> Result<Option<(RecordBatch, Mask)>, StoreError> {
        let place = &segment.details.index.blocks[block];
        let range = &self.filter.range;
        let is_inside = place.min_us >= range.start && place.max_us < range.end;
        let mut columns = self.first.clone();
        if !is_inside {
            columns.add(fixed::TIMESTAMP);
        }
        let mut mask = vec![true; place.n_rows];
        // what costs little comes first: often no row is left for the body
        if self.needs_body && !columns.is_empty() {
            let batch = segment.read(block, &columns)?;
            self.apply_first(segment, &batch, is_inside, &mut mask)?;
            if !mask.contains(&true) {
                return Ok(None);
            }
        }
        if self.needs_body {
            columns.add(fixed::BODY);
        }
        columns.extend(extra);
        let batch = segment.read(block, &columns)?;
        if !self.needs_body {
            self.apply_first(segment, &batch, is_inside, &mut mask)?;
        } else if !self.filter.search.is_empty() {
            search(&segment.text_column(&batch, fixed::BODY)?, &self.filter.search, &mut mask);
        }
        let scope = Scope { segment, batch: &batch };
        scope.apply(&self.filter.group, &mut mask)?;
        Ok(mask.contains(&true).then_some((batch, mask)))
    }

    /// Time, levels and services.
    fn apply_first(
        &self,
        segment: &OpenSegment,
        batch: &RecordBatch,
        is_inside: bool,
        mask: &mut Mask,
    ) -> Result<(), StoreError> {
        if !is_inside {
            let timestamps = timestamps(segment, batch)?;
            let range = &self.filter.range;
            mask.iter_mut().zip(timestamps).for_each(|(keep, timestamp)| *keep &= range.contains(timestamp));
        }
        if self.filter.levels != LevelSet::ALL {
            let levels = self.filter.levels;
            let allowed: [bool; 25] = std::array::from_fn(|number| {
                let severity = u8::try_from(number).ok().and_then(Severity::from_number);
                severity.is_some_and(|severity| levels.contains(severity.level()))
            });
            let severities = severities(segment, batch)?;
            let is_allowed = |number: &u8| allowed.get(usize::from(*number)).copied().unwrap_or_default();
            mask.iter_mut().zip(severities).for_each(|(keep, number)| *keep &= is_allowed(number));
        }
        if !self.filter.services.is_empty() {
            let services = Services::of(segment, batch)?;
            let wanted: Vec<bool> =
                services.names.iter().map(|name| self.filter.services.iter().any(|one| one == name)).collect();
            mask.iter_mut().zip(&services.of_rows).for_each(|(keep, service)| *keep &= wanted[*service]);
        }
        Ok(())
    }
}

fn columns_of(condition: &Condition, columns: &mut ColumnSet, needs_body: &mut bool) {
    match condition {
        Condition::All(conditions) | Condition::Any(conditions) => {
            conditions.iter().for_each(|condition| columns_of(condition, columns, needs_body));
        }
        Condition::Field(Field::Body, _) => *needs_body = true,
        Condition::Field(field, _) => add_columns(field, columns),
    }
}

/// The columns that a field's texts are made of.
pub(super) fn add_columns(field: &Field, columns: &mut ColumnSet) {
    match field {
        Field::Body => columns.add(fixed::BODY),
        Field::Level | Field::SeverityNumber => columns.add(fixed::SEVERITY),
        Field::TraceId => columns.add(fixed::TRACE_ID),
        Field::SpanId => columns.add(fixed::SPAN_ID),
        Field::EventName => columns.add(fixed::EVENT_NAME),
        Field::Scope => columns.add(fixed::SCOPE),
        Field::Attribute(key) => {
            columns.add(crate::segment::attribute_column(key));
            columns.add(fixed::REST);
        }
        Field::Resource(_) => columns.add(fixed::RESOURCE),
    }
}

/// The instants of a batch.
pub(super) fn timestamps<'a>(segment: &OpenSegment, batch: &'a RecordBatch) -> Result<&'a [i64], StoreError> {
    let column = batch.column_by_name(fixed::TIMESTAMP);
    let column = column.and_then(|column| column.as_primitive_opt::<arrow_array::types::TimestampMicrosecondType>());
    Ok(column.ok_or_else(|| segment.malformed(fixed::TIMESTAMP))?.values())
}

/// The severity numbers of a batch.
pub(super) fn severities<'a>(segment: &OpenSegment, batch: &'a RecordBatch) -> Result<&'a [u8], StoreError> {
    let column = batch.column_by_name(fixed::SEVERITY);
    let column = column.and_then(|column| column.as_primitive_opt::<UInt8Type>());
    Ok(column.ok_or_else(|| segment.malformed(fixed::SEVERITY))?.values())
}

fn search(bodies: &TextColumn, text: &str, mask: &mut Mask) {
    let finder = Finder::new(text.as_bytes());
    match bodies {
        TextColumn::Dictionary(keys, values) => {
            let found: Vec<bool> =
                (0..values.len()).map(|index| finder.find(values.value(index).as_bytes()).is_some()).collect();
            let has = |row| TextColumn::code(keys, row).is_some_and(|code| found[code]);
            mask.iter_mut().enumerate().for_each(|(row, keep)| *keep = *keep && has(row));
        }
        TextColumn::Texts(values) => search_texts(&finder, values, mask),
        _ => mask.fill(false),
    }
}

/// Looks through the texts of a column as one: they stand one behind the other, so that rows without a hit cost nothing.
fn search_texts(finder: &Finder<'_>, values: &StringArray, mask: &mut Mask) {
    let (offsets, bytes) = (values.value_offsets(), values.value_data());
    let place = |offset: i32| usize::try_from(offset).expect("places in a column are not negative");
    let (mut at, end) = (place(offsets[0]), place(offsets[values.len()]));
    let mut row = 0;
    let mut found = vec![false; mask.len()];
    while let Some(hit) = finder.find(&bytes[at..end]) {
        let hit = at + hit;
        row += offsets[row + 1..].partition_point(|offset| place(*offset) <= hit);
        let row_end = place(offsets[row + 1]);
        if hit + finder.needle().len() <= row_end {
            found[row] = true;
            at = row_end;
        } else {
            // it goes over the end of the row: what follows may begin behind its first byte
            at = hit + 1;
        }
    }
    mask.iter_mut().zip(found).for_each(|(keep, found)| *keep &= found);
}

/// Services of rows.
pub(super) struct Services {
    /// Each name once for each resource.
    pub(super) names: Vec<String>,
    /// Places in the names.
    pub(super) of_rows: Vec<usize>,
}

impl Services {
    pub(super) fn of(segment: &OpenSegment, batch: &RecordBatch) -> Result<Self, StoreError> {
        let malformed = || segment.malformed(fixed::RESOURCE);
        let name = |text: &str| {
            let value = serde_json::from_str::<Value>(text).ok()?;
            Some(value.get("service.name").and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        let column = segment.text_column(batch, fixed::RESOURCE)?;
        if let TextColumn::Dictionary(keys, values) = &column {
            let names = (0..values.len()).map(|index| name(values.value(index))).collect::<Option<_>>();
            let of_rows = (0..keys.len()).map(|row| TextColumn::code(keys, row)).collect::<Option<_>>();
            return Ok(Self { names: names.ok_or_else(malformed)?, of_rows: of_rows.ok_or_else(malformed)? });
        }
        let rows = 0..batch.num_rows();
        let names = rows.clone().map(|row| name(&column.text(row)?)).collect::<Option<_>>().ok_or_else(malformed)?;
        Ok(Self { names, of_rows: rows.collect() })
    }
}

/// A block whose rows conditions look at.
pub(super) struct Scope<'a> {
    pub(super) segment: &'a OpenSegment,
    pub(super) batch: &'a RecordBatch,
}

impl Scope<'_> {
    /// Leaves only rows for which the condition holds.
    fn apply(&self, condition: &Condition, mask: &mut Mask) -> Result<(), StoreError> {
        match condition {
            Condition::All(conditions) => conditions.iter().try_for_each(|condition| self.apply(condition, mask)),
            Condition::Any(conditions) => {
                let mut any = vec![false; mask.len()];
                for condition in conditions {
                    // rows that are in already need not be looked at again
                    let mut one: Mask = mask.iter().zip(&any).map(|(keep, any)| *keep && !any).collect();
                    self.apply(condition, &mut one)?;
                    any.iter_mut().zip(one).for_each(|(any, one)| *any |= one);
                }
                *mask = any;
                Ok(())
            }
            Condition::Field(field, test) => {
                let texts = self.texts(field)?;
                let mut passes = Passes { test, of_dictionary: vec![None; texts.n_distinct()] };
                mask.iter_mut().enumerate().for_each(|(row, keep)| *keep = *keep && passes.row(&texts, row));
                Ok(())
            }
        }
    }

    /// A field's texts.
    pub(super) fn texts(&self, field: &Field) -> Result<FieldTexts, StoreError> {
        let (segment, batch) = (self.segment, self.batch);
        let column = |name: &str| segment.text_column(batch, name);
        Ok(match field {
            Field::Body => FieldTexts::Column(column(fixed::BODY)?),
            Field::EventName => FieldTexts::NotEmpty(column(fixed::EVENT_NAME)?),
            Field::Scope => FieldTexts::NotEmpty(column(fixed::SCOPE)?),
            Field::Level => FieldTexts::Made(
                severities(segment, batch)?
                    .iter()
                    .map(|number| Severity::from_number(*number).map(|severity| severity.level().name().to_owned()))
                    .collect(),
            ),
            Field::SeverityNumber => {
                FieldTexts::Made(severities(segment, batch)?.iter().map(|number| Some(number.to_string())).collect())
            }
            Field::TraceId => FieldTexts::Made(self.ids(fixed::TRACE_ID)?),
            Field::SpanId => FieldTexts::Made(self.ids(fixed::SPAN_ID)?),
            Field::Attribute(key) => self.attribute(key)?,
            Field::Resource(key) => self.resource(key)?,
        })
    }

    fn ids(&self, name: &str) -> Result<Vec<Option<String>>, StoreError> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_fixed_size_binary_opt());
        let column = column.ok_or_else(|| self.segment.malformed(name))?;
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok((0..column.len()).map(|row| column.is_valid(row).then(|| hex(column.value(row)))).collect())
    }

    fn attribute(&self, key: &str) -> Result<FieldTexts, StoreError> {
        let own = self.segment.text_column(self.batch, &crate::segment::attribute_column(key))?;
        let index: &Index = &self.segment.details.index;
        if index.rest_keys.binary_search_by(|one| one.as_ref().cmp(key)).is_err() {
            return Ok(FieldTexts::Column(own));
        }
        let rest = self.segment.text_column(self.batch, fixed::REST)?;
        let texts = (0..self.batch.num_rows()).map(|row| {
            if let Some(text) = own.text(row) {
                return Ok(Some(text.into_owned()));
            }
            let Some(rest) = rest.text(row) else { return Ok(None) };
            attribute_text(&rest, key).map_err(|()| self.segment.malformed(fixed::REST))
        });
        Ok(FieldTexts::Made(texts.collect::<Result<_, StoreError>>()?))
    }

    fn resource(&self, key: &str) -> Result<FieldTexts, StoreError> {
        let column = self.segment.text_column(self.batch, fixed::RESOURCE)?;
        let malformed = |()| self.segment.malformed(fixed::RESOURCE);
        if let TextColumn::Dictionary(keys, values) = &column {
            let texts = (0..values.len()).map(|index| attribute_text(values.value(index), key).map_err(malformed));
            let texts = texts.collect::<Result<Vec<_>, StoreError>>()?;
            let codes = (0..keys.len()).map(|row| TextColumn::code(keys, row)).collect();
            return Ok(FieldTexts::Coded(texts, codes));
        }
        let texts = (0..self.batch.num_rows()).map(|row| match column.text(row) {
            Some(text) => attribute_text(&text, key).map_err(malformed),
            None => Err(malformed(())),
        });
        Ok(FieldTexts::Made(texts.collect::<Result<_, StoreError>>()?))
    }
}

/// The text of one key of a JSON object of attributes.
fn attribute_text(json: &str, key: &str) -> Result<Option<String>, ()> {
    let pairs = crate::segment::parse_attributes(json).ok_or(())?;
    let attributes = Attributes::new(pairs);
    let value = attributes.get(key).filter(|value| !value.is_null());
    Ok(value.map(|value| text_of(value).into_owned()))
}

/// A field's texts, row by row.
pub(super) enum FieldTexts {
    /// As a column has them.
    Column(TextColumn),
    /// As a column has them, where they are not empty.
    NotEmpty(TextColumn),
    /// One for each row.
    Made(Vec<Option<String>>),
    /// Few texts, and which of them each row has.
    Coded(Vec<Option<String>>, Vec<Option<usize>>),
}

impl FieldTexts {
    /// How many texts there are that rows share by number; 0 where they share none.
    pub(super) fn n_distinct(&self) -> usize {
        match self {
            Self::Column(TextColumn::Dictionary(_, values)) | Self::NotEmpty(TextColumn::Dictionary(_, values)) => {
                values.len()
            }
            Self::Coded(texts, _) => texts.len(),
            _ => 0,
        }
    }

    /// The number of a row's text among those that rows share.
    pub(super) fn code(&self, row: usize) -> Option<usize> {
        match self {
            Self::Column(TextColumn::Dictionary(keys, _)) | Self::NotEmpty(TextColumn::Dictionary(keys, _)) => {
                TextColumn::code(keys, row)
            }
            Self::Coded(_, codes) => codes[row],
            _ => None,
        }
    }

    /// A row's text.
    pub(super) fn text(&self, row: usize) -> Option<std::borrow::Cow<'_, str>> {
        match self {
            Self::Column(column) => column.text(row),
            Self::NotEmpty(column) => column.text(row).filter(|text| !text.is_empty()),
            Self::Made(texts) => texts[row].as_deref().map(Into::into),
            Self::Coded(texts, codes) => texts[codes[row]?].as_deref().map(Into::into),
        }
    }
}

/// A test, asked once for each text that rows share.
struct Passes<'a> {
    test: &'a Test,
    of_dictionary: Vec<Option<bool>>,
}

impl Passes<'_> {
    fn row(&mut self, texts: &FieldTexts, row: usize) -> bool {
        let Some(code) = texts.code(row) else { return self.test.passes(texts.text(row).as_deref()) };
        *self.of_dictionary[code].get_or_insert_with(|| self.test.passes(texts.text(row).as_deref()))
    }
}
