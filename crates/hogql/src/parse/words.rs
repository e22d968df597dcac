//! Which words are more than names.

/// Words that begin a clause or stand between values: as names they need quotes, but behind a point or behind `AS`.
const RESERVED: [&str; 43] = [
    "and",
    "as",
    "asc",
    "ascending",
    "between",
    "by",
    "case",
    "cross",
    "desc",
    "descending",
    "distinct",
    "else",
    "end",
    "except",
    "exclude",
    "final",
    "from",
    "global",
    "group",
    "having",
    "ilike",
    "in",
    "inner",
    "intersect",
    "is",
    "join",
    "like",
    "limit",
    "not",
    "offset",
    "on",
    "or",
    "order",
    "prewhere",
    "qualify",
    "select",
    "settings",
    "then",
    "union",
    "using",
    "when",
    "where",
    "with",
];

/// Words that are names where a value stands, but no aliases without `AS`, since what follows them would mean something else.
const NO_BARE_ALIASES: [&str; 18] = [
    "all", "anti", "any", "array", "asof", "collate", "filter", "format", "full", "into", "left", "natural", "nulls",
    "over", "right", "sample", "semi", "window",
];

/// Words that are values.
const LITERALS: [&str; 6] = ["true", "false", "null", "inf", "infinity", "nan"];

/// Words that mean something of their own before an opening bracket or a value.
const SPECIAL_CALLS: [&str; 5] = ["cast", "try_cast", "exists", "columns", "interval"];

/// Whether `word` can be a name only in quotes.
pub(crate) fn is_reserved(word: &str) -> bool {
    contains(&RESERVED, word)
}

/// Whether `word` is a value, such as `true`.
pub(crate) fn is_literal_word(word: &str) -> bool {
    contains(&LITERALS, word)
}

/// Whether `word` has to be quoted for a function or a column to be meant.
pub(crate) fn is_special_call(word: &str) -> bool {
    contains(&SPECIAL_CALLS, word)
}

/// Whether `word` can be an alias without `AS`.
pub(super) fn is_bare_alias(word: &str) -> bool {
    !is_reserved(word) && !is_literal_word(word) && !contains(&NO_BARE_ALIASES, word)
}

fn contains(words: &[&str], word: &str) -> bool {
    words.iter().any(|listed| listed.eq_ignore_ascii_case(word))
}
