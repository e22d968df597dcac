//! Settings of logs.

use std::time::Duration;

use clap::Args;
use logs::store::Retention;
use serde::Deserialize;

use super::ConfigError;

/// What of the logs is kept.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct LogArguments {
    /// Days after which logs are taken away [default: they stay]
    #[arg(long, env = "HINDSIGHT_LOGS_RETENTION_DAYS", value_name = "DAYS")]
    pub logs_retention_days: Option<u32>,
    /// Bytes on disk that the logs of a project may take; beyond, the oldest are taken away [default: no bound]
    #[arg(long, env = "HINDSIGHT_LOGS_MAX_BYTES", value_name = "BYTES")]
    pub logs_max_bytes: Option<u64>,
}

impl LogArguments {
    /// Fills in what `file` sets; `None` where everything is kept.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] where nothing would be kept.
    pub(super) fn resolve(self, file: Self) -> Result<Option<Retention>, ConfigError> {
        let days = self.logs_retention_days.or(file.logs_retention_days);
        let max_bytes = self.logs_max_bytes.or(file.logs_max_bytes);
        if days == Some(0) {
            return Err(nothing_left("logs_retention_days"));
        }
        if max_bytes == Some(0) {
            return Err(nothing_left("logs_max_bytes"));
        }
        let max_age = days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
        Ok((max_age.is_some() || max_bytes.is_some()).then_some(Retention { max_age, max_bytes }))
    }
}

fn nothing_left(setting: &'static str) -> ConfigError {
    let message = "at least 1 is needed; leave it out to keep logs for good".to_owned();
    ConfigError::Invalid { setting, message }
}
