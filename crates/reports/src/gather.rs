//! Gathering the facts of a report from where sessions are kept.

use std::collections::BTreeMap;

use agent_sessions::model::{DeveloperId, Session, SessionKey};
use agent_sessions::repository::{Filter, Slice};
use agent_sessions::service::SessionService;
use agent_sessions::window::Span;
use insights_core::error::ServiceError;
use insights_core::ids::OrganizationId;
use insights_core::problem::Problem;

use crate::control::{Cancel, Cancelled};
use crate::facts::{Facts, SessionTurns};
use crate::period::needed_from;

/// Most sessions of a report, with those that it is compared with.
pub const MAX_SESSIONS: usize = 20_000;
/// How many sessions are asked for at once.
const PAGE: u32 = 200;

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// Nobody wants them any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The store fails, or there is too much.
    #[error("sessions could not be read")]
    Service(#[from] ServiceError),
}

/// The facts of a report about `period`: of a developer, or of all of the organization.
///
/// # Errors
/// [`GatherError`]; a refusal that names `from` where there are more than [`MAX_SESSIONS`].
pub fn gather(
    service: &SessionService,
    organization: OrganizationId,
    developer: Option<DeveloperId>,
    period: Span,
    cancel: &Cancel,
) -> Result<Facts, GatherError> {
    let began = Span { from: needed_from(period), to: period.to };
    let filter = Filter { organization, developer, began };
    // A session that begins meanwhile moves the others to later pages, so that one may come twice.
    let mut sessions: BTreeMap<SessionKey, Session> = BTreeMap::new();
    let mut offset = 0;
    loop {
        cancel.check()?;
        let page = service.sessions(&filter, Slice { offset, limit: PAGE })?;
        let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        sessions.extend(page.into_iter().map(|session| (session.key.clone(), session)));
        if sessions.len() > MAX_SESSIONS {
            let detail = format!(
                "There are more than {MAX_SESSIONS} sessions from {} on, with which the period is compared. Ask for a shorter one.",
                began.from.to_rfc3339()
            );
            return Err(ServiceError::from(Problem::invalid("from", detail)).into());
        }
        if is_last {
            break;
        }
        offset += u64::from(PAGE);
    }
    cancel.check()?;
    let sub_sessions = service.sub_sessions(&filter)?;
    let mut turns = Vec::new();
    for key in sessions.values().filter(|session| period.contains(session.started_at)).map(|session| &session.key) {
        cancel.check()?;
        match service.require(key.organization, Some(key.developer), &key.session_id) {
            Ok(full) => turns.push(SessionTurns { session: key.clone(), turns: full.turns }),
            // It is not there any more.
            Err(ServiceError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Facts { sessions: sessions.into_values().collect(), sub_sessions, turns })
}
