//! What stands beside a segment: what is known of its blocks and keys.

use std::sync::Arc;

use logs::query::TypeCounts;
use serde::{Deserialize, Serialize};

use super::shred::ShreddedColumn;

/// Bytes of the Parquet file that have a checksum together.
pub(crate) const PIECE_BYTES: usize = 32 << 10;
/// Most bytes of an unpacked head.
const MAX_HEAD_BYTES: usize = 256 << 20;

/// What is known of a segment.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Index {
    /// Of each [`PIECE_BYTES`] bytes of the Parquet file.
    pub(crate) checksums: Arc<[u32]>,
    /// The blocks, in order of time.
    pub(crate) blocks: Vec<Block>,
    /// Attributes that have columns of their own, in order of their keys.
    pub(crate) columns: Vec<ShreddedColumn>,
    /// Keys of attributes that stand in the rest, in order.
    pub(crate) rest_keys: Vec<Arc<str>>,
    /// The services, in the order of their numbers.
    pub(crate) services: Vec<String>,
    /// Records by minute, service and level, in this order.
    pub(crate) minutes: Vec<MinuteCount>,
    /// The records' keys, in order.
    pub(crate) record_keys: Vec<KeyCounts>,
    /// The resources' keys, in order.
    pub(crate) resource_keys: Vec<KeyCounts>,
}

/// Records that are read, or skipped, together.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) n_rows: usize,
    pub(crate) min_us: i64,
    pub(crate) max_us: i64,
    pub(crate) filter: FilterPlace,
}

/// Where a block's filter is in the index file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FilterPlace {
    pub(crate) offset: u64,
    pub(crate) n_bytes: u64,
    pub(crate) checksum: u32,
}

/// Records of one minute, service and level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MinuteCount {
    /// Minutes since 1970 UTC.
    pub(crate) minute: i64,
    /// Place in the services.
    pub(crate) service: usize,
    /// Place in `Level::ALL`.
    pub(crate) level: usize,
    pub(crate) count: u64,
}

/// How many records have a value of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyCounts {
    pub(crate) key: Arc<str>,
    /// Texts, numbers, booleans, arrays, objects.
    types: [u64; 5],
}

impl KeyCounts {
    pub(crate) fn new(key: Arc<str>, types: TypeCounts) -> Self {
        let TypeCounts { string, number, boolean, array, object } = types;
        Self { key, types: [string, number, boolean, array, object] }
    }

    pub(crate) fn types(&self) -> TypeCounts {
        let [string, number, boolean, array, object] = self.types;
        TypeCounts { string, number, boolean, array, object }
    }
}

impl Index {
    pub(crate) fn n_rows(&self) -> u64 {
        self.blocks.iter().map(|block| block.n_rows as u64).sum()
    }

    /// The head of the index file.
    pub(crate) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let json = serde_json::to_vec(self).expect("an index has text keys only");
        zstd::bulk::compress(&json, 3)
    }

    /// What [`Self::encode`] gave.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let limit = zstd::bulk::Decompressor::upper_bound(bytes).unwrap_or(MAX_HEAD_BYTES).min(MAX_HEAD_BYTES);
        let json = zstd::bulk::decompress(bytes, limit).map_err(|error| error.to_string())?;
        serde_json::from_slice(&json).map_err(|error| error.to_string())
    }
}
