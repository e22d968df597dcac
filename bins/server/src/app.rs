//! The application: what handlers share, and every middleware and route in its place. The server and the tests run the same one.

use std::sync::Arc;
use std::time::Duration;

use actions::service::ActionService;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, Error, rt, web};
use agent_sessions::service::SessionService;
use alerts::delivery::{Notifier, Notifiers, SigningKeys};
use alerts::service::AlertService;
use chrono::TimeDelta;
use clients::notifications::mail::MailNotifier;
use clients::notifications::webhook::WebhookNotifier;
use clients::recall::RecallUploads;
use cohorts::service::CohortService;
use datasets::dataset_service::DatasetService;
use datasets::item_service::ItemService;
use endpoints::materialized::service::MaterializationService;
use endpoints::service::EndpointService;
use event_store::EventStore;
use insights_core::api_key::service::ApiKeyService;
use insights_core::auth::service::AuthService;
use insights_core::dashboard::service::DashboardService;
use insights_core::error::RepositoryResult;
use insights_core::file_system::service::FileSystemService;
use insights_core::ids::IdSource;
use insights_core::insight::service::InsightService;
use insights_core::lease::LeaseHolder;
use insights_core::organization::service::OrganizationService;
use insights_core::project::service::ProjectService;
use insights_core::server_secret::ServerSecret;
use insights_core::time::Clock;
use language_model::assistant::Assistant;
use prompts::service::PromptService;
use recordings::recall::signature::WebhookSecret;
use recordings::service::RecordingService;
use recordings::uploads::VideoUploads;
use recordings::video::pool::BlockingPool;
use recordings::video::service::{VideoParts, VideoService};
use reports::service::ReportService;
use sharing::service::SharingService;
use uuid::Uuid;
use variables::service::VariableService;

use crate::changes::Changes;
use crate::config::{AlertsConfig, Limits, RecordingsConfig, ServeConfig};
use crate::log_tails::LogTails;
use crate::materialization::{EngineMaterializationRules, Materializer, MaterializerParts};
use crate::metrics::Metrics;
use crate::middleware::body_key::find_body_key;
use crate::middleware::observe::observe;
use crate::middleware::panics::catch_panics;
use crate::middleware::paths::canonical_paths;
use crate::middleware::security_headers::security_headers;
use crate::otlp::OtlpIntake;
use crate::password_work::PasswordWork;
use crate::project_tokens::ProjectTokens;
use crate::queries::{EngineRules, ExecutorConfig, InMemoryQueryStatusStore, QueryService, QueryServiceParts};
use crate::rate_limits::RateLimiter;
use crate::routes;
use crate::served_prompts::ServedPrompts;
use crate::storage::Storage;
use crate::vocabulary::Vocabularies;

/// How much longer than its queries may take a result of an endpoint is waited for.
const REFRESH_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// What the handlers of one server share.
#[derive(Debug)]
pub struct AppState {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives new ids.
    pub ids: Arc<dyn IdSource>,
    /// The opened stores.
    pub storage: Storage,
    /// Who is asking and what they may touch.
    pub auth: AuthService,
    /// Whether what is kept in memory still holds.
    pub(crate) changes: Changes,
    /// Making and changing projects.
    pub projects: ProjectService,
    /// Making organizations.
    pub organizations: OrganizationService,
    /// Making and changing keys.
    pub api_keys: ApiKeyService,
    /// Answering queries.
    pub queries: QueryService,
    /// Making and changing insights.
    pub insights: InsightService,
    /// Making and changing dashboards.
    pub dashboards: DashboardService,
    /// What is in which folder.
    pub file_system: FileSystemService,
    /// Making and changing actions.
    pub actions: ActionService,
    /// Taking in what coding agents tell, and what is made of it.
    pub agent_sessions: SessionService,
    /// Making, changing and checking alerts.
    pub alerts: AlertService,
    /// Telling people and programs that an alert fires.
    pub notifiers: Notifiers,
    /// What webhooks are signed with.
    pub(crate) signing_keys: Arc<dyn SigningKeys>,
    /// This run of the server, as leases name it.
    pub lease_holder: LeaseHolder,
    /// Making and changing cohorts.
    pub cohorts: CohortService,
    /// Making, changing and running endpoints.
    pub endpoints: EndpointService,
    /// Computing results of endpoints ahead of time, and answering from them.
    pub(crate) materializer: Materializer,
    /// Who writes texts.
    pub assistant: Assistant,
    /// How long a text may take; nothing is waited for where there is no model.
    pub(crate) writing_time: Duration,
    /// Public links: making and changing them, and what opens them.
    pub sharing: SharingService,
    /// Room for hashing passwords.
    pub(crate) password_work: PasswordWork,
    /// The names of projects that questions were asked about.
    pub(crate) vocabularies: Vocabularies,
    /// Making and changing datasets.
    pub datasets: DatasetService,
    /// Making, changing, taking in and giving out their items.
    pub dataset_items: ItemService,
    /// Making, changing and giving out prompts.
    pub prompts: PromptService,
    /// Prompts ready to be sent.
    pub(crate) served_prompts: ServedPrompts,
    /// Making and changing variables.
    pub variables: VariableService,
    /// Asking for reports about work with coding agents, and keeping them.
    pub reports: ReportService,
    /// Making, changing and summing up recordings.
    pub recordings: RecordingService,
    /// What Recall.ai signs its webhooks with; `None` where none are taken.
    pub(crate) webhook_secret: Option<WebhookSecret>,
    /// Where videos of new recordings go.
    pub uploads: Arc<dyn VideoUploads>,
    /// Taking videos, and giving them.
    pub videos: VideoService,
    /// Taking in what OpenTelemetry's clients send.
    pub(crate) otlp: OtlpIntake,
    /// The live tails of logs.
    pub(crate) log_tails: LogTails,
    /// How often keys may ask; `None` where that is not limited.
    pub(crate) rate_limiter: Option<RateLimiter>,
    /// Which project captured events are for.
    pub(crate) project_tokens: ProjectTokens,
    /// What signing keys are derived from; the same in all servers over one metadata database.
    pub server_secret: ServerSecret,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// What one request may take.
    pub limits: Limits,
    /// Scheme and host for addresses in answers; `None`: those of each request.
    pub public_url: Option<String>,
}

