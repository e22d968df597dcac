//! The opened stores of one data folder.

use std::sync::Arc;
use std::{fs, io};

use actions::repository::ActionRepository;
use agent_sessions::repository::AgentSessionRepository;
use alerts::repository::AlertRepository;
use cohorts::repository::CohortRepository;
use datasets::repository::{DatasetRepository, ItemRepository};
use endpoints::materialized::repository::MaterializationRepository;
use endpoints::repository::EndpointRepository;
use event_store::{EventStore, StoreConfig, StoreError};
use insights_core::error::RepositoryError;
use insights_core::objects::ObjectStore;
use insights_core::repositories::Repositories;
use log_store::{EmbeddedLogStore, LogStoreConfig};
use object_storage::location::LocationError;
use prompts::repository::PromptRepository;
use query_engine::logs::LogSource;
use recordings::repository::RecordingRepository;
use recordings::video::repository::UploadRepository;
use reports::repository::ReportRepository;
use repositories::database::{DatabaseOptions, DieselDatabase, OpenDatabaseError};
use repositories::target::{DatabaseTarget, TargetError};
use sharing::repository::SharingRepository;
use variables::repository::VariableRepository;

use crate::config::StorageConfig;

/// Everything that is kept.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Metadata.
    pub repositories: Repositories,
    /// Actions.
    pub actions: Arc<dyn ActionRepository>,
    /// Sessions of coding agents.
    pub agent_sessions: Arc<dyn AgentSessionRepository>,
    /// Alerts.
    pub alerts: Arc<dyn AlertRepository>,
    /// Cohorts.
    pub cohorts: Arc<dyn CohortRepository>,
    /// Endpoints.
    pub endpoints: Arc<dyn EndpointRepository>,
    /// What is known of their results.
    pub materializations: Arc<dyn MaterializationRepository>,
    /// Variables.
    pub variables: Arc<dyn VariableRepository>,
    /// Datasets.
    pub datasets: Arc<dyn DatasetRepository>,
    /// Items of datasets.
    pub dataset_items: Arc<dyn ItemRepository>,
    /// Prompts.
    pub prompts: Arc<dyn PromptRepository>,
    /// Reports about work with coding agents.
    pub reports: Arc<dyn ReportRepository>,
    /// Recordings.
    pub recordings: Arc<dyn RecordingRepository>,
    /// Uploads of their videos.
    pub uploads: Arc<dyn UploadRepository>,
    /// Shares.
    pub sharing: Arc<dyn SharingRepository>,
    database: Arc<DieselDatabase>,
    /// Events; both an `EventSink` and an `EventSource`.
    pub events: Arc<EventStore>,
    /// Logs.
    pub logs: Arc<EmbeddedLogStore>,
    /// What is too large for a database: videos and results.
    pub objects: Arc<dyn ObjectStore>,
}

