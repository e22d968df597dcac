//! Settings of recordings.

use std::time::Duration;

use clap::Args;
use clients::recall::{RecallSettings, RecallUploads};
use recordings::recall::signature::WebhookSecret;
use recordings::video::model::PART_BYTES;
use recordings::video::service::VideoLimits;
use serde::Deserialize;

use super::ConfigError;
use super::model::Secret;

/// Where Recall.ai is asked where nothing is set.
const DEFAULT_REGION: &str = "us-west-2";

/// Largest video where nothing is set.
const DEFAULT_MAX_VIDEO_BYTES: u64 = 10 << 30;

/// Videos that are taken at the same time where nothing is set.
const DEFAULT_UPLOADS_AT_ONCE: u16 = 16;

/// How often recordings are looked at where nothing is set.
const DEFAULT_CHECK_INTERVAL_S: u32 = 15;

/// Where videos of recordings go, and how often texts about them are written.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct RecordingArguments {
    /// Key of Recall.ai's API: it takes the videos of desktop recordings then. Visible to others on the machine: prefer the variable
    #[arg(long, env = "HINDSIGHT_RECALL_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub recall_api_key: Option<Secret>,
    /// Region of Recall.ai that the key is of [default: us-west-2]
    #[arg(long, env = "HINDSIGHT_RECALL_REGION", value_name = "REGION")]
    pub recall_region: Option<String>,
    /// Address of Recall.ai's API [default: the region's own]
    #[arg(long, env = "HINDSIGHT_RECALL_BASE_URL", value_name = "URL")]
    pub recall_base_url: Option<String>,
    /// Secret that Recall.ai signs its webhooks with, `whsec_…`. Visible to others on the machine: prefer the variable
    #[arg(long, env = "HINDSIGHT_RECALL_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub recall_webhook_secret: Option<Secret>,
    /// Seconds between two looks for recordings to be summed up; 0 leaves that to other servers [default: 15]
    #[arg(long, env = "HINDSIGHT_RECORDING_CHECK_INTERVAL_S", value_name = "SECONDS")]
    pub recording_check_interval_s: Option<u32>,
    /// Largest video that this server takes, in bytes [default: 10 GiB]
    #[arg(long, env = "HINDSIGHT_MAX_VIDEO_BYTES", value_name = "BYTES")]
    pub max_video_bytes: Option<u64>,
    /// Videos that this server takes at the same time; each needs some 16 MiB of memory [default: 16]
    #[arg(long, env = "HINDSIGHT_VIDEO_UPLOADS_AT_ONCE", value_name = "N")]
    pub video_uploads_at_once: Option<u16>,
}

/// Where videos of recordings go, and how often texts about them are written, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingsConfig {
    /// How Recall.ai is reached; `None`: it is not asked.
    pub recall: Option<RecallSettings>,
    /// What Recall.ai signs with; `None`: none of its webhooks are taken.
    pub webhook_secret: Option<WebhookSecret>,
    /// How often recordings are looked at; `None`: never by this server.
    pub check_interval: Option<Duration>,
    /// Videos that this server takes itself.
    pub videos: VideoLimits,
}

impl RecordingArguments {
    /// Fills in what `file` sets, then the defaults.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] where Recall.ai cannot be asked, or its signatures cannot be checked, with what is set.
    pub(super) fn resolve(self, file: Self) -> Result<RecordingsConfig, ConfigError> {
        let region = self.recall_region.or(file.recall_region).unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let is_name = !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_name {
            return Err(invalid("recall_region", "a region looks like us-west-2"));
        }
        let base_url = self.recall_base_url.or(file.recall_base_url);
        let api_key = self.recall_api_key.or(file.recall_api_key);
        let recall = api_key.map(|key| RecallSettings {
            base_url: base_url.unwrap_or_else(|| format!("https://{region}.recall.ai")),
            api_key: key.into_text(),
        });
        if let Some(settings) = &recall {
            RecallUploads::new(settings).map_err(|error| invalid("recall_base_url", error.to_string()))?;
        }
        let secret = self.recall_webhook_secret.or(file.recall_webhook_secret);
        let secret = secret.map(|secret| WebhookSecret::parse(&secret.into_text())).transpose();
        let interval_s =
            self.recording_check_interval_s.or(file.recording_check_interval_s).unwrap_or(DEFAULT_CHECK_INTERVAL_S);
        let videos = VideoLimits {
            video_bytes: self.max_video_bytes.or(file.max_video_bytes).unwrap_or(DEFAULT_MAX_VIDEO_BYTES),
            uploads_at_once: usize::from(
                self.video_uploads_at_once.or(file.video_uploads_at_once).unwrap_or(DEFAULT_UPLOADS_AT_ONCE),
            ),
            part_bytes: PART_BYTES,
        };
        if videos.video_bytes == 0 || i64::try_from(videos.video_bytes).is_err() {
            return Err(invalid("max_video_bytes", "at least 1 byte is needed, and less than 8 EiB are possible"));
        }
        Ok(RecordingsConfig {
            videos,
            recall,
            webhook_secret: secret.map_err(|message| invalid("recall_webhook_secret", message))?,
            check_interval: (interval_s > 0).then(|| Duration::from_secs(u64::from(interval_s))),
        })
    }
}

fn invalid(setting: &'static str, message: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { setting, message: message.into() }
}
