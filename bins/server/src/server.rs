//! A running server: opened stores, a bound port, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::error::BlockingError;
use actix_web::rt::task::JoinHandle;
use actix_web::{HttpServer, rt, web};
use clients::models::{self, ModelSettingsError};
use insights_core::error::ServiceError;
use insights_core::ids::RandomIds;
use insights_core::setup::{FirstStart, SetupOptions, set_up};
use insights_core::time::{Clock, SystemClock};
use language_model::assistant::Assistant;
use logs::store::Retention;
use recordings::video::sweep::SweepRound;

use crate::app::{AppState, app};
use crate::background::agent_sessions::{JudgingRound, judge_due};
use crate::background::alerts::{CheckRound, SendRound, check_due, send_due};
use crate::background::logs::retain;
use crate::background::materialization::{RefreshRound, refresh_due, sweep};
use crate::background::recordings::{WritingRound, write_due};
use crate::background::videos::sweep as sweep_videos;
use crate::background::{self, Background};
use crate::config::{ServeConfig, StorageConfig};
use crate::storage::{Storage, StorageError};

/// A server that answers requests. It goes on when this is dropped; [`Self::stop`] ends it.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    background: Background,
    shutdown_timeout: Duration,
    state: web::Data<AppState>,
    first_start: Option<FirstStart>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A store cannot be opened.
    #[error("cannot open the storage")]
    Storage(#[from] StorageError),
    /// Opening the storage panicked.
    #[error("opening the storage was interrupted")]
    Interrupted(#[source] BlockingError),
    /// What the first start makes cannot be made.
    #[error("cannot set the server up")]
    SetUp(#[from] ServiceError),
    /// The language model's settings are wrong.
    #[error("cannot use the language model")]
    Model(#[from] ModelSettingsError),
    /// The address cannot be bound.
    #[error("cannot listen")]
    Bind(#[source] io::Error),
}

/// Opens the stores in `storage` and serves them as `config` says. To be called in an actix system.
///
/// # Errors
/// [`StartError`] that says what cannot be opened or bound.
pub async fn start(storage: &StorageConfig, config: ServeConfig) -> Result<RunningServer, StartError> {
    start_at(storage, config, Arc::new(SystemClock)).await
}

/// As [`start`], with the time told by `clock`.
///
/// # Errors
/// As [`start`].
pub async fn start_at(
    storage: &StorageConfig,
    config: ServeConfig,
    clock: Arc<dyn Clock>,
) -> Result<RunningServer, StartError> {
    let ids = Arc::new(RandomIds);
    let places = storage.clone();
    let opened = web::block(move || Storage::open(&places)).await.map_err(StartError::Interrupted)??;
    opened.check_objects(storage).await?;
    let options = SetupOptions { admin_key: config.admin_key.clone(), timezone: None };
    let first_start = set_up(&*opened.repositories.setup, &options, &*clock, &*ids)?;
    let model = config.model.as_ref().map(models::open).transpose()?;
    let state = AppState::new(opened, clock, ids, Assistant::new(model), &config).map_err(ServiceError::from)?;
    let state = web::Data::new(state);
    serve(state, first_start, &config)
}

fn serve(
    state: web::Data<AppState>,
    first_start: Option<FirstStart>,
    config: &ServeConfig,
) -> Result<RunningServer, StartError> {
    let shared = state.clone();
    let server = HttpServer::new(move || app(shared.clone()))
        .workers(config.workers)
        .shutdown_timeout(config.shutdown_timeout.as_secs())
        // A client that closes its side is gone: what was running for it alone is dropped, and so stops.
        .h1_allow_half_closed(false)
        // Signals are ours: the stores are flushed after the last request.
        .disable_signals()
        .bind(config.listen)
        .map_err(StartError::Bind)?;
    let address = *server.addrs().first().expect("a bound server has an address");
    let server = server.run();
    let handle = server.handle();
    let task = rt::spawn(server);
    tracing::info!(%address, "listening");
    let background = background::start(&state, config);
    let shutdown_timeout = config.shutdown_timeout;
    Ok(RunningServer { address, handle, task, background, shutdown_timeout, state, first_start })
}

impl RunningServer {
    /// Where it listens; tells the port where any free one was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What this start made, if it was the first one on its data.
    pub fn first_start(&self) -> Option<&FirstStart> {
        self.first_start.as_ref()
    }

    /// What its handlers share.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Checks the alerts that are due now, apart from the rounds that come by themselves. Sends nothing.
    pub async fn check_alerts(&self) -> CheckRound {
        check_due(&self.state, &|| false).await
    }

    /// Sends the notifications that are due now, likewise.
    pub async fn send_notifications(&self) -> SendRound {
        send_due(&self.state, &|| false).await
    }

    /// Sums up the recordings that are due now, likewise.
    pub async fn write_about_recordings(&self) -> WritingRound {
        write_due(&self.state, &|| false).await
    }

    /// Has the sessions of coding agents that are due now judged, likewise.
    pub async fn judge_sessions(&self) -> JudgingRound {
        judge_due(&self.state, &|| false).await
    }

    /// Computes the results of endpoints that are due now, likewise, and removes those that nobody wants.
    pub async fn refresh_endpoints(&self) -> RefreshRound {
        refresh_due(&self.state, &|| false).await
    }

    /// Removes results that nothing is known of, likewise, and tells how many; `None` where that failed, which the log tells.
    pub async fn sweep_results(&self) -> Option<usize> {
        sweep(&self.state).await.ok()
    }

    /// Looks after videos now, likewise: what is of no more use is removed.
    pub async fn sweep_videos(&self) -> SweepRound {
        sweep_videos(&self.state, &|| false).await.unwrap_or_default()
    }

    /// Takes away logs that `retention` does not keep now, likewise, and tells how many.
    pub async fn retain_logs(&self, retention: Retention) -> u64 {
        retain(&self.state, retention, &|| false).await
    }

    /// Serves until `signal` comes, then stops in order.
    ///
    /// # Errors
    /// As [`Self::stop`].
    pub async fn until(self, signal: StopSignal) -> io::Result<()> {
        signal.wait().await?;
        tracing::info!("stopping: running requests may finish");
        self.stop().await
    }

    /// Takes no new requests, lets the running ones finish, and flushes the stores.
    ///
    /// # Errors
    /// Where the server had failed, or a store cannot be flushed.
    pub async fn stop(self) -> io::Result<()> {
        // They would keep the server waiting for their clients.
        self.state.log_tails.end();
        self.handle.stop(true).await;
        self.task.await.map_err(io::Error::other)??;
        self.background.stop(self.shutdown_timeout).await;
        let (events, logs) = (Arc::clone(&self.state.storage.events), Arc::clone(&self.state.storage.logs));
        web::block(move || events.flush()).await.map_err(io::Error::other)?.map_err(io::Error::other)?;
        web::block(move || logs.flush()).await.map_err(io::Error::other)?.map_err(io::Error::other)?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// SIGINT and SIGTERM, from when this is made: made before a server is announced, so that none ends the process unprepared.
#[cfg(unix)]
#[derive(Debug)]
pub struct StopSignal {
    terminate: rt::signal::unix::Signal,
    interrupt: rt::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    /// Takes the signals over from the system. To be called in an actix system.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn listen() -> io::Result<Self> {
        use actix_web::rt::signal::unix::{SignalKind, signal};

        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(mut self) -> io::Result<()> {
        futures::future::select(Box::pin(self.terminate.recv()), Box::pin(self.interrupt.recv())).await;
        Ok(())
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    /// Nothing has to be prepared.
    ///
    /// # Errors
    /// None.
    pub fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn wait(self) -> io::Result<()> {
        rt::signal::ctrl_c().await
    }
}
