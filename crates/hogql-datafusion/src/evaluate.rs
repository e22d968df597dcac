//! Expressions of an event, for the kernels: values as dictionary-coded columns.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray, TimestampMicrosecondArray, UInt32Array};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_expr::PhysicalExpr;
use hogql::expression::Expression;
use hogql::ir::ColumnRef;
use hogql::tables::EventsColumn;
use hogql::types::Type;
use query_engine::control::QueryControl;
use query_engine::field::{EventFields, FieldValues};
use query_engine::scan::Column;
use query_engine::value::PropertyValue;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::datum::{Datum, Reader};
use crate::error::into_datafusion;
use crate::lower::{Lowering, column_name};
use crate::persons::PersonNames;
use crate::run::BATCH_ROWS;
use crate::scalar::convert::{json_of, shown};
use crate::tables::Tables;
use crate::types::{data_type, field, without_null};

/// The value of `expression` for each row of a run.
///
/// # Errors
/// Where it cannot be computed; cancellation and limits as `control` says.
pub(crate) fn evaluate(expression: &Expression, events: &EventFields<'_>, control: &QueryControl) -> Result<Column> {
    let tables = Tables::none(PersonNames::new(events.project(), &events.scan().identities));
    let lowering = Lowering::new(&tables, control);
    let fields = expression
        .columns
        .iter()
        .enumerate()
        .map(|(index, (_, ty))| field(column_name(ColumnRef { relation: Expression::RELATION, index }), ty));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let body = lowering.physical(&expression.value, &schema)?;
    let evaluation = Evaluation { expression, events, schema, body, ty: &expression.value.ty };
    if let [(column, _)] = expression.columns.as_slice()
        && let Some(values) = events.values(column)
        && values.dictionary().len() < events.run().len()
    {
        return evaluation.by_value(&values, control);
    }
    evaluation.by_row(control)
}

struct Evaluation<'a> {
    expression: &'a Expression,
    events: &'a EventFields<'a>,
    schema: SchemaRef,
    body: Arc<dyn PhysicalExpr>,
    ty: &'a Type,
}

impl Evaluation<'_> {
    /// Evaluates each distinct value of the only column once.
    fn by_value(&self, values: &FieldValues, control: &QueryControl) -> Result<Column> {
        let mut encoder = Encoder::default();
        let mut code_of_value = Vec::with_capacity(values.dictionary().len());
        for chunk in values.dictionary().chunks(BATCH_ROWS) {
            control.check().map_err(into_datafusion)?;
            let column = field_array(chunk.iter(), &self.expression.columns[0].1);
            let result = self.results(vec![column], chunk.len())?;
            encoder.add(&result, self.ty, &mut code_of_value)?;
        }
        let run = self.events.run();
        let rows = run.persons.iter().enumerate();
        let codes = rows.map(|(row, &person)| code_of_value[values.code(row, person) as usize]);
        Ok(encoder.column(codes.collect()))
    }

    fn by_row(&self, control: &QueryControl) -> Result<Column> {
        let mut encoder = Encoder::default();
        let n_rows = self.events.run().len();
        let mut codes = Vec::with_capacity(n_rows);
        let fields: Vec<Option<FieldValues>> =
            self.expression.columns.iter().map(|(column, _)| self.events.values(column)).collect();
        for start in (0..n_rows).step_by(BATCH_ROWS) {
            control.check().map_err(into_datafusion)?;
            let end = (start + BATCH_ROWS).min(n_rows);
            let columns = (0..fields.len()).map(|index| self.column(index, fields[index].as_ref(), start..end));
            let result = self.results(columns.collect::<Result<_>>()?, end - start)?;
            encoder.add(&result, self.ty, &mut codes)?;
        }
        Ok(encoder.column(codes))
    }

    fn results(&self, columns: Vec<ArrayRef>, n_rows: usize) -> Result<ArrayRef> {
        let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        self.body.evaluate(&batch)?.into_array(n_rows)
    }

    fn column(&self, index: usize, values: Option<&FieldValues>, rows: std::ops::Range<usize>) -> Result<ArrayRef> {
        let run = self.events.run();
        let persons = &run.persons[rows.clone()];
        let (column, ty) = &self.expression.columns[index];
        if let Some(values) = values {
            return Ok(field_array(rows.zip(persons).map(|(row, &person)| values.value(row, person)), ty));
        }
        Ok(match column {
            EventsColumn::Timestamp | EventsColumn::CreatedAt => {
                Arc::new(TimestampMicrosecondArray::from_iter_values(run.timestamps[rows].iter().copied()))
            }
            EventsColumn::PersonId => Arc::new(UInt32Array::from_iter_values(persons.iter().copied())),
            EventsColumn::PersonCreatedAt => {
                let known = &self.events.scan().persons.created_at_us;
                let at = persons.iter().map(|&person| known.get(person as usize).copied().filter(|us| *us != i64::MAX));
                Arc::new(at.collect::<TimestampMicrosecondArray>())
            }
            _ => {
                let what = format!("{column:?} in an expression of an event");
                return Err(into_datafusion(query_engine::error::QueryError::unsupported("", what)));
            }
        })
    }
}

