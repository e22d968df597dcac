//! Starts servers and asks them, as clients do: over HTTP, on a port of their own, with a data folder of their own.
//!
//! ```ignore
//! let server = TestServer::start();
//! let answer = server.admin().get("/api/projects/").expect(200);
//! insta::assert_json_snapshot!(answer.redacted(), @"…");
//! ```
//!
//! Metadata is in SQLite, or in PostgreSQL where `HINDSIGHT_TEST_DATABASE=postgres`; then `HINDSIGHT_TEST_POSTGRES_URL` names the server, and each
//! test makes a database of its own on it.

pub(crate) mod client;
pub(crate) mod data;
pub(crate) mod model;
pub(crate) mod process;
pub(crate) mod recall;
pub(crate) mod receiver;
pub(crate) mod redact;
pub(crate) mod setting;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::rt;
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::future::{FutureExt, LocalBoxFuture};
use hindsight::background::agent_sessions::JudgingRound;
use hindsight::background::alerts::{CheckRound, SendRound};
use hindsight::background::materialization::RefreshRound;
use hindsight::background::recordings::WritingRound;
use hindsight::config::{
    AlertArguments, MaterializationArguments, RecordingArguments, ServeConfig, ServeSettings, StorageConfig,
};
use hindsight::server::RunningServer;
use hindsight::{server, storage};
use insights_core::api_key::KeyKind;
use insights_core::api_key::repository::KeyLimit;
use insights_core::api_key::service::{ApiKeyService, NewApiKey};
use insights_core::ids::RandomIds;
use insights_core::time::{Clock, SystemClock};
use logs::store::Retention;
use object_storage::S3Settings;
use recordings::video::sweep::SweepRound;
use serde_json::json;
use test_s3::TestS3;

pub(crate) use client::Client;
use data::TestData;

/// The key that every test server starts with: all scopes, the owner of everything that the first start made.
pub(crate) const ADMIN_KEY: &str = "phx_test_admin_key_of_every_test_server";

/// Something to be done where the server runs.
type Job = Box<dyn for<'a> FnOnce(&'a RunningServer) -> LocalBoxFuture<'a, ()> + Send>;

type JobSender = UnboundedSender<Job>;

/// A server of one test. It stops, and its data goes, when this is dropped.
#[derive(Debug)]
pub(crate) struct TestServer {
    address: SocketAddr,
    jobs: Option<JobSender>,
    thread: Option<JoinHandle<()>>,
    storage: StorageConfig,
    data: TestData,
}

/// An organization with a project, and a key of its own that reaches nothing else.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// Asks with the key.
    pub(crate) client: Client,
    /// Number of the project.
    pub(crate) project: i64,
    /// The project's public token.
    pub(crate) api_token: String,
    /// The organization's id.
    pub(crate) organization: String,
}

impl TestServer {
    /// A server as it is by default.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// A server whose configuration was changed.
    pub(crate) fn start_with(change: impl FnOnce(&mut ServeConfig)) -> Self {
        Self::start_at(Arc::new(SystemClock), change)
    }

    /// A server whose time is told by `clock` and whose configuration was changed.
    pub(crate) fn start_at(clock: Arc<dyn Clock>, change: impl FnOnce(&mut ServeConfig)) -> Self {
        let data = TestData::new();
        let storage = storage_config(&data);
        Self::start_on(storage, data, clock, change)
    }

    /// As [`Self::start_at`], with the objects in `s3`.
    pub(crate) fn start_with_s3(s3: &TestS3, clock: Arc<dyn Clock>, change: impl FnOnce(&mut ServeConfig)) -> Self {
        let data = TestData::new();
        let settings = S3Settings {
            endpoint: Some(s3.endpoint()),
            access_key_id: Some(test_s3::ACCESS_KEY_ID.to_owned()),
            secret_access_key: Some(test_s3::SECRET_ACCESS_KEY.to_owned()),
            ..S3Settings::default()
        };
        let object_store = format!("{}/objects", s3.location());
        let storage = StorageConfig { object_store, s3: settings, ..storage_config(&data) };
        Self::start_on(storage, data, clock, change)
    }

