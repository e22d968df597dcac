//! `HogQLQuery`.

use std::collections::BTreeMap;

use hogql::ast;
use hogql::parse::parse_query;
use serde_json::{Map, Value};

use crate::answer::RowsPage;
use crate::dates::DateRange;
use crate::error::QueryError;
use crate::expressions::refusal;
use crate::filters::PropertyFilters;
use crate::nodes::read_flag;
use crate::nodes::reader::Reader;
use crate::nodes::trends::{read_date_range, read_filters};

/// A `SELECT` in HogQL, and what stands for its placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct HogqlQuery {
    /// The text.
    pub text: String,
    /// What the text says.
    pub syntax: ast::Query,
    /// What stands for `{name}`.
    pub values: Map<String, Value>,
    /// What stands for `{variables.code_name}`, by code name.
    pub variables: BTreeMap<String, Value>,
    /// What stands for `{filters}`.
    pub filters: HogqlFilters,
    /// Whether the answer tells how it is computed.
    pub explains: bool,
    /// Which of its rows are wanted; `None` for the first ones, as many as an answer has.
    pub rows: Option<RowsPage>,
}

/// `filters` of a [`HogqlQuery`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HogqlFilters {
    /// Over which time; `None` where nothing is said of it.
    pub date_range: Option<DateRange>,
    /// Conditions on the events.
    pub properties: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
}

impl HogqlQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let text = node.require("query", "the SQL text")?;
        let syntax = parse_query(text.text()?).map_err(|error| refusal(text.path(), &error))?;
        let filters = match node.get("filters") {
            Some(filters) => HogqlFilters {
                date_range: filters.object()?.get("dateRange").map(|_| read_date_range(&filters)).transpose()?,
                properties: read_filters(&filters)?,
                filters_test_accounts: read_flag(&filters, "filterTestAccounts")?,
            },
            None => HogqlFilters::default(),
        };
        Ok(Self {
            text: text.text()?.to_owned(),
            syntax,
            values: read_object(node, "values")?.cloned().unwrap_or_default(),
            variables: read_variables(node)?,
            filters,
            explains: read_flag(node, "explain")?,
            rows: None,
        })
    }
}

fn read_object<'a>(node: &Reader<'a>, key: &str) -> Result<Option<&'a Map<String, Value>>, QueryError> {
    let Some(object) = node.get(key) else { return Ok(None) };
    object.value().as_object().map(Some).ok_or_else(|| object.wrong("an object"))
}

/// Reads `{id: {code_name, value, isNull}}`.
fn read_variables(node: &Reader<'_>) -> Result<BTreeMap<String, Value>, QueryError> {
    let Some(variables) = node.get("variables") else { return Ok(BTreeMap::new()) };
    let ids = variables.object()?.value().as_object().into_iter().flat_map(Map::keys);
    ids.filter_map(|id| variables.get(id))
        .map(|variable| {
            let name = variable.object()?.require("code_name", "the name that the text has for the variable")?;
            let is_null = read_flag(&variable, "isNull")?;
            let value = variable.get("value").filter(|_| !is_null).map_or(Value::Null, |value| value.value().clone());
            Ok((name.text()?.to_owned(), value))
        })
        .collect()
}