/// Values of a field as texts; where the column has no null, missing ones are empty.
fn field_array<'v>(values: impl Iterator<Item = &'v PropertyValue>, ty: &Type) -> ArrayRef {
    let missing = if matches!(ty, Type::Nullable(_)) { None } else { Some(Arc::from("")) };
    debug_assert_eq!(data_type(ty), datafusion::arrow::datatypes::DataType::Utf8View, "fields are texts");
    Arc::new(values.map(|value| value.to_text().or_else(|| missing.clone())).collect::<StringViewArray>())
}

/// Gives values codes.
#[derive(Debug)]
struct Encoder {
    dictionary: Vec<PropertyValue>,
    /// Codes by the hash of their values.
    codes: FxHashMap<u64, Vec<u32>>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { dictionary: vec![PropertyValue::Null], codes: FxHashMap::default() }
    }
}

impl Encoder {
    /// Adds the code of each value of `array`, which is of type `ty`, to `codes`.
    fn add(&mut self, array: &ArrayRef, ty: &Type, codes: &mut Vec<u32>) -> Result<()> {
        let reader = Reader::new(array.as_ref())?;
        for row in 0..array.len() {
            codes.push(self.code(property(&reader.get(row), ty))?);
        }
        Ok(())
    }

    fn code(&mut self, value: PropertyValue) -> Result<u32> {
        if value.is_null() {
            return Ok(Column::NULL);
        }
        let same_hash = self.codes.entry(hash(&value)).or_default();
        if let Some(&code) = same_hash.iter().find(|code| self.dictionary[**code as usize] == value) {
            return Ok(code);
        }
        let code = u32::try_from(self.dictionary.len());
        let code = code.map_err(|_| DataFusionError::Internal("a run has fewer than 2^32 values".to_owned()))?;
        same_hash.push(code);
        self.dictionary.push(value);
        Ok(code)
    }

    fn column(self, codes: Vec<u32>) -> Column {
        Column::new(codes, self.dictionary)
    }
}

fn hash(value: &PropertyValue) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    match value {
        PropertyValue::Null => {}
        PropertyValue::Bool(bool) => bool.hash(&mut hasher),
        PropertyValue::Int(int) => int.hash(&mut hasher),
        PropertyValue::Float(float) => float.to_bits().hash(&mut hasher),
        PropertyValue::String(text) | PropertyValue::Json(text) => text.hash(&mut hasher),
    }
    hasher.finish()
}

/// A value as kernels see it; `nan` is null.
fn property(value: &Datum<'_>, ty: &Type) -> PropertyValue {
    match value {
        Datum::Null => PropertyValue::Null,
        Datum::Bool(bool) => PropertyValue::Bool(*bool),
        Datum::Int(int) => PropertyValue::Int(*int),
        Datum::Float(float) if float.is_nan() => PropertyValue::Null,
        Datum::Float(float) => PropertyValue::Float(*float),
        Datum::Text(text) => PropertyValue::String(Arc::from(&**text)),
        Datum::Date(_) | Datum::Instant(_) => {
            let zone = if let Type::DateTime(zone) = without_null(ty) { *zone } else { chrono_tz::Tz::UTC };
            PropertyValue::String(Arc::from(shown(value, ty, zone, &PersonNames::nobody()).as_str()))
        }
        Datum::Array(_) | Datum::Tuple(_) => {
            PropertyValue::Json(json_of(value, ty, &PersonNames::nobody()).to_string().into())
        }
    }
}
