//! The use cases of visitors: what a public link leads to, and what opens it.

use std::net::IpAddr;

use chrono::TimeDelta;
use insights_core::activity::diff::{Change, ChangeAction};
use insights_core::activity::{ActivityDetail, NewActivity};
use insights_core::dashboard::{Dashboard, Tile};
use insights_core::error::ServiceResult;
use insights_core::ids::InsightId;
use insights_core::insight::Insight;
use insights_core::insight::repository::InsightKey;
use insights_core::problem::Problem;
use insights_core::project::Project;
use insights_core::repositories::DeletedRows;
use serde_json::json;

use crate::model::{AccessToken, SharePassword, SharedThing, Sharing};
use crate::password::PlainPassword;
use crate::proof::{LIFETIME, Proof};
use crate::service::{SharingService, Subject};
use crate::throttle::TooSoon;

/// How often a dashboard's last visit is written down.
const TOUCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// What the activity log calls the guesses of visitors.
pub mod verb {
    /// A visitor knew a password.
    pub const LOGIN_SUCCESS: &str = "share_login_success";
    /// A visitor knew none.
    pub const LOGIN_FAILED: &str = "share_login_failed";
}

/// What a link leads to: a share that is enabled, of a thing that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// The share.
    pub sharing: Sharing,
    /// The token of the link, which may be one that was replaced a little while ago.
    pub link: AccessToken,
    /// The project of the thing.
    pub project: Project,
    /// The thing.
    pub content: Content,
}

/// A shared thing.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// An insight.
    Insight(Insight),
    /// A dashboard, with its tiles.
    Dashboard(Dashboard),
}

impl Shared {
    /// The insights that the link shows: of a dashboard, those on its tiles.
    pub fn insights(&self) -> Vec<InsightId> {
        match &self.content {
            Content::Insight(insight) => vec![insight.id],
            Content::Dashboard(dashboard) => dashboard.tiles.iter().filter_map(Tile::insight).collect(),
        }
    }

    /// Whether it stays unsaid who made and changed things, and when.
    pub fn hides_extra_details(&self) -> bool {
        self.sharing.fields.settings.is_some_and(|settings| settings.hide_extra_details == Some(true))
    }

    fn subject(&self) -> Subject {
        match &self.content {
            Content::Insight(insight) => Subject::from(insight),
            Content::Dashboard(dashboard) => Subject::from(dashboard),
        }
    }
}

/// What a visitor finds behind a link.
#[derive(Clone, Debug, PartialEq)]
pub enum Visit {
    /// Nothing, and nothing says why.
    Missing,
    /// A share that wants a password first.
    Locked(Shared),
    /// The share.
    Open(Shared),
}

/// What comes of a password.
#[derive(Clone, Debug, PartialEq)]
pub enum Unlocking {
    /// The link leads nowhere.
    Missing,
    /// The share is open without one.
    NotNeeded(Shared),
    /// It was not looked at: too many wrong ones came before.
    TooSoon(Shared, TooSoon),
    /// It is wrong.
    Wrong(Shared),
    /// It is right.
    Right {
        /// The share.
        shared: Shared,
        /// What opens the share from now on, for [`LIFETIME`].
        proof: String,
    },
}

impl SharingService {
    /// What the link with the token `link` leads to for a visitor with these proofs, of which one good one is enough.
    ///
    /// # Errors
    /// The repository's.
    pub fn visit(&self, link: &str, proofs: &[&str]) -> ServiceResult<Visit> {
        let Some(shared) = self.find(link)? else { return Ok(Visit::Missing) };
        if shared.sharing.fields.password_required && !proofs.iter().any(|proof| self.opens(&shared, proof)) {
            return Ok(Visit::Locked(shared));
        }
        if let Content::Dashboard(dashboard) = &shared.content {
            let now = self.clock.now();
            if dashboard.fields.last_accessed_at.is_none_or(|last| now - last >= TOUCH_INTERVAL) {
                self.dashboards.touch(dashboard.project, dashboard.id, now)?;
            }
        }
        Ok(Visit::Open(shared))
    }

