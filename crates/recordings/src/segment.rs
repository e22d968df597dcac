//! What somebody said: a piece of a transcript.

use insights_core::problem::Problem;
use insights_core::text::check_length;
use serde::{Deserialize, Serialize};

/// Most segments of one request to append.
pub const MAX_BATCH_SEGMENTS: usize = 1000;

/// Longest text of a segment, in characters.
pub const MAX_TEXT_CHARACTERS: usize = 10_000;

/// Longest name of a speaker or a participant, in characters.
pub const MAX_NAME_CHARACTERS: usize = 255;

/// Latest time of a segment, in milliseconds: more than any clock since 1970 shows.
pub const MAX_TIMESTAMP_MS: f64 = 1e15;

/// A piece of a transcript, in the form in which it is kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// When it was said, in milliseconds from wherever the client counts; not negative.
    #[serde(rename = "timestamp", default)]
    pub timestamp_ms: Option<f64>,
    /// Who said it.
    #[serde(default)]
    pub speaker: Option<String>,
    /// What was said; not blank.
    pub text: String,
    /// How sure the recogniser is.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// `false` where the recogniser may still change its mind.
    #[serde(default)]
    pub is_final: Option<bool>,
}

impl Segment {
    /// Whether a later word about the same moment replaces it.
    pub fn is_provisional(&self) -> bool {
        self.is_final == Some(false)
    }
}

/// Refuses segments that cannot be kept, and gives the others in one form: a blank speaker is none, and a time of minus zero is zero.
///
/// # Errors
/// A refusal that names the field below `attr`.
pub fn check_segments(attr: &str, segments: Vec<Segment>, max: usize) -> Result<Vec<Segment>, Problem> {
    if segments.len() > max {
        let detail = format!("Ensure this field has no more than {max} elements.");
        return Err(Problem { code: "max_length", ..Problem::invalid(attr, detail) });
    }
    let checked = segments.into_iter().enumerate().map(|(at, segment)| check(attr, at, segment));
    checked.collect()
}

fn check(attr: &str, at: usize, mut segment: Segment) -> Result<Segment, Problem> {
    let field = |name: &str| format!("{attr}__{at}__{name}");
    if segment.text.trim().is_empty() {
        return Err(Problem::blank(field("text")));
    }
    check_length(&field("text"), &segment.text, MAX_TEXT_CHARACTERS)?;
    segment.speaker = segment.speaker.filter(|speaker| !speaker.trim().is_empty());
    if let Some(speaker) = &segment.speaker {
        check_length(&field("speaker"), speaker, MAX_NAME_CHARACTERS)?;
    }
    if let Some(timestamp) = &mut segment.timestamp_ms {
        if !(0.0..=MAX_TIMESTAMP_MS).contains(timestamp) {
            let detail = "Ensure this value is a number of milliseconds that is not negative.";
            return Err(Problem { code: "min_value", ..Problem::invalid(field("timestamp"), detail) });
        }
        *timestamp += 0.0;
    }
    if segment.confidence.is_some_and(|confidence| !confidence.is_finite()) {
        return Err(Problem::invalid(field("confidence"), "A valid number is required."));
    }
    Ok(segment)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_refused(segment: serde_json::Value, field: &str, code: &str) {
        let good = serde_json::from_value(json!({"text": "fine"})).unwrap();
        let segment = serde_json::from_value(segment).unwrap();
        let problem = check_segments("segments", vec![good, segment], 2).unwrap_err();
        assert_eq!((problem.attr, problem.code), (Some(format!("segments__1__{field}")), code));
    }

    #[test]
    fn bad_segments_are_named() {
        check_refused(json!({"text": " "}), "text", "blank");
        check_refused(json!({"text": "x".repeat(MAX_TEXT_CHARACTERS + 1)}), "text", "max_length");
        check_refused(json!({"text": "a\u{0}"}), "text", "null_characters_not_allowed");
        check_refused(json!({"text": "a", "speaker": "x".repeat(256)}), "speaker", "max_length");
        check_refused(json!({"text": "a", "timestamp": -1}), "timestamp", "min_value");
        check_refused(json!({"text": "a", "timestamp": 1e16}), "timestamp", "min_value");
        let problem = check_segments("segments", Vec::new(), 0)
            .and_then(|_| check_segments("segments", vec![serde_json::from_value(json!({"text": "a"})).unwrap()], 0));
        assert_eq!(problem.unwrap_err().attr.as_deref(), Some("segments"));
    }

    #[test]
    fn what_means_the_same_becomes_the_same() {
        let segment = json!({"text": "a", "speaker": " ", "timestamp": -0.0});
        let checked = check_segments("segments", vec![serde_json::from_value(segment).unwrap()], 1).unwrap();
        assert_eq!(checked[0].speaker, None);
        assert_eq!(checked[0].timestamp_ms.map(f64::to_bits), Some(0));
    }
}