/// Why the stores cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder")]
    Folder(#[source] io::Error),
    /// The address of the metadata database is none.
    #[error("database_url")]
    Address(#[from] TargetError),
    /// The metadata database cannot be opened.
    #[error("cannot open the metadata database")]
    Metadata(#[from] OpenDatabaseError),
    /// The events cannot be opened.
    #[error("cannot open the event store")]
    Events(#[from] StoreError),
    /// The logs cannot be opened.
    #[error("cannot open the log store")]
    Logs(#[from] log_store::StoreError),
    /// The place of objects is none.
    #[error("object_store")]
    Place(#[from] LocationError),
    /// The object storage cannot be opened.
    #[error("cannot open the object storage")]
    Objects(#[from] object_storage::OpenError),
    /// The object storage does not do what is asked of it.
    #[error("cannot use the object storage {place}")]
    ObjectsFail {
        /// Where it is.
        place: String,
        /// What it does not do.
        #[source]
        source: object_storage::CheckError,
    },
}

/// A store that cannot be reached now.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The metadata database does not answer.
    #[error("the metadata database does not answer")]
    Metadata(#[from] RepositoryError),
    /// The folder of the events is gone.
    #[error("the folder of the events cannot be reached")]
    Events(#[from] io::Error),
}

impl Storage {
    /// Opens the stores, making those that are not there yet.
    ///
    /// # Errors
    /// [`StorageError`] that says which store cannot be opened.
    pub fn open(config: &StorageConfig) -> Result<Self, StorageError> {
        let database = open_database(config)?;
        let logs = Arc::new(EmbeddedLogStore::open(LogStoreConfig::new(&config.data_dir))?);
        let events = Arc::new(open_with_logs(config, Some(Arc::<EmbeddedLogStore>::clone(&logs)))?);
        let place = config.object_store.parse()?;
        let objects = object_storage::open(&place, &config.s3, clients::objects::http_client())?;
        Ok(Self {
            repositories: Repositories::over(&database),
            actions: Arc::<DieselDatabase>::clone(&database),
            agent_sessions: Arc::<DieselDatabase>::clone(&database),
            alerts: Arc::<DieselDatabase>::clone(&database),
            cohorts: Arc::<DieselDatabase>::clone(&database),
            endpoints: Arc::<DieselDatabase>::clone(&database),
            materializations: Arc::<DieselDatabase>::clone(&database),
            variables: Arc::<DieselDatabase>::clone(&database),
            datasets: Arc::<DieselDatabase>::clone(&database),
            dataset_items: Arc::<DieselDatabase>::clone(&database),
            prompts: Arc::<DieselDatabase>::clone(&database),
            recordings: Arc::<DieselDatabase>::clone(&database),
            reports: Arc::<DieselDatabase>::clone(&database),
            uploads: Arc::<DieselDatabase>::clone(&database),
            sharing: Arc::<DieselDatabase>::clone(&database),
            database,
            events,
            logs,
            objects,
        })
    }

    /// Writes an object and reads it, to tell at the start what would otherwise fail later.
    ///
    /// # Errors
    /// [`StorageError::ObjectsFail`] that says what cannot be done.
    pub async fn check_objects(&self, config: &StorageConfig) -> Result<(), StorageError> {
        let failed = |source| StorageError::ObjectsFail { place: config.object_store.clone(), source };
        object_storage::check(&*self.objects).await.map_err(failed)
    }

    /// Whether the stores can be reached that every request needs: the database answers, and the folder of the events is there.
    ///
    /// # Errors
    /// [`Unreachable`] that says which one cannot.
    pub fn check(&self) -> Result<(), Unreachable> {
        self.database.check()?;
        fs::metadata(self.events.data_dir())?;
        Ok(())
    }
}

/// Opens the metadata database alone, making it where there is none yet.
///
/// # Errors
/// [`StorageError`] where it cannot be opened.
pub fn open_metadata(config: &StorageConfig) -> Result<Repositories, StorageError> {
    Ok(Repositories::over(&open_database(config)?))
}

/// Opens the event store alone, making it where there is none yet.
///
/// # Errors
/// [`StorageError`] where it cannot be opened: most often because another process has it open.
pub fn open_events(config: &StorageConfig) -> Result<EventStore, StorageError> {
    open_with_logs(config, None)
}

fn open_with_logs(config: &StorageConfig, logs: Option<Arc<dyn LogSource>>) -> Result<EventStore, StorageError> {
    let mut store = StoreConfig::new(&config.data_dir);
    store.logs = logs;
    if let Some(rows) = config.flush_rows {
        store.flush_rows = usize::try_from(rows.get()).expect("the machine has addresses of at least 32 bits");
    }
    if let Some(bytes) = config.cache_bytes {
        store.cache_bytes = bytes;
    }
    Ok(EventStore::open(store)?)
}

fn open_database(config: &StorageConfig) -> Result<Arc<DieselDatabase>, StorageError> {
    fs::create_dir_all(&config.data_dir).map_err(StorageError::Folder)?;
    let target = DatabaseTarget::parse(&config.database_url)?;
    Ok(Arc::new(DieselDatabase::open(&DatabaseOptions::new(target))?))
}
