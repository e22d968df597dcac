//! Events and points → a session.

mod arcs;
mod drafts;
mod measured;
mod sources;
mod totals;
mod wording;

use chrono::{DateTime, Utc};

use self::arcs::arcs;
use self::drafts::drafts;
use self::measured::Measured;
use crate::event::TelemetryEvent;
use crate::judge::{Case, Judgement};
use crate::metric::TelemetryMetric;
use crate::model::{FullSession, SessionKey};

/// All that is known of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// Which session.
    pub key: SessionKey,
    /// Its events, each once.
    pub events: Vec<TelemetryEvent>,
    /// The points of its metrics, each once.
    pub metrics: Vec<TelemetryMetric>,
}

/// A session that has been put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Assembly {
    /// It.
    pub full: FullSession,
    /// What a judge is shown of it.
    pub case: Case,
}

/// Puts a session together, judged as `judgement` says where that still fits, by rules else. `None` where nothing is known of it.
pub fn assemble(material: &Material, judgement: &Judgement, generated_at: DateTime<Utc>) -> Option<Assembly> {
    let events = sources::merged(&material.events);
    let times = events.iter().map(|event| event.time).chain(material.metrics.iter().map(|point| point.time));
    let (started_at, ended_at) = times.fold(None, |span: Option<(DateTime<Utc>, DateTime<Utc>)>, time| {
        Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))))
    })?;
    let measured = Measured::of(&material.metrics);
    let drafted = drafts(&events, started_at);
    let arcs = arcs(&drafted.drafts, judgement);
    Some(totals::finish(totals::Parts {
        material,
        events: &events,
        span: (started_at, ended_at),
        measured,
        drafted,
        arcs,
        judgement,
        generated_at,
    }))
}

#[cfg(test)]
mod tests;
