//! Making reports about work with coding agents, and giving them in the form that somebody wants.

mod answer;
mod wire;

use std::time::Duration;

use actix_web::rt::time::interval;
use actix_web::{rt, web};
use agent_sessions::model::DeveloperId;
use insights_core::problem::Problem;
use reports::control::Cancel;
use reports::gather::{GatherError, gather};
use reports::narrative::read_narration;
use reports::record::{ReportRecord, Shelf};
use reports::report::Report;
use reports::service::{Begun, RENEWAL, Wish, busy, was_cancelled};

pub(crate) use self::answer::{answer, asked_language, format, kept_answer};
pub(crate) use self::wire::{
    CamelHistoryResponse, CamelRecordResponse, FormatParams, GenerateParams, HistoryParams, QuickParams, ReportParams,
    SnakeHistoryResponse, SnakeRecordResponse, history_limit, record_id,
};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::writing::write;

/// How often who makes a report looks whether it is still wanted: whoever cancels it, on whichever server, sees its end within a fifth of a second.
const LOOK: Duration = Duration::from_millis(50);

/// What a client learns of a failure whose cause is in the log.
const FAILED: &str = "The report could not be made: the server failed. Its log says why.";

/// Begins a report, and makes it beside the request, which may go away meanwhile. Gives the record and what tells when it is made.
///
/// # Errors
/// A 409 that names the report that is being made with the same scope, a 400 that names the parameter at fault.
pub(crate) async fn begin(
    state: &web::Data<AppState>,
    shelf: Shelf,
    wish: Wish,
) -> Result<(ReportRecord, rt::task::JoinHandle<Result<Report, ApiError>>), ApiError> {
    let services = state.clone();
    let record = match blocking(move || services.reports.begin(shelf, &wish)).await? {
        Begun::Started(record) => record,
        Begun::Busy(running) => return Err(busy(&running).into()),
    };
    let made = rt::spawn(make(state.clone(), record.clone()));
    Ok((record, made))
}

/// A report that nobody keeps, with words by this program.
///
/// # Errors
/// A 400 that names the parameter at fault.
pub(crate) async fn quick(state: &web::Data<AppState>, shelf: Shelf, wish: Wish) -> Result<Report, ApiError> {
    let services = state.clone();
    blocking(move || {
        let order = services.reports.order(&wish)?;
        compute(&services, shelf, &order, &Cancel::default())
    })
    .await
}

/// Makes a report under its lease, until it is there, fails, or is not wanted any more.
async fn make(state: web::Data<AppState>, record: ReportRecord) -> Result<Report, ApiError> {
    let cancel = Cancel::default();
    let ordered = record.clone();
    let work = written(&state, &ordered, &cancel);
    futures::pin_mut!(work);
    let mut looks = interval(LOOK);
    let mut renewals = interval(RENEWAL);
    let made = loop {
        tokio::select! {
            made = &mut work => break made,
            _ = looks.tick() => {
                let (services, running) = (state.clone(), record.clone());
                // A store that does not answer for a moment ends nothing.
                if matches!(blocking(move || services.reports.is_wanted(&running)).await, Ok(false)) {
                    cancel.cancel();
                    let (services, id) = (state.clone(), record.id);
                    blocking(move || services.reports.release(id)).await?;
                    return Err(was_cancelled().into());
                }
            }
            _ = renewals.tick() => {
                let (services, id) = (state.clone(), record.id);
                // The failure is in the log; the next renewal may do better.
                let _ = blocking(move || services.reports.renew(id)).await;
            }
        }
    };
    let services = state.clone();
    match made {
        Ok(report) => {
            let kept = blocking(move || {
                let kept = services.reports.complete(&record, &report)?;
                Ok::<_, ApiError>(kept.map(|_| report))
            });
            kept.await?.ok_or_else(|| was_cancelled().into())
        }
        Err(error) => {
            let why = reason(error.problem());
            blocking(move || services.reports.fail(&record, &why)).await?;
            Err(error)
        }
    }
}

/// What the record of a failed report says.
fn reason(problem: &Problem) -> String {
    if problem.kind.status() < 500 { problem.detail.clone() } else { FAILED.to_owned() }
}

/// Computes a report, and lets a model write its words where there is one.
async fn written(state: &web::Data<AppState>, record: &ReportRecord, cancel: &Cancel) -> Result<Report, ApiError> {
    let (services, shelf, order, stop) = (state.clone(), record.shelf, state.reports.order_of(record), cancel.clone());
    let report = blocking(move || compute(&services, shelf, &order, &stop)).await?;
    if !state.assistant.has_model() {
        return Ok(report);
    }
    let prompt = report.prompt();
    let narration = write(state, &prompt, |answer| read_narration(&report, answer).map(Some), || None).await;
    Ok(match narration.value {
        Some(narration) => report.narrated(narration),
        None => report,
    })
}

/// Blocks.
fn compute(
    state: &AppState,
    shelf: Shelf,
    order: &reports::common::Order,
    cancel: &Cancel,
) -> Result<Report, ApiError> {
    let developer = shelf.owner.developer.map(DeveloperId);
    let facts = gather(&state.agent_sessions, shelf.owner.organization, developer, order.period, cancel);
    let facts = facts.map_err(|error| match error {
        GatherError::Cancelled(_) => was_cancelled().into(),
        GatherError::Service(error) => ApiError::from(error),
    })?;
    Report::compute(shelf.version, &facts, order, cancel).map_err(|_| was_cancelled().into())
}
