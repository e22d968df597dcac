//! Predicates over whole runs: each test is made once for each distinct value, then looked up row by row.

use std::ops::Not;
use std::sync::Arc;

use crate::control::QueryControl;
use crate::dictionary::Dictionary;
use crate::error::QueryError;
use crate::field::{Field, FieldValues, ScanLayout};
use crate::predicate::{Predicate, Test};
use crate::scan::{Run, Scan};
use crate::value::PropertyValue;

/// Values that are tested between two looks at whether to go on; a test of a long text by a pattern takes microseconds.
const VALUES_PER_CHECK: usize = 1 << 10;

/// Rows that are looked up between two looks at whether to go on.
const ROWS_PER_CHECK: usize = 1 << 16;

/// Which rows of a run pass. The two ends of the scale cost no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowMask {
    /// Every row.
    All,
    /// No row.
    None,
    /// The rows at which there is `true`; as long as the run.
    Some(Vec<bool>),
}

impl RowMask {
    /// Whether `row` passes.
    pub fn contains(&self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(rows) => rows[row],
        }
    }

    /// The rows that pass both masks.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::All, mask) | (mask, Self::All) => mask,
            (Self::Some(mut rows), Self::Some(others)) => {
                rows.iter_mut().zip(others).for_each(|(row, other)| *row &= other);
                Self::Some(rows)
            }
        }
    }

    /// The rows that pass one of the masks.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, mask) | (mask, Self::None) => mask,
            (Self::Some(mut rows), Self::Some(others)) => {
                rows.iter_mut().zip(others).for_each(|(row, other)| *row |= other);
                Self::Some(rows)
            }
        }
    }
}

impl Not for RowMask {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            Self::Some(mut rows) => {
                rows.iter_mut().for_each(|row| *row = !*row);
                Self::Some(rows)
            }
        }
    }
}

/// A predicate made ready for the runs of one scan.
///
/// Remembers, for each test, what it said of the last dictionary: runs of a segment and all reads of person properties share
/// theirs, so that the test is not repeated for each run. Threads that share a scan have one filter each.
#[derive(Debug)]
pub struct RowFilter<'a> {
    root: Node<'a>,
    layout: &'a ScanLayout,
    scan: &'a Scan,
}

#[derive(Debug)]
enum Node<'a> {
    Constant(bool),
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Test { field: &'a Field, test: &'a Test, known: Option<Verdicts> },
}

/// What a test says of each value of a dictionary. Holds on to the dictionary: an address alone could be that of a later one.
#[derive(Debug)]
struct Verdicts {
    dictionary: Arc<Dictionary>,
    passes: Vec<bool>,
}

impl<'a> RowFilter<'a> {
    /// `predicate` over the runs of `scan`, which was made for the request of `layout`.
    pub fn new(predicate: &'a Predicate, layout: &'a ScanLayout, scan: &'a Scan) -> Self {
        Self { root: Node::new(predicate), layout, scan }
    }

    /// The rows of `run` that pass.
    ///
    /// # Errors
    /// As [`QueryControl::check`].
    ///
    /// # Panics
    /// Where the layout lacks a field of the predicate (see [`Predicate::need`]).
    pub fn mask(&mut self, run: &Run, control: &QueryControl) -> Result<RowMask, QueryError> {
        self.root.mask(self.layout, self.scan, run, control)
    }
}

impl<'a> Node<'a> {
    fn new(predicate: &'a Predicate) -> Self {
        match predicate {
            Predicate::Constant(constant) => Self::Constant(*constant),
            Predicate::All(parts) => Self::All(parts.iter().map(Self::new).collect()),
            Predicate::Any(parts) => Self::Any(parts.iter().map(Self::new).collect()),
            Predicate::Not(inner) => Self::Not(Box::new(Self::new(inner))),
            Predicate::Test { field, test } => Self::Test { field, test, known: None },
        }
    }

    fn mask(
        &mut self,
        layout: &ScanLayout,
        scan: &Scan,
        run: &Run,
        control: &QueryControl,
    ) -> Result<RowMask, QueryError> {
        Ok(match self {
            Self::Constant(true) => RowMask::All,
            Self::Constant(false) => RowMask::None,
            Self::All(parts) => {
                let mut mask = RowMask::All;
                for part in parts {
                    if mask == RowMask::None {
                        break;
                    }
                    mask = mask.and(part.mask(layout, scan, run, control)?);
                }
                mask
            }
            Self::Any(parts) => {
                let mut mask = RowMask::None;
                for part in parts {
                    if mask == RowMask::All {
                        break;
                    }
                    mask = mask.or(part.mask(layout, scan, run, control)?);
                }
                mask
            }
            Self::Not(inner) => !inner.mask(layout, scan, run, control)?,
            Self::Test { field: Field::EventName, test, .. } => {
                if test.passes(&PropertyValue::String(Arc::clone(&run.event))) { RowMask::All } else { RowMask::None }
            }
            Self::Test { field, test, known } => {
                let values = layout.read(field, scan, run);
                let verdicts = match known {
                    Some(verdicts) if Arc::ptr_eq(&verdicts.dictionary, values.dictionary()) => verdicts,
                    _ => known.insert(Verdicts::of(test, values.dictionary(), control)?),
                };
                verdicts.mask(&values, run, control)?
            }
        })
    }
}

impl Verdicts {
    fn of(test: &Test, dictionary: &Arc<Dictionary>, control: &QueryControl) -> Result<Self, QueryError> {
        let mut passes = Vec::with_capacity(dictionary.len());
        for values in dictionary.chunks(VALUES_PER_CHECK) {
            control.check()?;
            passes.extend(values.iter().map(|value| test.passes(value)));
        }
        Ok(Self { dictionary: Arc::clone(dictionary), passes })
    }

    /// The rows of `run` whose value, one of `values`, passes.
    fn mask(&self, values: &FieldValues, run: &Run, control: &QueryControl) -> Result<RowMask, QueryError> {
        if self.passes.iter().all(|passes| *passes) {
            return Ok(RowMask::All);
        }
        if !self.passes.contains(&true) {
            return Ok(RowMask::None);
        }
        let mut rows = Vec::with_capacity(run.len());
        for persons in run.persons.chunks(ROWS_PER_CHECK) {
            control.check()?;
            let first = rows.len();
            let codes = persons.iter().zip(first..).map(|(&person, row)| values.code(row, person));
            rows.extend(codes.map(|code| self.passes[code as usize]));
        }
        Ok(RowMask::Some(rows))
    }
}
