//! The use cases of those who share: switch it on and off, change how it looks, replace the link, hand out passwords.

use std::fmt;
use std::sync::Arc;

use insights_core::activity::diff::{Change, ChangeAction};
use insights_core::activity::repository::ActivityRepository;
use insights_core::activity::{ActivityDetail, NewActivity};
use insights_core::auth::Actor;
use insights_core::dashboard::Dashboard;
use insights_core::dashboard::repository::DashboardRepository;
use insights_core::error::{RepositoryError, ServiceError, ServiceResult};
use insights_core::ids::{DashboardId, IdSource, ProjectId};
use insights_core::insight::Insight;
use insights_core::insight::repository::InsightRepository;
use insights_core::insight::service::InsightService;
use insights_core::problem::{Problem, ProblemKind};
use insights_core::project::repository::ProjectRepository;
use insights_core::repositories::{DeletedRows, Repositories};
use insights_core::retry;
use insights_core::server_secret::ServerSecret;
use insights_core::text::check_length;
use insights_core::time::Clock;
use serde_json::Value;

use crate::model::{
    AccessToken, GRACE, MAX_NOTE_CHARACTERS, MAX_PASSWORDS, SharePassword, SharePasswordFields, SharePasswordId,
    SharedThing, Sharing, SharingFields,
};
use crate::password::PlainPassword;
use crate::proof::ProofSigner;
use crate::repository::{FormerToken, SharingDraft, SharingRepository};
use crate::settings::SharingSettings;
use crate::throttle::GuessThrottle;

/// What the activity log calls the changes of a share.
pub mod verb {
    /// The public link works from now on.
    pub const ENABLED: &str = "sharing enabled";
    /// The public link works no more.
    pub const DISABLED: &str = "sharing disabled";
    /// The public link was replaced.
    pub const REFRESHED: &str = "access token refreshed";
}

/// A thing that is, or may be, shared, with what the log says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The thing.
    pub thing: SharedThing,
    /// Its name for people.
    pub name: Option<String>,
    /// Its name in addresses, of an insight.
    pub short_id: Option<String>,
}

impl From<&Insight> for Subject {
    fn from(insight: &Insight) -> Self {
        Self {
            thing: SharedThing::Insight(insight.id),
            name: insight.fields.display_name().map(str::to_owned),
            short_id: Some(insight.short_id.0.clone()),
        }
    }
}

impl From<&Dashboard> for Subject {
    fn from(dashboard: &Dashboard) -> Self {
        Self { thing: SharedThing::Dashboard(dashboard.id), name: dashboard.fields.name.clone(), short_id: None }
    }
}

/// How a thing is shared, as far as anybody has said.
#[derive(Clone, Debug, PartialEq)]
pub enum FoundSharing {
    /// As it is stored.
    Stored(Sharing),
    /// Not yet. The token is made up for those who want to see one; it is kept nowhere and opens nothing.
    Unsaved(AccessToken),
}

/// What of a share is to change. `None` leaves what there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharingPatch {
    /// See [`SharingFields::enabled`].
    pub enabled: Option<bool>,
    /// All settings, as the client has them (see [`SharingSettings::read`]); `Some(None)` takes them away.
    pub settings: Option<Option<Value>>,
    /// See [`SharingFields::password_required`].
    pub password_required: Option<bool>,
}

/// What a new password is asked for with. Its `Debug` form does not show the password.
#[derive(Clone, Default, PartialEq)]
pub struct NewSharePassword {
    /// The password; the server makes one where it is absent or empty.
    pub raw_password: Option<String>,
    /// See [`SharePasswordFields::note`].
    pub note: Option<String>,
}

impl fmt::Debug for NewSharePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSharePassword").field("note", &self.note).finish_non_exhaustive()
    }
}

/// A new password, to be shown this once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPassword {
    /// What is stored.
    pub password: SharePassword,
    /// The password itself.
    pub plain: PlainPassword,
}

/// The use cases of shares. Those of visitors are in [`crate::visit`].
#[derive(Clone, Debug)]
pub struct SharingService {
    pub(crate) sharing: Arc<dyn SharingRepository>,
    pub(crate) projects: Arc<dyn ProjectRepository>,
    pub(crate) insights: Arc<dyn InsightRepository>,
    pub(crate) dashboards: Arc<dyn DashboardRepository>,
    pub(crate) log: Arc<dyn ActivityRepository>,
    pub(crate) signer: ProofSigner,
    pub(crate) throttle: Arc<GuessThrottle>,
    pub(crate) clock: Arc<dyn Clock>,
    insight_service: InsightService,
    ids: Arc<dyn IdSource>,
}

