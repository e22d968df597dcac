//! Configuration: flags, `HINDSIGHT_*` variables, a TOML file and defaults, in that order. Nothing else reads the environment.
//!
//! Each setting is one field of [`StorageSettings`] or [`ServeSettings`]; its flag, variable and key in the file have the field's name. What is
//! set nowhere gets its default when the settings are resolved into [`StorageConfig`] and [`ServeConfig`].

mod alerts;
mod logs;
mod materialization;
mod model;
mod objects;
mod recordings;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::logs::store::Retention;
use clap::{Args, Command, ValueEnum};
use clients::models::ModelSettings;
use object_storage::S3Settings;
use serde::Deserialize;

pub use self::alerts::{AlertArguments, AlertsConfig};
pub use self::logs::LogArguments;
pub use self::materialization::{MaterializationArguments, MaterializationConfig};
pub use self::model::{ModelArguments, ProviderName, Secret};
pub use self::objects::ObjectArguments;
pub use self::recordings::{RecordingArguments, RecordingsConfig};

/// Where data is kept.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct StorageSettings {
    /// Folder that everything is kept in [default: ./hindsight-data]
    #[arg(long, global = true, env = "HINDSIGHT_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Database for metadata: `postgres://…`, or the path of a SQLite file [default: metadata.sqlite in the data folder]
    #[arg(long, global = true, env = "HINDSIGHT_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Events held in memory, besides the log, from which on they are written to columns [default: 500000]
    #[arg(long, global = true, env = "HINDSIGHT_FLUSH_ROWS", value_name = "EVENTS")]
    pub flush_rows: Option<NonZeroU32>,
    /// Bytes of decoded columns kept in memory for later queries [default: 1 GiB]
    #[arg(long, global = true, env = "HINDSIGHT_CACHE_BYTES", value_name = "BYTES")]
    pub cache_bytes: Option<u64>,
    /// Object storage.
    #[command(flatten)]
    #[serde(flatten)]
    pub objects: ObjectArguments,
}

/// How the server runs.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct ServeSettings {
    /// Address and port to listen on [default: 127.0.0.1:8000]
    #[arg(long, env = "HINDSIGHT_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Scheme and host that clients reach the server by, for addresses in answers [default: those of each request]
    #[arg(long, env = "HINDSIGHT_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Threads that answer requests [default: one for each processor]
    #[arg(long, env = "HINDSIGHT_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Largest request body of the private API in bytes [default: 20 MiB]
    #[arg(long, env = "HINDSIGHT_MAX_BODY_BYTES", value_name = "BYTES")]
    pub max_body_bytes: Option<u32>,
    /// Seconds that running requests get to finish when the server is stopped [default: 30]
    #[arg(long, env = "HINDSIGHT_SHUTDOWN_TIMEOUT_S", value_name = "SECONDS")]
    pub shutdown_timeout_s: Option<u32>,
    /// Limit how often each key may ask, by PostHog's numbers [default: false]
    #[arg(long, env = "HINDSIGHT_RATE_LIMITS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub rate_limits: Option<bool>,
    /// Longest run time of a query in seconds [default: 60]
    #[arg(long, env = "HINDSIGHT_QUERY_MAX_TIME_S", value_name = "SECONDS")]
    pub query_max_time_s: Option<u32>,
    /// Most working memory of a query in bytes [default: 1 GiB]
    #[arg(long, env = "HINDSIGHT_QUERY_MAX_MEMORY_BYTES", value_name = "BYTES")]
    pub query_max_memory_bytes: Option<u64>,
    /// Most rows of a query's answer [default: 50000]
    #[arg(long, env = "HINDSIGHT_QUERY_MAX_RESULT_ROWS", value_name = "ROWS")]
    pub query_max_result_rows: Option<u32>,
    /// Queries that run at the same time; more wait [default: one for each processor]
    #[arg(long, env = "HINDSIGHT_QUERY_CONCURRENCY", value_name = "N")]
    pub query_concurrency: Option<u16>,
    /// Form of the log [default: text on a terminal, json elsewhere]
    #[arg(long, env = "HINDSIGHT_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What is logged, such as `info` or `warn,hindsight=debug` [default: info]
    #[arg(long, env = "HINDSIGHT_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Personal API key that the first start makes, in place of a random one. Visible to others on the machine: prefer the variable
    #[arg(long, env = "HINDSIGHT_ADMIN_KEY", value_name = "KEY", hide = true, hide_env_values = true)]
    pub admin_key: Option<String>,
    /// The language model.
    #[command(flatten)]
    #[serde(flatten)]
    pub model: ModelArguments,
    /// Alerts.
    #[command(flatten)]
    #[serde(flatten)]
    pub alerts: AlertArguments,
    /// Endpoints whose results are computed ahead of time.
    #[command(flatten)]
    #[serde(flatten)]
    pub materialization: MaterializationArguments,
    /// Recordings.
    #[command(flatten)]
    #[serde(flatten)]
    pub recordings: RecordingArguments,
    /// Logs.
    #[command(flatten)]
    #[serde(flatten)]
    pub logs: LogArguments,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where data is kept, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// Folder that everything is kept in.
    pub data_dir: PathBuf,
    /// Database for metadata: an address that begins with `postgres`, or the path of a SQLite file.
    pub database_url: String,
    /// Events held in memory from which on they are written to columns; `None`: as many as the store thinks right.
    pub flush_rows: Option<NonZeroU32>,
    /// Bytes of decoded columns kept in memory for later queries; `None`: as many as the store thinks right.
    pub cache_bytes: Option<u64>,
    /// Where objects are kept: a folder, or an address that begins with `s3://`.
    pub object_store: String,
    /// How S3 is reached, where they are kept there.
    pub s3: S3Settings,
}

