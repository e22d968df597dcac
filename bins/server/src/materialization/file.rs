//! Results as files: Parquet that other programs can read, with what else is known of the answer beside the rows.

use bytes::Bytes;
use chrono_tz::Tz;
use query_engine::materialization::{KeptRows, Serving};
use result_tables::{ResultTable, TableError, TableLimits};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::kept::{Kept, KeptForm};
use crate::queries::{KeptAnswer, MaterializedAnswer};

/// The largest result.
const LIMITS: TableLimits = TableLimits { max_rows: 500_000, max_bytes: 256 << 20 };

/// The file of a result that was computed for days that begin in `timezone`, and how many rows it has.
///
/// # Errors
/// [`TableError`] where it is too large.
pub(super) fn write(materialized: &MaterializedAnswer, timezone: Tz) -> Result<(u64, Bytes), TableError> {
    let MaterializedAnswer { answer, without_rows, serving, .. } = materialized;
    let mut answer = answer.clone();
    let results = answer.results.take();
    let mut columns = texts(answer.columns.as_ref());
    if let Serving::Rows(rows) = serving {
        columns.truncate(rows.n_columns);
        columns.extend(rows.filters.iter().map(|filter| format!("variables.{}", filter.variable)));
        for of_columns in [&mut answer.columns, &mut answer.types].into_iter().flatten() {
            if let Value::Array(of_columns) = of_columns {
                of_columns.truncate(rows.n_columns);
            }
        }
    }
    let about = json!({
        "answer": serde_json::to_string(&KeptAnswer::new(&answer)).expect("an answer can be written"),
        "is_whole": answer.has_more != Some(true),
        "serving": serving.to_json(),
        "timezone": timezone.name(),
        "without_rows": without_rows,
    });
    let n_rows = results.as_array().map_or(1, Vec::len) as u64;
    Ok((n_rows, result_tables::write(&results, &columns, &about, LIMITS)?))
}

/// Reads the file of a result.
///
/// # Errors
/// [`TableError`] where it is none.
pub(super) fn read(file: Bytes) -> Result<Kept, TableError> {
    let ResultTable { results, about, .. } = result_tables::read(file, LIMITS)?;
    let unexpected = |what: &str| TableError::Unexpected(what.to_owned());
    let answer = about["answer"].as_str().ok_or_else(|| unexpected("it says nothing of the answer"))?;
    let answer: KeptAnswer = serde_json::from_str(answer).map_err(|error| unexpected(&error.to_string()))?;
    let timezone = about["timezone"].as_str().and_then(|name| name.parse().ok());
    let timezone: Tz = timezone.ok_or_else(|| unexpected("it says nothing of the time zone"))?;
    let serving =
        Serving::from_json(&about["serving"]).ok_or_else(|| unexpected("it does not say how to be served"))?;
    let form = match serving {
        Serving::Whole => {
            let results = to_raw_value(&results).expect("a JSON value can be written");
            KeptForm::Whole(KeptAnswer { results: results.into(), ..answer })
        }
        Serving::Rows(serving) => {
            let without_rows = Some(&about["without_rows"]).filter(|row| !row.is_null());
            let is_whole = about["is_whole"] != Value::Bool(false);
            let rows = KeptRows::new(serving, &results, without_rows, is_whole);
            KeptForm::Rows { answer, rows: Box::new(rows.map_err(|error| unexpected(&error.to_string()))?) }
        }
    };
    Ok(Kept { timezone, form })
}

fn texts(columns: Option<&Value>) -> Vec<String> {
    let columns = columns.and_then(Value::as_array).into_iter().flatten();
    columns.map(|column| column.as_str().unwrap_or_default().to_owned()).collect()
}
