//! Settings of endpoints whose results are computed ahead of time.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;

/// How often it is looked for results that are due where nothing is set.
const DEFAULT_INTERVAL_S: u32 = 10;

/// Bytes of memory for results where nothing is set.
const DEFAULT_CACHE_BYTES: u64 = 256 << 20;

/// How results of endpoints are computed ahead of time.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct MaterializationArguments {
    /// Seconds between two looks for results of endpoints that are to be computed; 0 leaves that to other servers [default: 10]
    #[arg(long, env = "HINDSIGHT_MATERIALIZATION_INTERVAL_S", value_name = "SECONDS")]
    pub materialization_interval_s: Option<u32>,
    /// Bytes of memory for results of endpoints that were computed ahead of time [default: 256 MiB]
    #[arg(long, env = "HINDSIGHT_MATERIALIZED_CACHE_BYTES", value_name = "BYTES")]
    pub materialized_cache_bytes: Option<u64>,
}

/// How results of endpoints are computed ahead of time, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaterializationConfig {
    /// How often it is looked for results that are due; `None`: never by this server.
    pub interval: Option<Duration>,
    /// Bytes of memory for results.
    pub cache_bytes: u64,
}

impl MaterializationArguments {
    /// Fills in what `file` sets, then the defaults.
    pub(super) fn resolve(self, file: Self) -> MaterializationConfig {
        let interval_s =
            self.materialization_interval_s.or(file.materialization_interval_s).unwrap_or(DEFAULT_INTERVAL_S);
        MaterializationConfig {
            interval: (interval_s > 0).then(|| Duration::from_secs(u64::from(interval_s))),
            cache_bytes: self.materialized_cache_bytes.or(file.materialized_cache_bytes).unwrap_or(DEFAULT_CACHE_BYTES),
        }
    }
}
