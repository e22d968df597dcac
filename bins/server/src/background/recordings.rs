//! Summing up recordings whose meeting is over: what it was about, and who is to do what.
//!
//! Each recording is summed up under a lease of its own, so that it is done once however many servers run. What is due is stored, so that it is done after
//! a restart too.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web;
use chrono::TimeDelta;
use language_model::meeting::{Meeting, Notes, Utterance, meeting_prompt, notes, read_notes};
use recordings::model::ExtractedTask;
use recordings::repository::DueRecording;
use recordings::service::{Job, Texts};

use super::leases::under_lease;
use super::{Stopping, every};
use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;
use crate::writing::write;

/// How much longer than a model may take a lease is held.
const LEASE_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WritingRound {
    /// Recordings that were found due.
    pub n_due: usize,
    /// Recordings that were summed up, and what was written stored.
    pub n_written: usize,
}

/// Begins to look every `interval`.
pub(super) fn start(state: &web::Data<AppState>, interval: Duration, stopping: &Stopping) -> JoinHandle<()> {
    let writing = state.clone();
    every(interval, stopping.clone(), move |stopping| {
        let state = writing.clone();
        async move {
            write_due(&state, &|| stopping.is_asked_for()).await;
        }
    })
}

/// Sums up the recordings that are due, until `stop` says to begin no more.
pub(crate) async fn write_due(state: &web::Data<AppState>, stop: &dyn Fn() -> bool) -> WritingRound {
    let services = state.clone();
    // What fails below is in the log, and the round after tries again.
    let Ok(due) = blocking(move || services.recordings.due()).await else { return WritingRound::default() };
    let mut round = WritingRound { n_due: due.len(), n_written: 0 };
    // One after the other: a model is asked about one meeting at a time, and the built-in writer keeps a processor busy.
    for due in due {
        if stop() {
            break;
        }
        round.n_written += usize::from(matches!(write_under_lease(state, due).await, Ok(true)));
    }
    round
}

/// Sums up one recording unless another server is at it, and tells whether it did.
async fn write_under_lease(state: &web::Data<AppState>, due: DueRecording) -> Result<bool, ApiError> {
    let duration = TimeDelta::from_std(state.writing_time).unwrap_or(LEASE_MARGIN) + LEASE_MARGIN;
    let written = under_lease(state, format!("recording:{}", due.id), duration, sum_up(state, due));
    Ok(written.await?.unwrap_or(false))
}

async fn sum_up(state: &web::Data<AppState>, due: DueRecording) -> Result<bool, ApiError> {
    let services = state.clone();
    let Some(job) = blocking(move || services.recordings.begin(due)).await? else { return Ok(false) };
    let meeting = meeting(&job);
    let (meeting, builtin) = blocking(move || {
        let builtin = notes(&meeting);
        Ok::<_, ApiError>((meeting, builtin))
    })
    .await?;
    let prompt = meeting_prompt(&meeting, &builtin);
    let written = write(state, &prompt, read_notes, || builtin).await;
    let (services, texts, writer) = (state.clone(), texts(written.value), written.writer.name());
    let stored = blocking(move || services.recordings.conclude(&job, Some(&texts))).await?;
    if let Some(recording) = &stored {
        tracing::info!(recording = %recording.id, writer, "summed up a recording");
    }
    Ok(stored.is_some())
}

fn meeting(job: &Job) -> Meeting {
    let said =
        job.segments.iter().map(|segment| Utterance { speaker: segment.speaker.clone(), text: segment.text.clone() });
    let fields = &job.recording.fields;
    Meeting { title: fields.meeting_title.clone(), participants: fields.participants.clone(), said: said.collect() }
}

fn texts(notes: Notes) -> Texts {
    let tasks = notes.tasks.into_iter().map(|task| ExtractedTask {
        title: task.title,
        description: task.description,
        assignee: task.assignee,
    });
    Texts { summary: notes.summary, tasks: tasks.collect() }
}
