//! The rows of an answer, as JSON.

use chrono::{DateTime, Days, NaiveDate, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use hogql::types::Type;
use serde_json::{Value, json};

use crate::datum::{Datum, Reader};
use crate::persons::PersonNames;

/// The rows of `batch`, whose columns are of `types`, added to `rows`.
///
/// # Errors
/// Where a column is of no type of HogQL's.
pub(crate) fn add_rows(
    batch: &RecordBatch,
    types: &[Type],
    persons: &PersonNames,
    rows: &mut Vec<Vec<Value>>,
) -> Result<()> {
    let readers = batch.columns().iter().map(|column| Reader::new(column.as_ref())).collect::<Result<Vec<_>>>()?;
    rows.extend((0..batch.num_rows()).map(|row| {
        let values = readers.iter().zip(types);
        values.map(|(reader, ty)| json_value(&reader.get(row), ty, persons)).collect()
    }));
    Ok(())
}

/// A value as an answer has it. What JSON has no number for is null.
fn json_value(value: &Datum<'_>, ty: &Type, persons: &PersonNames) -> Value {
    match (value, ty) {
        (value, Type::Nullable(inner)) => json_value(value, inner, persons),
        (Datum::Null, _) => Value::Null,
        (value, Type::Person) => {
            u32::try_from(value.as_int()).map_or(Value::Null, |number| persons.uuid(number).into())
        }
        (Datum::Bool(bool), _) => json!(bool),
        (Datum::Int(int), Type::Bool) => json!(*int != 0),
        (Datum::Int(int), _) => json!(int),
        (Datum::Float(float), _) => json!(float),
        (Datum::Text(text), _) => json!(text),
        (Datum::Date(days), _) => json!(date_text(*days)),
        (Datum::Instant(us), Type::DateTime(zone)) => json!(instant_text(*us, *zone)),
        (Datum::Instant(us), _) => json!(instant_text(*us, Tz::UTC)),
        (Datum::Array(items), Type::Array(item)) => {
            items.iter().map(|value| json_value(value, item, persons)).collect()
        }
        (Datum::Array(entries), Type::Map(key, value)) => {
            let entries = entries.iter().filter_map(|entry| {
                let [entry_key, entry_value] = entry.items() else { return None };
                let key = match json_value(entry_key, key, persons) {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                Some((key, json_value(entry_value, value, persons)))
            });
            Value::Object(entries.collect())
        }
        (Datum::Tuple(items), Type::Tuple(fields)) => {
            items.iter().zip(fields).map(|(value, (_, ty))| json_value(value, ty, persons)).collect()
        }
        (Datum::Array(_) | Datum::Tuple(_), _) => Value::Null,
    }
}

/// `2024-01-31`.
pub(crate) fn date_text(days: i32) -> String {
    NaiveDate::from_epoch_days(days).map_or_else(String::new, |date| date.format("%Y-%m-%d").to_string())
}

/// `2024-01-31T10:00:00.000000Z`, or with the offset of the zone.
fn instant_text(us: i64, zone: Tz) -> String {
    let Some(utc) = DateTime::<Utc>::from_timestamp_micros(us) else { return String::new() };
    let local = zone.from_utc_datetime(&utc.naive_utc());
    if local.offset().fix().local_minus_utc() == 0 && matches!(zone, Tz::UTC | Tz::Etc__UTC | Tz::GMT) {
        return local.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    }
    local.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string()
}

/// `date` moved by whole days.
pub(crate) fn add_days(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    let by = Days::new(days.unsigned_abs());
    if days < 0 { date.checked_sub_days(by) } else { date.checked_add_days(by) }
}
