//! Which attributes get columns of their own.

use std::sync::Arc;

use logs::query::TypeCounts;
use logs::record::{Attributes, StoredLog};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most attributes of a segment that get a column.
const MAX_COLUMNS: usize = 128;
/// A key gets a column where at least one record of so many has a value of its type.
const ONE_IN: usize = 100;

/// An attribute that has a column of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShreddedColumn {
    pub(crate) key: Arc<str>,
    pub(crate) kind: Kind,
}

/// What a column holds. Values of other types stand in the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Text,
    Integer,
    Double,
    Boolean,
}

impl Kind {
    /// The kind of column that a value fits into exactly.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(_) => Some(Self::Text),
            Value::Bool(_) => Some(Self::Boolean),
            Value::Number(number) if number.is_f64() => Some(Self::Double),
            Value::Number(number) => number.as_i64().map(|_| Self::Integer),
            _ => None,
        }
    }
}

/// How often a key has which values.
#[derive(Debug, Default)]
pub(crate) struct KeyStatistics {
    kinds: [usize; 4],
    pub(crate) types: TypeCounts,
}

/// Keys and how often they have which values.
#[derive(Debug, Default)]
pub(crate) struct Keys<'a>(FxHashMap<&'a Arc<str>, KeyStatistics>);

/// Counts a value among its type; null is no value.
pub(crate) fn count(types: &mut TypeCounts, value: &Value, n: u64) {
    let count = match value {
        Value::Null => return,
        Value::String(_) => &mut types.string,
        Value::Number(_) => &mut types.number,
        Value::Bool(_) => &mut types.boolean,
        Value::Array(_) => &mut types.array,
        Value::Object(_) => &mut types.object,
    };
    *count += n;
}

impl<'a> Keys<'a> {
    /// Looks at attributes that `n` records have.
    pub(crate) fn add(&mut self, attributes: &'a Attributes, n: u64) {
        for (key, value) in attributes.iter() {
            let statistics = self.0.entry(key).or_default();
            count(&mut statistics.types, value, n);
            if let Some(kind) = Kind::of(value) {
                statistics.kinds[kind as usize] += 1;
            }
        }
    }

    /// Of the records' attributes.
    pub(crate) fn of(logs: &'a [Arc<StoredLog>]) -> Self {
        let mut keys = Self::default();
        logs.iter().for_each(|log| keys.add(&log.record.attributes, 1));
        keys
    }

    /// The keys that get columns, in order.
    pub(crate) fn columns(&self, n_rows: usize) -> Vec<ShreddedColumn> {
        const KINDS: [Kind; 4] = [Kind::Text, Kind::Integer, Kind::Double, Kind::Boolean];
        let mut frequent: Vec<(usize, ShreddedColumn)> = Vec::new();
        for (key, statistics) in &self.0 {
            let counted = statistics.kinds.iter().zip(KINDS);
            let (&n, kind) = counted.max_by_key(|(n, _)| **n).expect("there are four kinds");
            if n > 0 && n * ONE_IN >= n_rows {
                frequent.push((n, ShreddedColumn { key: Arc::clone(key), kind }));
            }
        }
        frequent.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.key.cmp(&other.1.key)));
        frequent.truncate(MAX_COLUMNS);
        let mut columns: Vec<ShreddedColumn> = frequent.into_iter().map(|(_, column)| column).collect();
        columns.sort_by(|one, other| one.key.cmp(&other.key));
        columns
    }

    /// The keys with their counts, in order; those that have nothing but null are left out.
    pub(crate) fn counts(self) -> Vec<(Arc<str>, TypeCounts)> {
        let counted = self.0.into_iter().filter(|(_, statistics)| statistics.types != TypeCounts::default());
        let mut counts: Vec<_> = counted.map(|(key, statistics)| (Arc::clone(key), statistics.types)).collect();
        counts.sort_by(|one, other| one.0.cmp(&other.0));
        counts
    }
}
