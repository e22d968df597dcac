//! The catalogue of functions: their names, what they take and what they give. Names are ClickHouse's.
//!
//! An engine implements those for which [`Function::is_sugar`] is false, under [`Function::name`]; they mean what ClickHouse's
//! documentation says of that name unless a comment here says otherwise. The rest is written in terms of them before a query reaches
//! an engine: `addDays(x, 2)` is `plus(x, toIntervalDay(2))`, `notLike` is `not(like(…))`, and a lambda stands in `arrayMap` alone.

mod aggregates;
mod arrays;
mod comparisons;
mod conversions;
mod dates;
mod json;
mod math;
mod strings;
mod suggest;
mod windows;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::types::Type;

pub use self::suggest::nearest;

/// A function of the catalogue.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Other names of it.
    pub aliases: &'static [&'static str],
    /// What it works on.
    pub kind: Kind,
    /// How many parameters it takes in brackets of their own: the least and the most.
    pub params: (usize, usize),
    /// What it takes. Where it may take more, the last goes on.
    pub takes: &'static [Take],
    /// How many of these must be given.
    pub required: usize,
    /// Whether the last of [`Self::takes`] may come as often as one likes.
    pub repeats: bool,
    /// What it gives.
    pub gives: Gives,
    /// What null does to it.
    pub nulls: Nulls,
    /// Whether it never reaches an engine.
    pub is_sugar: bool,
}

/// What a function works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One row.
    Scalar,
    /// The rows of a group, or of a window.
    Aggregate,
    /// The rows of a window alone.
    Window,
}

/// What a function takes in one place. What is of another type is converted by `cast`, where that makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Anything; a person as their uuid.
    Any,
    /// Anything; a person as such.
    Same,
    /// A text.
    Text,
    /// A number of any type; a boolean as 0 or 1, a text as the number that it says or null.
    Number,
    /// A whole number.
    Int,
    /// A number, as [`Type::Float`].
    Float,
    /// A condition.
    Bool,
    /// A condition that may be null.
    Truth,
    /// A [`Type::Date`] or [`Type::DateTime`]; a text as the instant that it says or null.
    Moment,
    /// A [`Type::DateTime`].
    DateTime,
    /// A uuid.
    Uuid,
    /// An array.
    Array,
    /// An array of texts.
    Texts,
    /// An array of numbers.
    Numbers,
    /// A map.
    Map,
    /// A value of one type with all others of this kind in the same call: the least that holds them.
    Common,
    /// An array, whose items have one type with all [`Take::Item`] and [`Take::Items`] of the same call.
    Items,
    /// An item of the arrays.
    Item,
}

/// What a function gives, before null is thought of.
#[derive(Clone, Debug)]
pub enum Gives {
    /// Always this type.
    Fixed(Type),
    /// This type, or null where it cannot be told.
    Maybe(Type),
    /// The type of the argument at that position.
    Argument(usize),
    /// An array of this type.
    ArrayOf(Type),
    /// Depending on the types of the arguments, converted already. Arguments may be null only where [`Nulls::Seen`].
    Rule(fn(&[Type]) -> Type),
    /// Depending on values too; found out by the resolver.
    Resolved,
}

/// What null does to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// The result is null where any argument is (or, where the result's type has no null, its default: the empty array, the empty map).
    /// Of an aggregate: rows with a null in any argument do not count, and where none is left the result is null. Where no argument
    /// can be null, an aggregate of nothing is the default of its type: 0, the empty text, 1970; `nan` where it is [`Type::Float`] and
    /// no sum, minimum, maximum or row's value.
    Pass,
    /// It sees them: the comment at its entry says what it makes of them. An aggregate of this kind is never null.
    Seen,
}

impl Function {
    const fn new(name: &'static str, kind: Kind, takes: &'static [Take], gives: Gives) -> Function {
        Function {
            name,
            aliases: &[],
            kind,
            params: (0, 0),
            takes,
            required: takes.len(),
            repeats: false,
            gives,
            nulls: Nulls::Pass,
            is_sugar: false,
        }
    }

    const fn aka(mut self, aliases: &'static [&'static str]) -> Function {
        self.aliases = aliases;
        self
    }

    const fn at_least(mut self, required: usize) -> Function {
        self.required = required;
        self
    }

    const fn repeating(mut self) -> Function {
        self.repeats = true;
        self
    }

    const fn sees_nulls(mut self) -> Function {
        self.nulls = Nulls::Seen;
        self
    }

    const fn with_params(mut self, least: usize, most: usize) -> Function {
        self.params = (least, most);
        self
    }

    const fn sugar(mut self) -> Function {
        self.is_sugar = true;
        self
    }

    /// How many arguments it takes at most.
    #[must_use]
    pub fn most(&self) -> usize {
        if self.repeats { usize::MAX } else { self.takes.len() }
    }
}

/// A function of one row.
const fn scalar(name: &'static str, takes: &'static [Take], gives: Gives) -> Function {
    Function::new(name, Kind::Scalar, takes, gives)
}

const BOOL: Gives = Gives::Fixed(Type::Bool);
const INT: Gives = Gives::Fixed(Type::Int);
const UINT: Gives = Gives::Fixed(Type::UInt);
const FLOAT: Gives = Gives::Fixed(Type::Float);
const TEXT: Gives = Gives::Fixed(Type::String);
const DATE: Gives = Gives::Fixed(Type::Date);

/// All functions.
pub fn catalogue() -> impl Iterator<Item = &'static Function> {
    let parts: [&'static [Function]; 9] = [
        aggregates::FUNCTIONS,
        arrays::FUNCTIONS,
        comparisons::FUNCTIONS,
        conversions::FUNCTIONS,
        dates::FUNCTIONS,
        json::FUNCTIONS,
        math::FUNCTIONS,
        strings::FUNCTIONS,
        windows::FUNCTIONS,
    ];
    parts.into_iter().flatten()
}

static EXACT: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for function in catalogue() {
        names.insert(function.name, function);
        for alias in function.aliases {
            names.insert(alias, function);
        }
    }
    names
});

static LOWER: LazyLock<HashMap<String, &'static Function>> =
    LazyLock::new(|| EXACT.iter().map(|(name, function)| (name.to_ascii_lowercase(), *function)).collect());

/// The function of that name, in any case of its letters.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    EXACT.get(name).or_else(|| LOWER.get(&name.to_ascii_lowercase())).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_stands_once_in_any_case() {
        let mut seen = HashSet::new();
        for function in catalogue() {
            for name in std::iter::once(&function.name).chain(function.aliases) {
                assert!(seen.insert(name.to_ascii_lowercase()), "{name} stands twice");
            }
        }
    }

    #[test]
    fn arities_fit_together() {
        for function in catalogue() {
            assert!(function.required <= function.takes.len() || function.repeats, "{}", function.name);
            assert!(!function.repeats || !function.takes.is_empty(), "{}", function.name);
            assert!(function.params.0 <= function.params.1, "{}", function.name);
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(function("COUNT").map(|f| f.name), Some("count"));
        assert_eq!(function("date_diff").map(|f| f.name), Some("dateDiff"));
        assert!(function("nope").is_none());
    }
}
