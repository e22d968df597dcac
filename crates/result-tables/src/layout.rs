//! How an answer lies in a file, which the file's metadata say.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::column::Kind;
use crate::error::TableError;

/// Key of the metadata.
pub(crate) const METADATA_KEY: &str = "hindsight.answer";

/// Raised whenever a file is written in another way.
const VERSION: u64 = 1;

/// Name of the only column where an answer has none.
pub(crate) const ITEM: &str = "item";

/// What the rows of a file are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Rows of the answer, value by value under these names.
    Rows(Vec<String>),
    /// Items of the answer's list.
    Items,
    /// The only row is the answer.
    Whole,
}

impl Shape {
    /// How `results` lie best.
    pub(crate) fn of(results: &Value, columns: &[String]) -> Self {
        let Value::Array(items) = results else { return Self::Whole };
        let is_row = |item: &Value| item.as_array().is_some_and(|row| row.len() == columns.len());
        if !columns.is_empty() && items.iter().all(is_row) { Self::Rows(columns.to_vec()) } else { Self::Items }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Rows(_) => "rows",
            Self::Items => "items",
            Self::Whole => "whole",
        }
    }

    /// Names of the file's columns: those of the answer as far as no two are the same, in upper or lower case.
    pub(crate) fn column_names(&self) -> Vec<String> {
        let Self::Rows(columns) = self else { return vec![ITEM.to_owned()] };
        let mut taken = HashSet::new();
        let unique = columns.iter().enumerate().map(|(position, column)| {
            let stem = if column.is_empty() { format!("column_{}", position + 1) } else { column.clone() };
            let numbered = (2_usize..).map(|number| format!("{stem}_{number}"));
            let mut names = std::iter::once(stem.clone()).chain(numbered);
            names.find(|name| taken.insert(name.to_lowercase())).expect("one of endless names is free")
        });
        unique.collect()
    }
}

/// What the metadata say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    /// What each column of the file holds.
    pub(crate) kinds: Vec<Kind>,
    /// Names of the answer's columns, whatever its shape.
    pub(crate) columns: Vec<String>,
    /// What else is known of the answer.
    pub(crate) about: Value,
}

impl Layout {
    pub(crate) fn to_text(&self) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        let (shape, columns, about) = (self.shape.name(), &self.columns, &self.about);
        json!({"version": VERSION, "shape": shape, "kinds": kinds, "columns": columns, "about": about}).to_string()
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, TableError> {
        let unexpected = |what: &str| TableError::Unexpected(format!("its metadata have {what}"));
        let mut metadata: Value = serde_json::from_str(text).map_err(|error| unexpected(&error.to_string()))?;
        if metadata["version"] != json!(VERSION) {
            return Err(unexpected(&format!("version {}, known is {VERSION}", metadata["version"])));
        }
        let texts = |key: &str| {
            let items = metadata[key].as_array()?.iter();
            items.map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        };
        let columns = texts("columns").ok_or_else(|| unexpected("no columns"))?;
        let kinds = texts("kinds").and_then(|names| names.iter().map(|name| Kind::by_name(name)).collect());
        let kinds: Vec<Kind> = kinds.ok_or_else(|| unexpected("no kinds of columns"))?;
        let shape = match metadata["shape"].as_str() {
            Some("rows") => Shape::Rows(columns.clone()),
            Some("items") => Shape::Items,
            Some("whole") => Shape::Whole,
            _ => return Err(unexpected("no shape")),
        };
        let n_columns = if let Shape::Rows(columns) = &shape { columns.len() } else { 1 };
        if kinds.len() != n_columns {
            return Err(unexpected("another number of kinds than of columns"));
        }
        Ok(Self { shape, kinds, columns, about: metadata["about"].take() })
    }
}
