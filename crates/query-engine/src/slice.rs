//! A part of a shared array: what lets a column be cached once and lent to many queries without copying.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A range of an array that is shared by reference count. Dereferences to the slice.
#[derive(Clone)]
pub struct SharedSlice<T> {
    data: Arc<[T]>,
    start: usize,
    end: usize,
}

impl<T> SharedSlice<T> {
    /// All of `data`.
    pub fn new(data: impl Into<Arc<[T]>>) -> Self {
        let data = data.into();
        let end = data.len();
        Self { data, start: 0, end }
    }

    /// The part `range` of this slice.
    ///
    /// # Panics
    /// Where `range` is not inside the slice.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len(), "{range:?} is not inside 0..{}", self.len());
        Self { data: Arc::clone(&self.data), start: self.start + range.start, end: self.start + range.end }
    }
}

impl<T> Default for SharedSlice<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T> Deref for SharedSlice<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.data[self.start..self.end]
    }
}

impl<T> From<Vec<T>> for SharedSlice<T> {
    fn from(data: Vec<T>) -> Self {
        Self::new(data)
    }
}

impl<T: fmt::Debug> fmt::Debug for SharedSlice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: PartialEq> PartialEq for SharedSlice<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
