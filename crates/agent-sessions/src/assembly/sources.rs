//! One order of events out of what telemetry, transcripts and captures tell of the same session.
//!
//! The same thing may be told by several of them, in different words and a little apart in time. What counts is taken from one: telemetry where there is any,
//! else transcripts, else captures. The others lend it what it does not tell (the texts of prompts and answers, what tools were given), and count
//! themselves only in turns that lie more than a minute before or after all that the first one tells.

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::{EventKind, EventSource, TelemetryEvent, ToolDetail};

/// How far clocks of two sources may be apart at the bounds.
const BOUND: TimeDelta = TimeDelta::minutes(1);

/// How far the two tellings of one prompt may be apart.
const SAME_PROMPT: TimeDelta = TimeDelta::seconds(10);

/// All events that count, by time, those of one instant by their sequence.
pub(super) fn merged(events: &[TelemetryEvent]) -> Vec<TelemetryEvent> {
    let of = |source| {
        let mut events: Vec<TelemetryEvent> = events.iter().filter(|event| event.source == source).cloned().collect();
        sort(&mut events);
        events
    };
    let mut all = of(EventSource::Telemetry);
    for source in [EventSource::Transcript, EventSource::Capture] {
        join(&mut all, of(source));
    }
    all
}

fn sort(events: &mut [TelemetryEvent]) {
    events.sort_by(|a, b| {
        let sequences = match (a.sequence, b.sequence) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => std::cmp::Ordering::Equal,
        };
        a.time.cmp(&b.time).then(sequences)
    });
}

/// Whether something was asked or answered: a source without that tells nothing of turns.
fn is_of_turn(event: &TelemetryEvent) -> bool {
    matches!(event.kind, EventKind::UserPrompt { .. } | EventKind::ApiRequest(_))
}

fn span(events: &[TelemetryEvent]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let mut times = events.iter().filter(|event| is_of_turn(event)).map(|event| event.time);
    let first = times.next()?;
    Some((first, times.next_back().unwrap_or(first)))
}

fn join(base: &mut Vec<TelemetryEvent>, others: Vec<TelemetryEvent>) {
    let Some((first, last)) = span(base) else {
        base.extend(others);
        return sort(base);
    };
    let is_within = |time: DateTime<Utc>| time >= first - BOUND && time <= last + BOUND;
    let mut lending = Vec::new();
    let mut counting = Vec::new();
    let mut lends = None;
    for event in others {
        if lends.is_none() || matches!(event.kind, EventKind::UserPrompt { .. }) {
            lends = Some(is_within(event.time));
        }
        if lends == Some(true) { lending.push(event) } else { counting.push(event) }
    }
    let answers_are_told = base.iter().any(|event| matches!(event.kind, EventKind::AssistantResponse { .. }));
    for event in base.iter_mut() {
        borrow(event, &lending);
    }
    if !answers_are_told {
        base.extend(lending.into_iter().filter(|event| matches!(event.kind, EventKind::AssistantResponse { .. })));
    }
    base.extend(counting);
    sort(base);
}

/// Gives an event what `lenders` tell of it and it does not.
fn borrow(event: &mut TelemetryEvent, lenders: &[TelemetryEvent]) {
    let (time, id) = (event.time, event.prompt_id.clone());
    match &mut event.kind {
        EventKind::UserPrompt { text: text @ None, length, message_id, .. } => {
            let lent = lenders.iter().find_map(|lender| {
                let EventKind::UserPrompt { text: Some(lent), message_id: lent_id, .. } = &lender.kind else {
                    return None;
                };
                let same_id = id.is_some() && id == lender.prompt_id || message_id.is_some() && *message_id == *lent_id;
                let n_characters = u64::try_from(lent.chars().count()).ok();
                let same_place = (lender.time - time).abs() <= SAME_PROMPT
                    && length.is_none_or(|length| Some(length) == n_characters);
                (same_id || same_place).then(|| lent.clone())
            });
            *text = lent;
        }
        EventKind::ToolResult(result) if result.detail == ToolDetail::default() || result.detail.is_cut => {
            let lent = lenders.iter().find_map(|lender| match &lender.kind {
                EventKind::ToolResult(lent) if lent.tool_use_id.is_some() && lent.tool_use_id == result.tool_use_id => {
                    Some(&lent.detail)
                }
                _ => None,
            });
            if let Some(lent) = lent {
                let commit = result.detail.commit.take();
                result.detail = lent.clone();
                result.detail.commit = commit.or_else(|| lent.commit.clone());
            }
        }
        _ => {}
    }
}