    /// Another server over the metadata and the objects of this one, with a data folder of its own.
    pub(crate) fn beside(&self, clock: Arc<dyn Clock>) -> Self {
        let data = TestData::new();
        let storage = StorageConfig { data_dir: data.path().to_owned(), ..self.storage.clone() };
        Self::start_on(storage, data, clock, |_| {})
    }

    /// Stops the server, and starts another one on the same data.
    pub(crate) fn restart(&mut self, clock: Arc<dyn Clock>, change: impl FnOnce(&mut ServeConfig)) {
        self.stop_and_wait();
        let (address, jobs, thread) = run(self.storage.clone(), changed_config(change), clock);
        (self.address, self.jobs, self.thread) = (address, Some(jobs), Some(thread));
    }

    fn start_on(
        storage: StorageConfig,
        data: TestData,
        clock: Arc<dyn Clock>,
        change: impl FnOnce(&mut ServeConfig),
    ) -> Self {
        let (address, jobs, thread) = run(storage.clone(), changed_config(change), clock);
        Self { address, jobs: Some(jobs), thread: Some(thread), storage, data }
    }

    /// Checks the alerts that are due now.
    pub(crate) fn check_alerts(&self) -> CheckRound {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.check_alerts().await);
            }
            .boxed_local()
        })
    }

    /// Computes the results of endpoints that are due now.
    pub(crate) fn refresh_endpoints(&self) -> RefreshRound {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.refresh_endpoints().await);
            }
            .boxed_local()
        })
    }

    /// Removes results that nothing is known of, and tells how many.
    pub(crate) fn sweep_results(&self) -> Option<usize> {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.sweep_results().await);
            }
            .boxed_local()
        })
    }

    /// Sends the notifications that are due now.
    pub(crate) fn send_notifications(&self) -> SendRound {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.send_notifications().await);
            }
            .boxed_local()
        })
    }

    /// Sums up the recordings that are due now.
    pub(crate) fn write_about_recordings(&self) -> WritingRound {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.write_about_recordings().await);
            }
            .boxed_local()
        })
    }

    /// Has the sessions of coding agents judged that are due now.
    pub(crate) fn judge_sessions(&self) -> JudgingRound {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.judge_sessions().await);
            }
            .boxed_local()
        })
    }

    /// Looks after videos now.
    pub(crate) fn sweep_videos(&self) -> SweepRound {
        self.run(|server, done| {
            async move {
                let _ = done.send(server.sweep_videos().await);
            }
            .boxed_local()
        })
    }

    /// Takes away logs that are older, or more than so many bytes, and tells how many.
    pub(crate) fn retain_logs(&self, max_age: Duration, max_bytes: Option<u64>) -> u64 {
        let retention = Retention { max_age: Some(max_age), max_bytes };
        self.run(move |server, done| {
            async move {
                let _ = done.send(server.retain_logs(retention).await);
            }
            .boxed_local()
        })
    }

    /// Runs `job` where the server runs, and gives what it sends.
    fn run<T: Send + 'static>(
        &self,
        job: impl for<'a> FnOnce(&'a RunningServer, mpsc::Sender<T>) -> LocalBoxFuture<'a, ()> + Send + 'static,
    ) -> T {
        let (done, result) = mpsc::channel();
        let jobs = self.jobs.as_ref().expect("the server runs");
        jobs.unbounded_send(Box::new(move |server| job(server, done))).expect("the server runs");
        result.recv().expect("the job sends its result")
    }

    /// Scheme, host and port.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the server keeps its data.
    pub(crate) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// Asks with the key of the first start.
    pub(crate) fn admin(&self) -> Client {
        self.with_key(ADMIN_KEY)
    }

    /// Asks without a key.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.base(), None)
    }

    /// Asks with `key`.
    pub(crate) fn with_key(&self, key: &str) -> Client {
        Client::new(&self.base(), Some(key))
    }

    /// Asks with a new key that has `scopes` alone.
    pub(crate) fn with_scopes(&self, scopes: &[&str]) -> Client {
        let body = json!({"label": "test", "scopes": scopes});
        let key = self.admin().post("/api/personal_api_keys/", &body).expect(201).json();
        self.with_key(key["value"].as_str().unwrap())
    }

    /// Asks with a new key that has `scopes`, made as the command line makes keys: the REST route lets a user have ten.
    pub(crate) fn issue_key(&self, scopes: &[String]) -> Client {
        let repositories = storage::open_metadata(&self.storage).unwrap();
        let user = repositories.users.first().unwrap().unwrap();
        let keys = ApiKeyService::new(repositories.api_keys, Arc::new(SystemClock), Arc::new(RandomIds));
        let new = NewApiKey {
            kind: KeyKind::Personal,
            label: "test".to_owned(),
            scopes: scopes.to_vec(),
            scoped_projects: Vec::new(),
            scoped_organizations: Vec::new(),
            expires_at: None,
        };
        let issued = keys.create(user.id, &new, KeyLimit::Unlimited).unwrap();
        self.with_key(issued.secret.reveal())
    }

    /// What the first start made, asked for with the key of the first start.
    pub(crate) fn first_tenant(&self) -> Tenant {
        let client = self.admin();
        let project = client.get("/api/projects/@current/").expect(200).json();
        Tenant {
            client,
            project: project["id"].as_i64().unwrap(),
            api_token: project["api_token"].as_str().unwrap().to_owned(),
            organization: project["organization"].as_str().unwrap().to_owned(),
        }
    }

    /// Makes another organization with a project, and a key that reaches this organization alone.
    pub(crate) fn other_tenant(&self) -> Tenant {
        let admin = self.admin();
        let organization = admin.post("/api/organizations/", &json!({"name": "Other"})).expect(201).json();
        let organization = organization["id"].as_str().unwrap().to_owned();
        let body = json!({"name": "Other project", "organization": organization});
        let project = admin.post("/api/projects/", &body).expect(201).json();
        let body = json!({"label": "other", "scopes": ["*"], "scoped_organizations": [organization]});
        let key = admin.post("/api/personal_api_keys/", &body).expect(201).json();
        Tenant {
            client: self.with_key(key["value"].as_str().unwrap()),
            project: project["id"].as_i64().unwrap(),
            api_token: project["api_token"].as_str().unwrap().to_owned(),
            organization,
        }
    }

    fn stop_and_wait(&mut self) {
        // A server that nobody can give a job to any more stops.
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the server ends without a panic");
            }
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop_and_wait();
    }
}