    /// Tries a password of a visitor from `client`. Takes time and memory on purpose, as much for each password that the share has.
    ///
    /// The log is told of each try that was looked at.
    ///
    /// # Errors
    /// The repository's.
    pub fn unlock(&self, link: &str, password: &str, client: Option<IpAddr>) -> ServiceResult<Unlocking> {
        let Some(shared) = self.find(link)? else { return Ok(Unlocking::Missing) };
        if !shared.sharing.fields.password_required {
            return Ok(Unlocking::NotNeeded(shared));
        }
        let (share, now) = (shared.sharing.id, self.clock.now());
        if let Err(too_soon) = self.throttle.begin(share, client, now) {
            return Ok(Unlocking::TooSoon(shared, too_soon));
        }
        let known = PlainPassword::presented(password)
            .and_then(|password| shared.sharing.passwords.iter().find(|kept| kept.fields.hash.matches(&password)));
        self.log.append(&self.attempt_row(&shared, known, client))?;
        let Some(known) = known else { return Ok(Unlocking::Wrong(shared)) };
        self.throttle.succeeded(share, client);
        let proof = self.signer.sign(&Proof {
            project: shared.project.id,
            access_token: shared.link.clone(),
            password: known.id,
            expires_at: now + LIFETIME,
        });
        Ok(Unlocking::Right { shared, proof })
    }

    /// What the token of a link lets programs read, where no password is wanted.
    ///
    /// # Errors
    /// A 401 where it leads nowhere, or a password is wanted.
    pub fn authenticate(&self, link: &str) -> ServiceResult<Shared> {
        let found = self.find(link)?.filter(|shared| !shared.sharing.fields.password_required);
        found.ok_or_else(|| Problem::authentication_failed("Sharing access token is invalid.").into())
    }

    /// The enabled share with its live thing behind a link.
    fn find(&self, link: &str) -> ServiceResult<Option<Shared>> {
        let Some(link) = AccessToken::parse(link) else { return Ok(None) };
        let found = self.sharing.find_by_token(&link, self.clock.now())?;
        let Some(sharing) = found.filter(|sharing| sharing.fields.enabled) else { return Ok(None) };
        let rows = DeletedRows::Hidden;
        let content = match sharing.thing {
            SharedThing::Insight(id) => {
                self.insights.get(sharing.project, &InsightKey::Id(id), rows)?.map(Content::Insight)
            }
            SharedThing::Dashboard(id) => self.dashboards.get(sharing.project, id, rows)?.map(Content::Dashboard),
        };
        let project = self.projects.get(sharing.project)?;
        Ok(content.zip(project).map(|(content, project)| Shared { sharing, link, project, content }))
    }

    /// Whether the proof is of a password that still opens this link.
    fn opens(&self, shared: &Shared, proof: &str) -> bool {
        self.signer.verify(proof, self.clock.now()).is_some_and(|proof| {
            proof.access_token == shared.link
                && proof.project == shared.project.id
                && shared.sharing.passwords.iter().any(|password| password.id == proof.password)
        })
    }

    fn attempt_row(&self, shared: &Shared, known: Option<&SharePassword>, client: Option<IpAddr>) -> NewActivity {
        let (subject, thing) = (shared.subject(), shared.sharing.thing);
        let client_ip = client.map_or_else(|| "unknown".to_owned(), |client| client.to_canonical().to_string());
        let mut attempt = json!({
            "access_token_suffix": shared.link.suffix(),
            "client_ip": client_ip,
            "success": known.is_some(),
            "resource_type": thing.name(),
        });
        if let Some(known) = known {
            let note = Some(known.fields.note.as_str()).filter(|note| !note.is_empty());
            attempt["password_id"] = json!(known.id.0.to_string());
            attempt["password_note"] = json!(note.unwrap_or("Untitled password"));
        }
        let change = Change {
            r#type: thing.scope().to_owned(),
            action: ChangeAction::Changed,
            field: "authentication_attempt".to_owned(),
            before: None,
            after: Some(attempt),
        };
        NewActivity {
            organization: shared.project.organization,
            project: Some(shared.project.id),
            user: None,
            is_system: false,
            activity: if known.is_some() { verb::LOGIN_SUCCESS } else { verb::LOGIN_FAILED }.to_owned(),
            scope: thing.scope().to_owned(),
            item_id: thing.number().to_string(),
            detail: ActivityDetail { changes: Some(vec![change]), ..subject.detail() },
            created_at: self.clock.now(),
        }
    }
}

#[cfg(test)]
mod tests;
