//! What can be wrong with an answer or a file.

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// Why an answer cannot be written, or a file not be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// There are more rows than may be.
    #[error("it has {n_rows} rows, more than {max_rows}")]
    TooManyRows {
        /// Rows that there are.
        n_rows: usize,
        /// Rows that there may be.
        max_rows: usize,
    },
    /// The values take more bytes than they may.
    #[error("its values take more than {max_bytes} bytes")]
    TooLarge {
        /// Bytes that they may take.
        max_bytes: usize,
    },
    /// The file is none that [`write`](crate::write()) made.
    #[error("this is no file of an answer: {0}")]
    Unexpected(String),
    /// The file cannot be written or read.
    #[error("the Parquet file cannot be written or read")]
    Parquet(#[from] ParquetError),
    /// The columns cannot be put together.
    #[error("the columns cannot be put together")]
    Arrow(#[from] ArrowError),
}
