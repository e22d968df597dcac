//! Changes that meet others: they are made again, on top of what is stored then.

use crate::error::{RepositoryError, ServiceError};

/// How often a change is tried. Each failure means that another one succeeded.
const ATTEMPTS: usize = 20;

/// An error that may say that another change came between.
pub trait Conflicting {
    /// Whether it does.
    fn is_conflict(&self) -> bool;
}

impl Conflicting for RepositoryError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

impl Conflicting for ServiceError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Repository(error) if error.is_conflict())
    }
}

/// Makes a change, again where another one came between: `change` reads what there is, and writes on the condition that it still is so.
///
/// # Errors
/// Those of `change`; a conflict where others came between time and again.
pub fn on_conflict<T, E: Conflicting>(mut change: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    for _ in 1..ATTEMPTS {
        match change() {
            Err(error) if error.is_conflict() => {}
            result => return result,
        }
    }
    change()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    /// How often a change is tried that meets so many others, and whether it is made.
    #[track_caller]
    fn check(n_others: usize, expected: (usize, bool)) {
        let mut n_tried = 0;
        let result = on_conflict(|| {
            n_tried += 1;
            if n_tried <= n_others { Err(RepositoryError::Conflict { what: "insight" }) } else { Ok(()) }
        });
        assert_eq!((n_tried, result.is_ok()), expected);
    }

    #[test]
    fn changes_are_made_again_until_they_meet_no_other() {
        check(0, (1, true));
        check(1, (2, true));
        check(19, (20, true));
        check(20, (20, false));
    }

    #[test]
    fn other_errors_end_it() {
        for error in [ServiceError::from(Problem::not_found()), RepositoryError::NotFound { what: "insight" }.into()] {
            let mut error = Some(error);
            assert!(on_conflict(|| Err::<(), _>(error.take().expect("it is tried once"))).is_err());
        }
    }
}