/// How the server runs, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeConfig {
    /// Address and port to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Scheme and host for addresses in answers, without a slash at the end; `None`: those of each request.
    pub public_url: Option<String>,
    /// Threads that answer requests.
    pub workers: usize,
    /// What one request may take.
    pub limits: Limits,
    /// How long running requests get to finish when the server is stopped.
    pub shutdown_timeout: Duration,
    /// Whether keys are limited in how often they may ask.
    pub rate_limits: bool,
    /// Form of the log; `None`: by what standard error is.
    pub log_format: Option<LogFormat>,
    /// What is logged.
    pub log: String,
    /// The personal API key that the first start makes.
    pub admin_key: Option<String>,
    /// The language model that writes texts; `None`: they are written by rules.
    pub model: Option<ModelSettings>,
    /// How alerts are checked and told.
    pub alerts: AlertsConfig,
    /// How results of endpoints are computed ahead of time.
    pub materialization: MaterializationConfig,
    /// Where videos of recordings go, and how often texts about them are written.
    pub recordings: RecordingsConfig,
    /// What of the logs is kept; `None`: everything.
    pub log_retention: Option<Retention>,
}

/// What one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body, after decompression.
    pub body_bytes: usize,
    /// Longest run time of a query.
    pub query_time: Duration,
    /// Most working memory of a query.
    pub query_memory_bytes: u64,
    /// Most rows of a query's answer.
    pub query_result_rows: usize,
    /// Queries that run at the same time.
    pub query_concurrency: usize,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML, or a value in it has the wrong form.
    #[error("cannot understand the configuration file {}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
    /// The file has a key that is no setting.
    #[error("the configuration file {} has the unknown setting `{key}`", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A value is out of range.
    #[error("{setting}: {message}")]
    Invalid {
        /// The setting.
        setting: &'static str,
        /// What would be right.
        message: String,
    },
}

/// What the configuration file sets.
#[derive(Clone, Debug, Default)]
pub struct FileSettings {
    storage: StorageSettings,
    serve: ServeSettings,
}

