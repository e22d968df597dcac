//! HogQL's types as Arrow's, as [`hogql::types::Type`] documents them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use hogql::types::Type;

/// The type of the values of a `ty`, as an engine holds them.
pub(crate) fn data_type(ty: &Type) -> DataType {
    match ty {
        Type::Nothing => DataType::Null,
        Type::Bool => DataType::Boolean,
        Type::Int | Type::UInt | Type::Interval(_) => DataType::Int64,
        Type::Float => DataType::Float64,
        Type::String | Type::Uuid => DataType::Utf8View,
        Type::Person => DataType::UInt32,
        Type::Date => DataType::Date32,
        Type::DateTime(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::Array(item) => DataType::List(Arc::new(item_field(data_type(item)))),
        Type::Tuple(fields) => DataType::Struct(tuple_fields(fields.iter().map(|(_, ty)| data_type(ty)))),
        Type::Map(key, value) => {
            let entries = [Field::new("key", data_type(key), false), Field::new("value", data_type(value), true)];
            DataType::Map(
                Arc::new(Field::new("entries", DataType::Struct(entries.into_iter().collect()), false)),
                false,
            )
        }
        Type::Nullable(inner) => data_type(inner),
    }
}

/// A column of a relation. Whether a value may be null is HogQL's business, so every field of Arrow's may be.
pub(crate) fn field(name: impl Into<String>, ty: &Type) -> Field {
    nullable(name, data_type(ty))
}

/// A column of a relation of that type of Arrow's.
pub(crate) fn nullable(name: impl Into<String>, ty: DataType) -> Field {
    Field::new(name, ty, true)
}

/// The items of an array.
pub(crate) fn item_field(item: DataType) -> Field {
    Field::new("item", item, true)
}

/// The fields of a tuple, named by their positions from 1.
pub(crate) fn tuple_fields(types: impl IntoIterator<Item = DataType>) -> Fields {
    types.into_iter().zip(1..).map(|(ty, position)| Field::new(position.to_string(), ty, true)).collect()
}

/// `ty` without the permission to be null.
pub(crate) fn without_null(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => inner,
        ty => ty,
    }
}

/// Whether a person stands anywhere in a value of type `ty`.
pub(crate) fn has_person(ty: &Type) -> bool {
    match ty {
        Type::Person => true,
        Type::Array(inner) | Type::Nullable(inner) => has_person(inner),
        Type::Tuple(fields) => fields.iter().any(|(_, ty)| has_person(ty)),
        Type::Map(key, value) => has_person(key) || has_person(value),
        _ => false,
    }
}
