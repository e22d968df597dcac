//! Predicates: which events count, decided by the values of their fields.

mod mask;
mod test;
#[cfg(test)]
mod tests;

pub use mask::{RowFilter, RowMask};
pub use test::{OneOf, Pattern, Relation, Test, Version};

use crate::field::{Field, ScanLayout};

/// A condition on one event.
///
/// Two-valued: a test of a missing value is false, unless it is the negation of one. So `Not` keeps the events that lack the field,
/// as PostHog's `is_not` does; where a negative condition drops them, it is written with [`Test::IsSet`] beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// True for every event, or for none.
    Constant(bool),
    /// All of these hold; true where there is none.
    All(Vec<Predicate>),
    /// One of these holds; false where there is none.
    Any(Vec<Predicate>),
    /// This does not hold.
    Not(Box<Predicate>),
    /// The value of the field passes the test.
    Test {
        /// What is read.
        field: Field,
        /// What it must pass.
        test: Test,
    },
}

impl Predicate {
    /// True for every event.
    pub const ALWAYS: Self = Self::Constant(true);

    /// The value of `field` passes `test`.
    pub fn test(field: Field, test: Test) -> Self {
        Self::Test { field, test }
    }

    /// All of `parts` hold. Constants are folded away and nested conjunctions flattened, so that equal conditions have equal plans.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Constant(true) => {}
                Self::Constant(false) => return Self::Constant(false),
                Self::All(inner) => kept.extend(inner),
                part => kept.push(part),
            }
        }
        match kept.len() {
            0 => Self::Constant(true),
            1 => kept.remove(0),
            _ => Self::All(kept),
        }
    }

    /// One of `parts` holds. Simplified as [`Self::all`].
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Constant(false) => {}
                Self::Constant(true) => return Self::Constant(true),
                Self::Any(inner) => kept.extend(inner),
                part => kept.push(part),
            }
        }
        match kept.len() {
            0 => Self::Constant(false),
            1 => kept.remove(0),
            _ => Self::Any(kept),
        }
    }

    /// `self` does not hold.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Constant(constant) => Self::Constant(!constant),
            Self::Not(inner) => *inner,
            predicate => Self::Not(Box::new(predicate)),
        }
    }

    /// Calls `visit` with every field that is read, once for each test.
    pub fn fields<'a>(&'a self, visit: &mut impl FnMut(&'a Field)) {
        match self {
            Self::Constant(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.fields(visit)),
            Self::Not(inner) => inner.fields(visit),
            Self::Test { field, .. } => visit(field),
        }
    }

    /// Adds every field that is read to `layout`.
    pub fn need(&self, layout: &mut ScanLayout) {
        self.fields(&mut |field| layout.need(field));
    }
}
