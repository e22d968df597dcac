//! The least type that holds the values of two.

use super::Type;

/// The least type that the values of both can be converted to, as items of one array or branches of one `if`; `None` where there is
/// none, as for a text and a number.
#[must_use]
pub fn common_type(one: &Type, other: &Type) -> Option<Type> {
    if one == other {
        return Some(one.clone());
    }
    match (one, other) {
        (Type::Nothing, known) | (known, Type::Nothing) => Some(known.clone().nullable()),
        (Type::Nullable(one), other) | (other, Type::Nullable(one)) => {
            common_type(one, other.without_null()).map(Type::nullable)
        }
        (Type::Int | Type::UInt | Type::Bool, Type::Int | Type::UInt | Type::Bool) => {
            let is_signed = *one == Type::Int || *other == Type::Int;
            Some(if is_signed { Type::Int } else { Type::UInt })
        }
        (Type::Float, Type::Int | Type::UInt | Type::Bool) | (Type::Int | Type::UInt | Type::Bool, Type::Float) => {
            Some(Type::Float)
        }
        (Type::Date, Type::DateTime(zone)) | (Type::DateTime(zone), Type::Date | Type::DateTime(_)) => {
            Some(Type::DateTime(*zone))
        }
        (Type::Person, Type::Uuid) | (Type::Uuid, Type::Person) => Some(Type::Uuid),
        (Type::Person | Type::Uuid, Type::String) | (Type::String, Type::Person | Type::Uuid) => Some(Type::String),
        (Type::Array(one), Type::Array(other)) => Some(common_type(one, other)?.array()),
        (Type::Tuple(ones), Type::Tuple(others)) if ones.len() == others.len() => ones
            .iter()
            .zip(others)
            .map(|((name, one), (other_name, other))| {
                let name = name.clone().filter(|_| name == other_name);
                common_type(one, other).map(|ty| (name, ty))
            })
            .collect::<Option<Vec<_>>>()
            .map(Type::Tuple),
        (Type::Map(one_key, one), Type::Map(other_key, other)) => {
            Some(Type::Map(Box::new(common_type(one_key, other_key)?), Box::new(common_type(one, other)?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::types::read_type;

    #[track_caller]
    fn check(one: &str, other: &str, expected: Option<&str>) {
        let read = |text| read_type(text, Tz::UTC).expect("the tests' types can be read");
        let common = common_type(&read(one), &read(other)).map(|ty| ty.to_string());
        assert_eq!(common.as_deref(), expected);
        let turned = common_type(&read(other), &read(one)).map(|ty| ty.to_string());
        assert_eq!(turned.as_deref(), expected, "the other way round");
    }

    #[test]
    fn the_least_type_that_holds_both() {
        check("Int64", "Int64", Some("Int64"));
        check("Int64", "UInt8", Some("Int64"));
        check("UInt8", "Bool", Some("UInt64"));
        check("Nullable(Int64)", "Float64", Some("Nullable(Float64)"));
        check("Nullable(Nothing)", "String", Some("Nullable(String)"));
        check("Nullable(Nothing)", "Array(String)", Some("Array(String)"));
        check("Date", "DateTime", Some("DateTime64(6, 'UTC')"));
        check("UUID", "String", Some("String"));
        check("Array(UInt8)", "Array(Nullable(Float64))", Some("Array(Nullable(Float64))"));
        check("Tuple(UInt8, String)", "Tuple(Float64, String)", Some("Tuple(Float64, String)"));
        check("Tuple(UInt8)", "Tuple(UInt8, UInt8)", None);
        check("String", "Int64", None);
        check("String", "Date", None);
    }
}
