//! How many bytes of bodies are held at once, so that many clients that send much at the same time do not fill the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is left of the bytes.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicUsize,
}

/// More bytes are under way than are held at once.
#[derive(Debug)]
pub(crate) struct Exhausted;

/// Bytes that are held; they are free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { left: AtomicUsize::new(bytes) }
    }
}

impl Held {
    /// None yet.
    pub(crate) fn none(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// Holds so many more. Never waits: those that hold some already could all wait for each other.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let taken = self.budget.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map_err(|_| Exhausted)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_free_again_when_nobody_holds_them() {
        let budget = Arc::new(Budget::new(10));
        let (mut one, mut other) = (Held::none(&budget), Held::none(&budget));
        assert!(one.grow(6).is_ok() && other.grow(4).is_ok());
        assert!(one.grow(1).is_err() && other.grow(0).is_ok());
        drop(one);
        assert!(other.grow(6).is_ok() && other.grow(1).is_err());
        drop(other);
        assert!(Held::none(&budget).grow(10).is_ok());
    }
}