impl AppState {
    /// The services over `storage`, for a server that runs as `config` says.
    ///
    /// # Errors
    /// Where the secret of the metadata database can be neither read nor made.
    pub fn new(
        storage: Storage,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        assistant: Assistant,
        config: &ServeConfig,
    ) -> RepositoryResult<Self> {
        let repositories = &storage.repositories;
        let server_secret = ServerSecret::load(&*repositories.server_secret, &*ids)?;
        let clock_and_ids = || (Arc::clone(&clock), Arc::clone(&ids));
        let (project_clock, project_ids) = clock_and_ids();
        let (organization_clock, organization_ids) = clock_and_ids();
        let (key_clock, key_ids) = clock_and_ids();
        let metrics = Arc::new(Metrics::new());
        let queries = QueryService::new(
            QueryServiceParts {
                source: Arc::<EventStore>::clone(&storage.events),
                cache: Arc::clone(&repositories.query_cache),
                actions: Arc::clone(&storage.actions),
                cohorts: Arc::clone(&storage.cohorts),
                variables: Arc::clone(&storage.variables),
                statuses: Arc::new(InMemoryQueryStatusStore::default()),
                clock: Arc::clone(&clock),
                ids: Arc::clone(&ids),
                metrics: Arc::clone(&metrics),
            },
            ExecutorConfig::from(&config.limits),
        );
        let signing_keys: Arc<dyn SigningKeys> = Arc::new(WebhookKeys(server_secret.clone()));
        let addresses = config.alerts.addresses;
        let materializer = Materializer::new(MaterializerParts {
            service: MaterializationService::new(
                Arc::clone(&storage.materializations),
                Arc::clone(&clock),
                Arc::clone(&ids),
            ),
            projects: Arc::clone(&repositories.projects),
            objects: Arc::clone(&storage.objects),
            queries: queries.clone(),
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&metrics),
            cache_bytes: config.materialization.cache_bytes,
            patience: TimeDelta::from_std(config.limits.query_time * 2).unwrap_or(REFRESH_MARGIN) + REFRESH_MARGIN,
        });
        let recordings =
            RecordingService::new(Arc::clone(&storage.recordings), repositories, Arc::clone(&clock), Arc::clone(&ids));
        let videos = VideoService::new(VideoParts {
            uploads: Arc::clone(&storage.uploads),
            objects: Arc::clone(&storage.objects),
            recordings: Arc::clone(&storage.recordings),
            states: recordings.clone(),
            pool: Arc::new(ThreadsForBlocking),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            limits: config.recordings.videos,
        });
        let changes = Changes::new(Arc::clone(&repositories.changes));
        Ok(Self {
            agent_sessions: SessionService::new(
                Arc::clone(&storage.agent_sessions),
                Arc::clone(&clock),
                Arc::clone(&ids),
            ),
            alerts: AlertService::new(
                Arc::clone(&storage.alerts),
                repositories,
                Arc::clone(&clock),
                Arc::clone(&ids),
                addresses,
            ),
            notifiers: notifiers(&config.alerts, &signing_keys),
            signing_keys,
            lease_holder: LeaseHolder(ids.uuid()),
            auth: AuthService::new(repositories, Arc::clone(&clock)),
            changes: changes.clone(),
            projects: ProjectService::new(
                Arc::clone(&repositories.projects),
                Arc::new(EngineRules),
                project_clock,
                project_ids,
            ),
            organizations: OrganizationService::new(
                Arc::clone(&repositories.organizations),
                organization_clock,
                organization_ids,
            ),
            api_keys: ApiKeyService::new(Arc::clone(&repositories.api_keys), key_clock, key_ids),
            insights: InsightService::new(repositories, Arc::clone(&clock), Arc::clone(&ids)),
            file_system: FileSystemService::new(repositories),
            dashboards: DashboardService::new(repositories, Arc::clone(&clock)),
            actions: ActionService::new(Arc::clone(&storage.actions), Arc::clone(&clock)),
            cohorts: CohortService::new(Arc::clone(&storage.cohorts), Arc::clone(&clock)),
            endpoints: EndpointService::new(
                Arc::clone(&storage.endpoints),
                Arc::clone(&storage.variables),
                repositories,
                Arc::clone(&clock),
                Arc::clone(&ids),
            )
            .with_materialization_rules(Arc::new(EngineMaterializationRules {
                projects: Arc::clone(&repositories.projects),
                actions: Arc::clone(&storage.actions),
                cohorts: Arc::clone(&storage.cohorts),
                source: Arc::<EventStore>::clone(&storage.events),
                clock: Arc::clone(&clock),
            })),
            sharing: SharingService::new(
                repositories,
                Arc::clone(&storage.sharing),
                &server_secret,
                Arc::clone(&clock),
                Arc::clone(&ids),
            ),
            password_work: PasswordWork::default(),
            datasets: DatasetService::new(Arc::clone(&storage.datasets), Arc::clone(&clock), Arc::clone(&ids)),
            dataset_items: ItemService::new(
                Arc::clone(&storage.datasets),
                Arc::clone(&storage.dataset_items),
                Arc::clone(&clock),
                Arc::clone(&ids),
            ),
            prompts: PromptService::new(Arc::clone(&storage.prompts), Arc::clone(&clock), Arc::clone(&ids)),
            served_prompts: ServedPrompts::default(),
            variables: VariableService::new(Arc::clone(&storage.variables), Arc::clone(&clock), Arc::clone(&ids)),
            reports: ReportService::new(
                Arc::clone(&storage.reports),
                repositories,
                Arc::clone(&clock),
                Arc::clone(&ids),
            ),
            recordings,
            webhook_secret: config.recordings.webhook_secret.clone(),
            uploads: uploads(&config.recordings, &videos),
            videos,
            otlp: OtlpIntake::new(config.limits.query_concurrency),
            log_tails: LogTails::default(),
            project_tokens: ProjectTokens::new(Arc::clone(&repositories.projects), changes),
            server_secret,
            assistant,
            vocabularies: Vocabularies::default(),
            writing_time: config.model.as_ref().map_or(Duration::ZERO, |model| model.timeout),
            materializer,
            rate_limiter: config.rate_limits.then(RateLimiter::default),
            metrics,
            queries,
            limits: config.limits,
            public_url: config.public_url.clone(),
            storage,
            clock,
            ids,
        })
    }
}

