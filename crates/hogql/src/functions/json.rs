//! JSON in texts. After the text come the keys and positions (from 1, negative from the end) of a path into it.

use super::{BOOL, FLOAT, Function, Gives, INT, TEXT, Take, UINT, scalar};
use crate::types::Type;

const PATH: &[Take] = &[Take::Text, Take::Any];

/// Takes a text and a path.
const fn at_path(name: &'static str, gives: Gives) -> Function {
    scalar(name, PATH, gives).at_least(1).repeating()
}

pub(super) const FUNCTIONS: &[Function] = &[
    // What is missing or of another kind is empty, 0 or false. Texts of numbers count as numbers.
    at_path("JSONExtractString", TEXT),
    at_path("JSONExtractInt", INT),
    at_path("JSONExtractUInt", UINT),
    at_path("JSONExtractFloat", FLOAT),
    at_path("JSONExtractBool", BOOL),
    at_path("JSONExtractRaw", TEXT),
    at_path("JSONExtractArrayRaw", Gives::ArrayOf(Type::String)),
    at_path("JSONExtractKeys", Gives::ArrayOf(Type::String)),
    at_path("JSONExtractKeysAndValuesRaw", Gives::Rule(keys_and_texts)),
    // The type that the text's last argument names is that of the call's items; the argument is gone.
    at_path("JSONExtractKeysAndValues", Gives::Resolved),
    // The type that the text's last argument names is that of the call; the argument is gone. Null or its default where it does not fit.
    at_path("JSONExtract", Gives::Resolved),
    at_path("JSONHas", BOOL),
    at_path("JSONLength", UINT),
    // `Array`, `Object`, `String`, `Int64`, `UInt64`, `Double`, `Bool` or `Null`.
    at_path("JSONType", TEXT),
    scalar("isValidJSON", &[Take::Text], BOOL),
    // What `properties.a.b` is: a text as it is, anything else as JSON text, null where it is missing or JSON null.
    at_path("JSONValue", Gives::Maybe(Type::String)),
];

fn keys_and_texts(_: &[Type]) -> Type {
    Type::Tuple(vec![(None, Type::String), (None, Type::String)]).array()
}
