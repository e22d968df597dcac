//! What an import did.

use std::fmt;

use serde_json::{Value, json};

/// Rejected rows that are shown.
const SHOWN_REJECTIONS: u64 = 5;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Report {
    /// Rows, good or not.
    pub(super) read: u64,
    /// Events that are new.
    pub(super) accepted: u64,
    /// Events that the project had already.
    pub(super) duplicates: u64,
    /// Rows that are no events.
    pub(super) rejected: u64,
    /// How long it took, until everything was on disk.
    pub(super) seconds: f64,
    /// What the project takes on disk for each of its events, where that is known.
    pub(super) bytes_an_event: Option<f64>,
}

impl Report {
    /// Counts a rejected row; whether it is among the first, which are shown.
    pub(super) fn reject(&mut self) -> bool {
        self.read += 1;
        self.rejected += 1;
        self.rejected <= SHOWN_REJECTIONS
    }

    /// Counts events that are stored.
    pub(super) fn stored(&mut self, accepted: u64, duplicates: u64) {
        self.read += accepted + duplicates;
        self.accepted += accepted;
        self.duplicates += duplicates;
    }

    /// The same for programs.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "read": self.read,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "seconds": self.seconds,
            "bytes_an_event": self.bytes_an_event,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
    fn events_a_second(&self) -> f64 {
        self.read as f64 / self.seconds.max(1e-9)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, accepted, duplicates, rejected, seconds, .. } = self;
        write!(
            f,
            "Read {read} events: {accepted} new, {duplicates} already there, {rejected} rejected, in {seconds:.1} s ({:.0} events/s)",
            self.events_a_second(),
        )?;
        match self.bytes_an_event {
            Some(bytes) => write!(f, ", {bytes:.1} bytes an event on disk"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_everything() {
        let mut report = Report { seconds: 2.0, bytes_an_event: Some(41.25), ..Report::default() };
        report.stored(90, 9);
        assert!(report.reject());
        insta::assert_snapshot!(report, @"Read 100 events: 90 new, 9 already there, 1 rejected, in 2.0 s (50 events/s), 41.2 bytes an event on disk");
        insta::assert_json_snapshot!(report.to_json(), @r#"
        {
          "accepted": 90,
          "bytes_an_event": 41.25,
          "duplicates": 9,
          "read": 100,
          "rejected": 1,
          "seconds": 2.0
        }
        "#);
    }

    #[test]
    fn only_the_first_rejections_are_shown() {
        let mut report = Report::default();
        assert_eq!((0..8).filter(|_| report.reject()).count(), 5);
        assert_eq!((report.read, report.rejected), (8, 8));
    }
}
