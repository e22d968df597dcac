//! Letting the language model judge sessions of coding agents in which nothing more happens.
//!
//! Each session is judged under a lease of its own, so that it is judged once however many servers run. Where there is no model nobody is asked: the rules
//! have judged a session each time that something of it came in.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::rt::time::sleep;
use actix_web::web;
use agent_sessions::judge::{Case, Judgement, SessionJudge, TASK, read_verdict};
use agent_sessions::model::SessionKey;
use agent_sessions::repository::session_uid;
use async_trait::async_trait;
use chrono::TimeDelta;
use language_model::assistant::Assistant;
use language_model::prompt::Prompt;

use super::leases::under_lease;
use super::{Stopping, every};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::{ApiError, Chain};

/// How often it is looked for sessions to be judged.
const INTERVAL: Duration = Duration::from_secs(30);

/// Most sessions that are judged in one round.
const MAX_PER_ROUND: u32 = 20;

/// Longest verdict, in the model's tokens.
const MAX_VERDICT_TOKENS: u32 = 4000;

/// How much longer than a model may take a lease is held.
const LEASE_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgingRound {
    /// Sessions that were found due.
    pub n_due: usize,
    /// Sessions that were judged, by the model or in its place.
    pub n_judged: usize,
}

/// The language model as a judge.
#[derive(Debug)]
struct ModelJudge<'a> {
    assistant: &'a Assistant,
    /// How long it may take.
    time: Duration,
}

#[async_trait]
impl SessionJudge for ModelJudge<'_> {
    async fn judge(&self, case: &Case) -> Judgement {
        if !case.has_text() {
            return Judgement::Rules;
        }
        let prompt = Prompt { task: TASK, data: case.data(), max_tokens: MAX_VERDICT_TOKENS, is_json: true };
        let (assistant, time, case) = (self.assistant.clone(), self.time, case.clone());
        // The time that it may take is of the framework's thread, which futures that may move do not stand on.
        let (done, judged) = futures::channel::oneshot::channel();
        actix_web::rt::spawn(async move {
            let asked = assistant.ask(&prompt, |answer| read_verdict(answer, &case), sleep(time)).await;
            // An error says that nobody waits.
            let _ = done.send(asked);
        });
        match judged.await {
            Ok(Some(Ok((verdict, _)))) => Judgement::Model(verdict),
            Ok(Some(Err(failure))) => {
                tracing::warn!(error = %Chain(&failure), "rules judge a session in place of the language model");
                Judgement::Failed
            }
            Ok(None) | Err(_) => Judgement::Rules,
        }
    }
}

/// Begins to look every half a minute; not where there is no model.
pub(super) fn start(state: &web::Data<AppState>, stopping: &Stopping) -> Option<JoinHandle<()>> {
    if !state.assistant.has_model() {
        return None;
    }
    let judging = state.clone();
    Some(every(INTERVAL, stopping.clone(), move |stopping| {
        let state = judging.clone();
        async move {
            judge_due(&state, &|| stopping.is_asked_for()).await;
        }
    }))
}

/// Judges the sessions that are due, until `stop` says to begin no more.
pub(crate) async fn judge_due(state: &web::Data<AppState>, stop: &dyn Fn() -> bool) -> JudgingRound {
    let services = state.clone();
    // What fails below is in the log, and the round after tries again.
    let Ok(due) = blocking(move || services.agent_sessions.due(MAX_PER_ROUND)).await else {
        return JudgingRound::default();
    };
    let mut round = JudgingRound { n_due: due.len(), n_judged: 0 };
    for key in due {
        if stop() {
            break;
        }
        round.n_judged += usize::from(matches!(judge(state, key).await, Ok(true)));
    }
    round
}

/// Has one session judged now, unless another server is at it, and tells whether it was.
pub(crate) async fn judge(state: &web::Data<AppState>, key: SessionKey) -> Result<bool, ApiError> {
    let duration = TimeDelta::from_std(state.writing_time).unwrap_or(LEASE_MARGIN) + LEASE_MARGIN;
    let name = format!("agent-session:{}", session_uid(&key));
    let judged = under_lease(state, name, duration, async {
        let services = state.clone();
        let Some(docket) = blocking(move || services.agent_sessions.docket(&key)).await? else { return Ok(false) };
        let judge = ModelJudge { assistant: &state.assistant, time: state.writing_time };
        let judgement = judge.judge(&docket.case).await;
        let services = state.clone();
        blocking(move || services.agent_sessions.judge(&docket, &judgement)).await?;
        Ok(true)
    });
    Ok(judged.await?.unwrap_or(false))
}