impl FileSettings {
    /// Reads the file at `path`; nothing is set where there is no path.
    ///
    /// # Errors
    /// [`ConfigError`] that says what is wrong with the file.
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let malformed = |source| ConfigError::Malformed { path: path.to_owned(), source };
        let table: toml::Table = toml::from_str(text).map_err(malformed)?;
        let known = ServeSettings::augment_args(StorageSettings::augment_args(Command::new("settings")));
        if let Some(key) = table.keys().find(|key| !known.get_arguments().any(|arg| arg.get_id() == key.as_str())) {
            return Err(ConfigError::UnknownKey { path: path.to_owned(), key: key.clone() });
        }
        Ok(Self { storage: toml::from_str(text).map_err(malformed)?, serve: toml::from_str(text).map_err(malformed)? })
    }
}

impl StorageSettings {
    /// Fills in what `file` sets, then the defaults.
    pub fn resolve(self, file: &FileSettings) -> StorageConfig {
        let file = file.storage.clone();
        let data_dir = self.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from("./hindsight-data"));
        let database_url = self
            .database_url
            .or(file.database_url)
            .unwrap_or_else(|| data_dir.join("metadata.sqlite").to_string_lossy().into_owned());
        let (object_store, s3) = self.objects.resolve(file.objects);
        let object_store = object_store.unwrap_or_else(|| data_dir.join("objects").to_string_lossy().into_owned());
        StorageConfig {
            data_dir,
            database_url,
            flush_rows: self.flush_rows.or(file.flush_rows),
            cache_bytes: self.cache_bytes.or(file.cache_bytes),
            object_store,
            s3,
        }
    }
}

impl ServeSettings {
    /// Fills in what `file` sets, then the defaults.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for a value that is out of range.
    pub fn resolve(self, file: &FileSettings) -> Result<ServeConfig, ConfigError> {
        let file = file.serve.clone();
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let limits = Limits {
            body_bytes: size(self.max_body_bytes.or(file.max_body_bytes).unwrap_or(20 << 20)),
            query_time: seconds(self.query_max_time_s.or(file.query_max_time_s).unwrap_or(60)),
            query_memory_bytes: self.query_max_memory_bytes.or(file.query_max_memory_bytes).unwrap_or(1 << 30),
            query_result_rows: size(self.query_max_result_rows.or(file.query_max_result_rows).unwrap_or(50_000)),
            query_concurrency: self.query_concurrency.or(file.query_concurrency).map_or(processors, usize::from).max(1),
        };
        let workers = self.workers.or(file.workers).map_or(processors, usize::from);
        if workers == 0 {
            return Err(ConfigError::Invalid { setting: "workers", message: "at least 1 is needed".to_owned() });
        }
        Ok(ServeConfig {
            listen: self.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8000))),
            public_url: self.public_url.or(file.public_url).map(public_url).transpose()?,
            workers,
            limits,
            shutdown_timeout: seconds(self.shutdown_timeout_s.or(file.shutdown_timeout_s).unwrap_or(30)),
            rate_limits: self.rate_limits.or(file.rate_limits).unwrap_or(false),
            log_format: self.log_format.or(file.log_format),
            log: self.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            admin_key: self.admin_key.or(file.admin_key),
            model: self.model.resolve(file.model)?,
            alerts: self.alerts.resolve(file.alerts)?,
            materialization: self.materialization.resolve(file.materialization),
            recordings: self.recordings.resolve(file.recordings)?,
            log_retention: self.logs.resolve(file.logs)?,
        })
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

fn size(count: u32) -> usize {
    usize::try_from(count).expect("the machine has addresses of at least 32 bits")
}

fn public_url(url: String) -> Result<String, ConfigError> {
    let valid =
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).is_some_and(|rest| !rest.is_empty());
    if !valid {
        let message = format!("`{url}` should look like https://analytics.example.com");
        return Err(ConfigError::Invalid { setting: "public_url", message });
    }
    Ok(url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