/// Where test servers keep what is theirs.
fn storage_config(data: &TestData) -> StorageConfig {
    StorageConfig {
        data_dir: data.path().to_owned(),
        database_url: data.database_url().to_owned(),
        flush_rows: None,
        cache_bytes: None,
        object_store: data.path().join("objects").to_string_lossy().into_owned(),
        s3: S3Settings::default(),
    }
}

/// The configuration of test servers.
fn test_config() -> ServeConfig {
    let settings = ServeSettings {
        listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        workers: Some(2),
        admin_key: Some(ADMIN_KEY.to_owned()),
        alerts: AlertArguments {
            allow_private_webhooks: Some(true),
            alert_check_interval_s: Some(0),
            ..AlertArguments::default()
        },
        recordings: RecordingArguments { recording_check_interval_s: Some(0), ..RecordingArguments::default() },
        materialization: MaterializationArguments {
            materialization_interval_s: Some(0),
            ..MaterializationArguments::default()
        },
        ..ServeSettings::default()
    };
    settings.resolve(&hindsight::config::FileSettings::default()).unwrap()
}

fn changed_config(change: impl FnOnce(&mut ServeConfig)) -> ServeConfig {
    let mut config = test_config();
    change(&mut config);
    config
}

/// Runs a server on a thread of its own, and the jobs that it is given, until none can come any more.
fn run(storage: StorageConfig, config: ServeConfig, clock: Arc<dyn Clock>) -> (SocketAddr, JobSender, JoinHandle<()>) {
    let (jobs, mut given) = unbounded::<Job>();
    let (started, start) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        rt::System::new().block_on(async move {
            let running = server::start_at(&storage, config, clock).await.expect("the server starts");
            started.send(running.address()).expect("the test waits for the address");
            while let Some(job) = given.next().await {
                job(&running).await;
            }
            running.stop().await.expect("the server stops in order");
        });
    });
    let address = start.recv().expect("the server tells its address");
    (address, jobs, thread)
}