impl SharingService {
    /// A service over the repositories that signs with a key out of `secret`.
    pub fn new(
        repositories: &Repositories,
        sharing: Arc<dyn SharingRepository>,
        secret: &ServerSecret,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            sharing,
            projects: Arc::clone(&repositories.projects),
            insights: Arc::clone(&repositories.insights),
            dashboards: Arc::clone(&repositories.dashboards),
            log: Arc::clone(&repositories.activity),
            signer: ProofSigner::new(secret),
            throttle: Arc::default(),
            insight_service: InsightService::new(repositories, Arc::clone(&clock), Arc::clone(&ids)),
            clock,
            ids,
        }
    }

    /// The project's live insight of that number or short id.
    ///
    /// # Errors
    /// `Insight not found.` (404) where there is none.
    pub fn insight(&self, project: ProjectId, selector: &str) -> ServiceResult<Subject> {
        match self.insight_service.require(project, selector) {
            Ok(insight) => Ok(Subject::from(&insight)),
            Err(ServiceError::Refused(problem)) if problem.kind == ProblemKind::NotFound => {
                Err(not_found("Insight not found.").into())
            }
            Err(error) => Err(error),
        }
    }

    /// The project's live dashboard of that number.
    ///
    /// # Errors
    /// `Dashboard not found.` (404) where there is none.
    pub fn dashboard(&self, project: ProjectId, id: DashboardId) -> ServiceResult<Subject> {
        let found = self.dashboards.get(project, id, DeletedRows::Hidden)?;
        found.as_ref().map(Subject::from).ok_or_else(|| not_found("Dashboard not found.").into())
    }

    /// How the thing is shared.
    ///
    /// # Errors
    /// The repository's.
    pub fn get(&self, project: ProjectId, subject: &Subject) -> ServiceResult<FoundSharing> {
        let stored = self.sharing.get(project, subject.thing)?;
        Ok(stored.map_or_else(|| FoundSharing::Unsaved(AccessToken::generate(&*self.ids)), FoundSharing::Stored))
    }

    /// Those of the project's dashboards whose public link works, by number.
    ///
    /// # Errors
    /// The repository's.
    pub fn shared_dashboards(&self, project: ProjectId, ids: &[DashboardId]) -> ServiceResult<Vec<DashboardId>> {
        Ok(self.sharing.shared_dashboards(project, ids)?)
    }

    /// Changes how the thing is shared. The link stays the same. The log tells where it was switched on or off.
    ///
    /// # Errors
    /// A refusal that names the field at fault.
    pub fn update(&self, actor: &Actor, subject: &Subject, patch: &SharingPatch) -> ServiceResult<Sharing> {
        let settings = match &patch.settings {
            Some(Some(value)) => Some(Some(SharingSettings::read(value)?)),
            Some(None) => Some(None),
            None => None,
        };
        self.write(actor, subject, |old| {
            let fields = SharingFields {
                enabled: patch.enabled.unwrap_or(old.enabled),
                settings: settings.unwrap_or(old.settings),
                password_required: patch.password_required.unwrap_or(old.password_required),
                ..old.clone()
            };
            let activity = (fields.enabled != old.enabled).then(|| {
                let change = Change {
                    r#type: subject.thing.scope().to_owned(),
                    action: ChangeAction::Changed,
                    field: "sharing".to_owned(),
                    before: Some(Value::Bool(old.enabled)),
                    after: Some(Value::Bool(fields.enabled)),
                };
                let verb = if fields.enabled { verb::ENABLED } else { verb::DISABLED };
                self.log_row(actor, subject, verb, Some(vec![change]))
            });
            (fields, None, activity)
        })
    }

    /// Replaces the link. The old one works for [`GRACE`] longer; passwords and settings stay.
    ///
    /// # Errors
    /// The repository's.
    pub fn refresh(&self, actor: &Actor, subject: &Subject) -> ServiceResult<Sharing> {
        self.write(actor, subject, |old| {
            let fields = SharingFields { access_token: AccessToken::generate(&*self.ids), ..old.clone() };
            let former = FormerToken { token: old.access_token.clone(), expires_at: self.clock.now() + GRACE };
            (fields, Some(former), Some(self.log_row(actor, subject, verb::REFRESHED, None)))
        })
    }

    /// Makes a password that opens the share, beside others. Takes time and memory on purpose (see [`PlainPassword::hash`]).
    ///
    /// # Errors
    /// A refusal that names the field at fault, also where the share asks for no password.
    pub fn add_password(
        &self,
        actor: &Actor,
        subject: &Subject,
        new: &NewSharePassword,
    ) -> ServiceResult<IssuedPassword> {
        let sharing = self.sharing.get(actor.project, subject.thing)?.filter(|found| found.fields.password_required);
        let sharing = sharing.ok_or_else(|| {
            Problem::invalid("password_required", "Password protection must be enabled before creating passwords")
        })?;
        let note = new.note.clone().unwrap_or_default();
        check_length("note", &note, MAX_NOTE_CHARACTERS)?;
        let plain = match new.raw_password.as_deref() {
            None | Some("") => PlainPassword::generate(&*self.ids),
            Some(text) => PlainPassword::chosen(text)?,
        };
        if sharing.passwords.len() >= MAX_PASSWORDS {
            return Err(RepositoryError::Limit { what: "passwords", limit: MAX_PASSWORDS }.into());
        }
        let hash = plain.hash(&*self.ids);
        let fields = SharePasswordFields { created_at: self.clock.now(), created_by: Some(actor.user), note, hash };
        let password = self.sharing.add_password(sharing.id, &fields, MAX_PASSWORDS)?;
        Ok(IssuedPassword { password, plain })
    }

    /// Makes a password open the share no more; whoever came in with it is out.
    ///
    /// # Errors
    /// `Password not found` (404) where the share has none of that number.
    pub fn remove_password(&self, project: ProjectId, subject: &Subject, id: SharePasswordId) -> ServiceResult<()> {
        let unknown = || not_found("Password not found");
        let sharing = self.sharing.get(project, subject.thing)?.ok_or_else(unknown)?;
        match self.sharing.deactivate_password(sharing.id, id) {
            Err(RepositoryError::NotFound { .. }) => Err(unknown().into()),
            result => Ok(result?),
        }
    }

    /// Stores what `change` makes of the fields, on top of changes that come between; those of a new share where there is none.
    fn write(
        &self,
        actor: &Actor,
        subject: &Subject,
        change: impl Fn(&SharingFields) -> (SharingFields, Option<FormerToken>, Option<NewActivity>),
    ) -> ServiceResult<Sharing> {
        let (project, thing) = (actor.project, subject.thing);
        retry::on_conflict(|| {
            let written = match self.sharing.get(project, thing)? {
                Some(old) => {
                    let (fields, former, activity) = change(&old.fields);
                    self.sharing.update(&Sharing { fields, ..old }, former.as_ref(), activity.as_ref())
                }
                None => {
                    // Nobody knows the token that a replacement replaces here, so it need not be kept.
                    let (fields, _, activity) = change(&self.new_fields());
                    self.sharing.create(&SharingDraft { project, thing, fields }, activity.as_ref())
                }
            };
            Ok(written?)
        })
    }

    fn new_fields(&self) -> SharingFields {
        SharingFields {
            created_at: self.clock.now(),
            enabled: false,
            access_token: AccessToken::generate(&*self.ids),
            settings: None,
            password_required: false,
        }
    }

    fn log_row(&self, actor: &Actor, subject: &Subject, verb: &str, changes: Option<Vec<Change>>) -> NewActivity {
        let detail = ActivityDetail { changes, ..subject.detail() };
        let item_id = subject.thing.number().to_string();
        NewActivity::by(actor, verb, subject.thing.scope(), item_id, detail, self.clock.now())
    }
}

impl Subject {
    /// What the log says of the thing itself.
    pub(crate) fn detail(&self) -> ActivityDetail {
        ActivityDetail { name: self.name.clone(), short_id: self.short_id.clone(), ..ActivityDetail::default() }
    }
}

fn not_found(detail: &str) -> Problem {
    Problem::new(ProblemKind::NotFound, "not_found", detail)
}

#[cfg(test)]
pub(crate) mod tests;
