//! Legacy `filters` of insights, `{"insight": "TRENDS", "events": […], …}`, upgraded to query nodes.
//!
//! Keeps whatever the query node has a place for, whether this server answers it or not; what is wrong with a value is told when
//! the upgraded node is read.

mod entities;
mod insight;
mod properties;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::error::QueryError;
use crate::legacy::entities::Mathematics;
use crate::nodes::reader::Reader;

/// An object under construction.
type Object = Map<String, Value>;

/// A kind of legacy insight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Insight {
    Trends,
    Funnels,
    Retention,
    Paths,
    Stickiness,
    Lifecycle,
}

/// The `InsightVizNode` that shows what `filters` did.
///
/// # Errors
/// [`QueryError::Invalid`] with the path in `filters`.
pub(crate) fn upgrade(filters: &Value) -> Result<Value, QueryError> {
    // Some clients sent the filters as JSON in a string, some in a list of one.
    let parsed: Value;
    let filters = match filters {
        Value::String(text) => {
            parsed = serde_json::from_str(text)
                .map_err(|error| QueryError::invalid("filters", format!("the text is not JSON: {error}")))?;
            &parsed
        }
        filters => filters,
    };
    let filters = filters.as_array().and_then(|list| list.first()).unwrap_or(filters);
    Ok(json!({"kind": "InsightVizNode", "source": upgrade_to_query(&Reader::root(filters))?}))
}

/// The runnable node.
fn upgrade_to_query(filters: &Reader<'_>) -> Result<Value, QueryError> {
    filters.object()?;
    let insight = Insight::of(filters)?;
    let mut query = Object::new();
    query.insert("kind".to_owned(), insight.query_kind().into());
    put(&mut query, "dateRange", date_range(filters));
    if !matches!(insight, Insight::Retention | Insight::Paths) {
        put(&mut query, "interval", interval(filters));
        let mathematics = match insight {
            Insight::Trends => Mathematics::Any,
            Insight::Stickiness => Mathematics::OfActors,
            _ => Mathematics::None,
        };
        query.insert("series".to_owned(), entities::series(filters, mathematics)?);
    }
    put(&mut query, "samplingFactor", number(filters, "sampling_factor"));
    put(&mut query, "filterTestAccounts", flag(filters, "filter_test_accounts"));
    put(&mut query, "properties", properties::of_query(filters)?);
    if matches!(insight, Insight::Trends | Insight::Funnels) {
        put(&mut query, "breakdownFilter", insight::breakdown(filters, insight)?);
    }
    if !matches!(insight, Insight::Stickiness | Insight::Lifecycle) {
        put(&mut query, "aggregation_group_type_index", number(filters, "aggregation_group_type_index"));
    }
    if matches!(insight, Insight::Trends | Insight::Stickiness) {
        put(&mut query, "compareFilter", insight::compare(filters));
    }
    insight::put_own_filter(&mut query, filters, insight)?;
    Ok(Value::Object(query))
}

impl Insight {
    fn of(filters: &Reader<'_>) -> Result<Self, QueryError> {
        let insights = [
            ("TRENDS", Self::Trends),
            // Sessions became trends of session properties long ago.
            ("SESSIONS", Self::Trends),
            ("FUNNELS", Self::Funnels),
            ("RETENTION", Self::Retention),
            ("PATHS", Self::Paths),
            ("STICKINESS", Self::Stickiness),
            ("LIFECYCLE", Self::Lifecycle),
        ];
        let named = filters.get("insight").filter(Reader::is_not_blank);
        let insight = named.map(|name| name.choice(&insights)).transpose()?.unwrap_or(Self::Trends);
        let shown_as = filters.get("shown_as");
        Ok(match (insight, shown_as.as_ref().and_then(|shown| shown.value().as_str())) {
            (Self::Trends, Some("Stickiness")) => Self::Stickiness,
            (Self::Trends, Some("Lifecycle")) => Self::Lifecycle,
            (insight, _) => insight,
        })
    }

    fn query_kind(self) -> &'static str {
        match self {
            Self::Trends => "TrendsQuery",
            Self::Funnels => "FunnelsQuery",
            Self::Retention => "RetentionQuery",
            Self::Paths => "PathsQuery",
            Self::Stickiness => "StickinessQuery",
            Self::Lifecycle => "LifecycleQuery",
        }
    }
}

fn date_range(filters: &Reader<'_>) -> Option<Value> {
    let mut range = Object::new();
    put(&mut range, "date_from", plain(filters, "date_from"));
    put(&mut range, "date_to", plain(filters, "date_to"));
    put(&mut range, "explicitDate", flag(filters, "explicit_date"));
    object(range)
}

/// Legacy trends by minutes were shown by hours.
fn interval(filters: &Reader<'_>) -> Option<Value> {
    let interval = plain(filters, "interval")?;
    Some(if interval == "minute" { "hour".into() } else { interval })
}

/// Puts `value`, where there is one, at `key`.
fn put(object: &mut Object, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value);
    }
}

/// Puts what stands at each first key, as it is, at the second.
fn put_plain(object: &mut Object, filters: &Reader<'_>, keys: &[(&str, &str)]) {
    for (from, to) in keys {
        put(object, to, plain(filters, from));
    }
}

fn plain(filters: &Reader<'_>, key: &str) -> Option<Value> {
    filters.get(key).map(|value| value.value().clone())
}

/// A flag, also as the text that query strings have.
fn flag(filters: &Reader<'_>, key: &str) -> Option<Value> {
    let value = plain(filters, key)?;
    match value.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("true" | "t" | "yes" | "y" | "on" | "1") => Some(true.into()),
        Some(_) => Some(false.into()),
        None => Some(value),
    }
}

/// A number, also as the text that query strings have; text that is no number stays, to be refused when the node is read.
fn number(filters: &Reader<'_>, key: &str) -> Option<Value> {
    let value = plain(filters, key)?;
    match value.as_str() {
        Some("") => None,
        Some(text) => {
            let whole = text.parse::<i64>().ok().map(Value::from);
            Some(whole.or_else(|| text.parse::<f64>().ok().map(Value::from)).unwrap_or(value))
        }
        None => Some(value),
    }
}

/// A list or object, also as the JSON text that query strings have.
fn structure(filters: &Reader<'_>, key: &str) -> Result<Option<Value>, QueryError> {
    let Some(node) = filters.get(key).filter(Reader::is_not_blank) else { return Ok(None) };
    match node.value() {
        Value::String(text) => {
            let parsed = serde_json::from_str(text);
            parsed.map_err(|error| node.invalid(format!("the text is not JSON: {error}")))
        }
        value => Ok(Some(value.clone())),
    }
}

/// `object`, where there is anything in it.
fn object(object: Object) -> Option<Value> {
    (!object.is_empty()).then_some(Value::Object(object))
}
