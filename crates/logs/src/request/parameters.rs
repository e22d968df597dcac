//! Parameters of a query string as the object that they stand for.

use std::collections::BTreeMap;

use query_engine::error::QueryError;
use serde_json::{Map, Value};

/// Parameters whose text is JSON.
const JSON: [&str; 4] = ["dateRange", "severityLevels", "serviceNames", "filterGroup"];
/// Parameters that are whole numbers.
const NUMBERS: [&str; 2] = ["limit", "offset"];

/// The parameters as a JSON object, without the empty ones.
pub(super) fn object(params: &BTreeMap<String, String>) -> Result<Value, QueryError> {
    let mut object = Map::new();
    for (name, text) in params.iter().filter(|(_, text)| !text.is_empty()) {
        let value = if JSON.contains(&name.as_str()) {
            serde_json::from_str(text).map_err(|error| {
                QueryError::invalid(
                    name,
                    format!("is not JSON ({error}); give what stands there in the body of a query"),
                )
            })?
        } else if NUMBERS.contains(&name.as_str()) {
            // What is no number is told by whoever reads it.
            text.parse::<i64>().map_or_else(|_| Value::from(text.as_str()), Value::from)
        } else {
            Value::from(text.as_str())
        };
        object.insert(name.clone(), value);
    }
    Ok(Value::Object(object))
}
