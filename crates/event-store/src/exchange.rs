//! Events in files: what `import` reads and `export` writes.
//!
//! Two formats, both made for others as much as for this program: NDJSON (one JSON object a line, gzipped or not), as PostHog
//! exports it, and Parquet with the columns `uuid`, `event`, `distinct_id`, `timestamp` and `properties` (JSON text). Reading and
//! writing stream, in memory bounded by the size of a batch.

mod count;
mod error;
mod ndjson;
mod parquet_columns;
mod parquet_read;
mod parquet_write;
mod read;
mod write;

pub use error::{ExchangeError, RejectedRow};
pub use read::{EventReader, ReadBatch, ReadOptions};
pub use write::{EventWriter, FileFormat};

#[cfg(test)]
mod tests;
