//! Which properties get columns of their own, and of which type.

use crate::json;

/// Most properties that get columns of their own.
pub(super) const MAX_COLUMNS: usize = 256;
/// One row of so many must have a property for it to get a column.
const ONE_ROW_OF: usize = 100;

/// The type of a column of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ColumnType {
    Text,
    Int,
    Float,
    Bool,
}

/// A value that a column of its type gives back exactly.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TypedValue {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl TypedValue {
    /// The value with the JSON text `raw`; `None` where no column gives that value back exactly: objects, arrays, null, numbers
    /// written otherwise than they would be read back, texts that are no Unicode.
    pub(super) fn read(raw: &str) -> Option<Self> {
        match raw.as_bytes().first()? {
            b'"' => Some(Self::Text(json::string_value(raw)?.into_owned())),
            b't' => Some(Self::Bool(true)),
            b'f' => Some(Self::Bool(false)),
            b'-' | b'0'..=b'9' => {
                let int = raw.parse().ok().map(Self::Int).filter(|value| value.to_raw() == raw);
                int.or_else(|| {
                    let float = raw.parse().ok().filter(|float: &f64| float.is_finite());
                    float.map(Self::Float).filter(|value| value.to_raw() == raw)
                })
            }
            _ => None,
        }
    }

    /// The JSON text of the value.
    pub(super) fn to_raw(&self) -> String {
        match self {
            Self::Text(text) => json::string_text(text),
            Self::Int(int) => int.to_string(),
            Self::Float(float) => serde_json::Value::from(*float).to_string(),
            Self::Bool(flag) => flag.to_string(),
        }
    }

    pub(super) fn column_type(&self) -> ColumnType {
        match self {
            Self::Text(_) => ColumnType::Text,
            Self::Int(_) => ColumnType::Int,
            Self::Float(_) => ColumnType::Float,
            Self::Bool(_) => ColumnType::Bool,
        }
    }
}

/// Chooses the properties that get columns, of `(rows with a value of the column's type, key)` each; of many those of most rows.
/// Gives their positions, ascending.
pub(super) fn choose(n_rows: usize, candidates: &[(usize, &str)]) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..candidates.len())
        .filter(|&index| candidates[index].0 > 0 && candidates[index].0 * ONE_ROW_OF >= n_rows)
        .collect();
    chosen.sort_by_key(|&index| (std::cmp::Reverse(candidates[index].0), candidates[index].1));
    chosen.truncate(MAX_COLUMNS);
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: Option<TypedValue>) {
        assert_eq!(TypedValue::read(raw), expected, "{raw}");
        if let Some(value) = expected {
            let (back, sent): (serde_json::Value, serde_json::Value) =
                (serde_json::from_str(&value.to_raw()).unwrap(), serde_json::from_str(raw).unwrap());
            assert_eq!(back, sent);
        }
    }

    #[test]
    fn only_what_comes_back_exactly_is_typed() {
        check("0", Some(TypedValue::Int(0)));
        check("-12", Some(TypedValue::Int(-12)));
        check("9223372036854775807", Some(TypedValue::Int(i64::MAX)));
        check("1.5", Some(TypedValue::Float(1.5)));
        check("0.1", Some(TypedValue::Float(0.1)));
        check("true", Some(TypedValue::Bool(true)));
        check(r#""a\nb""#, Some(TypedValue::Text("a\nb".to_owned())));
        for other in ["null", "[]", "{}", "-0", "1.50", "1e2", "9223372036854775808", "1e999", r#""\ud800""#] {
            check(other, None);
        }
    }

    #[test]
    fn frequent_properties_are_chosen() {
        assert_eq!(choose(1_000, &[(9, "rare"), (10, "often"), (1_000, "always")]), [1, 2]);
        assert_eq!(choose(3, &[(1, "a"), (0, "untyped")]), [0]);
        let keys: Vec<String> = (0..300).map(|number| format!("{number:03}")).collect();
        let many: Vec<(usize, &str)> = keys.iter().map(|key| (5, key.as_str())).collect();
        assert_eq!(choose(5, &many), (0..MAX_COLUMNS).collect::<Vec<_>>());
    }
}
