//! Conversions.

use super::{BOOL, FLOAT, Function, Gives, INT, TEXT, Take, UINT, scalar};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    // `cast(x)`: to the type of the call, which is never narrower by accident. A text that says no number, boolean, uuid, day or instant
    // becomes null, and then the type is nullable; a number becomes a boolean by being other than zero; a day becomes its first instant
    // in the zone, an instant its day there; a fraction is cut off; null becomes the default where the type has no null; arrays, tuples
    // and maps go item by item. Numbers, booleans, days and instants become texts as `toString` writes them.
    scalar("cast", &[Take::Any], Gives::Resolved).sees_nulls(),
    // The uuid of a person.
    scalar("personUuid", &[Take::Same], Gives::Fixed(Type::Uuid)),
    // Null for what has a fraction or says no number.
    scalar("toInt", &[Take::Any], Gives::Resolved)
        .aka(&["toInt8", "toInt16", "toInt32", "toInt64", "_toInt8", "_toInt16", "_toInt32", "_toInt64"]),
    scalar("toUInt", &[Take::Any], Gives::Resolved).aka(&["toUInt8", "toUInt16", "toUInt32", "toUInt64", "_toUInt64"]),
    scalar("toFloat", &[Take::Any], Gives::Resolved).aka(&["toFloat32", "toFloat64"]).sugar(),
    scalar("toDecimal", &[Take::Any, Take::Int], Gives::Resolved).at_least(1).sugar(),
    scalar("toIntOrZero", &[Take::Any], INT).sugar(),
    scalar("toFloatOrZero", &[Take::Any], FLOAT).sugar(),
    scalar("toFloatOrDefault", &[Take::Any, Take::Float], FLOAT).at_least(1).sugar(),
    // `true`, `false`, `1`, `0` and the like for texts.
    scalar("toBool", &[Take::Any], Gives::Resolved).sugar(),
    // `2020-01-02`, `2020-01-02 03:04:05` with as many digits after it as are not zero in steps of three, `true`, `[1,2]`, `(1,'a')`.
    // The second argument is a time zone.
    scalar("toString", &[Take::Any, Take::Text], TEXT).at_least(1),
    scalar("toNullableString", &[Take::Any], Gives::Resolved).sugar(),
    scalar("toUUID", &[Take::Any], Gives::Resolved).sugar(),
    scalar("toUUIDOrDefault", &[Take::Any, Take::Uuid], Gives::Fixed(Type::Uuid)).sugar(),
    scalar("toDate", &[Take::Any], Gives::Resolved).aka(&["to_date", "_toDate", "toDateOrNull"]).sugar(),
    scalar("toDateTime", &[Take::Any, Take::Any, Take::Text], Gives::Resolved)
        .at_least(1)
        .aka(&[
            "toDateTime64",
            "parseDateTimeBestEffort",
            "parseDateTime64BestEffort",
            "parseDateTimeBestEffortOrNull",
            "parseDateTime64BestEffortOrNull",
            "to_timestamp",
            "_toDateTime",
        ])
        .sugar(),
    // An instant of a text in the form of MySQL's `DATE_FORMAT`; null where it has another form.
    scalar("parseDateTime", &[Take::Text, Take::Text, Take::Text], Gives::Resolved)
        .at_least(2)
        .aka(&["parseDateTimeOrNull"]),
    scalar("toJSONString", &[Take::Any], TEXT).sees_nulls(),
    scalar("toTypeName", &[Take::Any], TEXT).sugar(),
    scalar("hex", &[Take::Any], TEXT),
    scalar("unhex", &[Take::Text], TEXT),
    scalar("bitAnd", &[Take::Int, Take::Int], INT),
    scalar("bitOr", &[Take::Int, Take::Int], INT),
    scalar("bitXor", &[Take::Int, Take::Int], INT),
    scalar("bitNot", &[Take::Int], INT),
    scalar("bitShiftLeft", &[Take::Int, Take::Int], INT),
    scalar("bitShiftRight", &[Take::Int, Take::Int], INT),
    scalar("bitTest", &[Take::Int, Take::Int], BOOL),
    scalar("bitCount", &[Take::Int], UINT),
];
