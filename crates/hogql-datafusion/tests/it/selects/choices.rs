//! Decisions read off a list of numbers, so that a failing statement gets smaller as the list does.

use std::fmt;

/// Decides one thing after another. Where the numbers have run out, every decision is the first of the choices, which is the plainest.
pub(super) struct Choices<'a> {
    numbers: std::slice::Iter<'a, u16>,
    n_names: usize,
}

impl<'a> Choices<'a> {
    pub(super) fn new(numbers: &'a [u16]) -> Self {
        Self { numbers: numbers.iter(), n_names: 0 }
    }

    /// A number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::from(self.numbers.next().copied().unwrap_or(0)) % n
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub(super) fn one_of<'b, T>(&mut self, items: &'b [T]) -> &'b T {
        &items[self.below(items.len())]
    }

    /// A name that nothing else of the statement has.
    pub(super) fn name(&mut self, of: char) -> String {
        self.n_names += 1;
        format!("{of}{}", self.n_names)
    }
}

impl fmt::Debug for Choices<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choices").field("numbers", &self.numbers.as_slice()).finish()
    }
}