/// The channels that `config` asks for.
fn notifiers(config: &AlertsConfig, keys: &Arc<dyn SigningKeys>) -> Notifiers {
    let mail = config.mail.as_ref().map(|settings| {
        let mail = MailNotifier::new(settings).expect("the settings were found to be good when they were read");
        Arc::new(mail) as Arc<dyn Notifier>
    });
    Notifiers {
        email: mail,
        webhook: Arc::new(WebhookNotifier::signed(config.addresses, Arc::clone(keys))),
        slack: Arc::new(WebhookNotifier::slack(config.addresses)),
    }
}

/// Recall.ai where there is a key for it, else this server.
fn uploads(config: &RecordingsConfig, videos: &VideoService) -> Arc<dyn VideoUploads> {
    match &config.recall {
        Some(settings) => {
            let uploads = RecallUploads::new(settings).expect("the settings were found to be good when they were read");
            Arc::new(uploads)
        }
        None => Arc::new(videos.clone()),
    }
}

/// The threads that `web::block` uses too.
#[derive(Debug)]
struct ThreadsForBlocking;

impl BlockingPool for ThreadsForBlocking {
    fn run(&self, work: Box<dyn FnOnce() + Send>) {
        let span = tracing::Span::current();
        // It runs whether or not anybody waits for it here: who does waits for what it sends.
        drop(rt::task::spawn_blocking(move || span.in_scope(work)));
    }
}

/// Keys that follow from the server's secret, so that none is stored.
#[derive(Debug)]
struct WebhookKeys(ServerSecret);

impl SigningKeys for WebhookKeys {
    fn signing_key(&self, destination: Uuid) -> String {
        let key = self.0.derive("webhook-signature", &destination.to_string());
        format!("whsec_{}", hex::encode(key))
    }
}

/// The application over `state`.
pub fn app(
    state: web::Data<AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(web::PayloadConfig::new(state.limits.body_bytes))
        .app_data(state)
        .configure(routes::configure)
        .default_service(web::to(routes::unmatched))
        // The last one wrapped sees the request first.
        .wrap(from_fn(find_body_key))
        .wrap(from_fn(catch_panics))
        .wrap(Compress::default())
        .wrap(from_fn(security_headers))
        .wrap(from_fn(canonical_paths))
        .wrap(from_fn(observe))
}
