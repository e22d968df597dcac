#![doc = include_str!("../README.md")]

mod column;
mod error;
mod layout;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use self::error::TableError;
pub use self::read::{ResultTable, read};
pub use self::write::write;

/// The most that a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableLimits {
    /// Rows.
    pub max_rows: usize,
    /// Bytes of all values before they are compressed: texts by their length, anything else as 8.
    pub max_bytes: usize,
}
