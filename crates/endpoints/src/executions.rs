//! When endpoints were run: written down cheaply, since some are run many times a second.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::EndpointId;

/// How long one note of a run stands for those that follow.
const MOMENT: TimeDelta = TimeDelta::seconds(10);

/// Endpoints that are remembered before ones that say nothing any more are forgotten.
const MANY: usize = 10_000;

/// Which runs this process has noted. What it says of an endpoint is behind the truth by ten seconds at most.
#[derive(Debug, Default)]
pub struct Executions {
    noted: Mutex<HashMap<EndpointId, DateTime<Utc>>>,
}

impl Executions {
    /// Whether a run at `now` is to be written down; the next ones of the following ten seconds are then not.
    pub fn is_due(&self, id: EndpointId, now: DateTime<Utc>) -> bool {
        let mut noted = self.noted.lock().expect("no holder of this lock panics");
        if noted.get(&id).is_some_and(|at| stands(*at, now)) {
            return false;
        }
        if noted.len() >= MANY {
            noted.retain(|_, at| stands(*at, now));
        }
        noted.insert(id, now);
        true
    }
}

/// Whether a note of `at` stands for a run at `now`. One from the future is of a clock that was set back, and stands for nothing.
fn stands(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..MOMENT).contains(&(now - at))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_many_runs_in_a_moment_one_is_written() {
        let executions = Executions::default();
        let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
        let [one, two] = [1, 2].map(|n| EndpointId(Uuid::from_u128(n)));
        for (id, ms, is_due) in [
            (one, 0, true),
            (one, 0, false),
            (one, 9999, false),
            (two, 9999, true),
            (one, 10_000, true),
            (one, 19_999, false),
            (one, 5000, true),
        ] {
            assert_eq!(executions.is_due(id, at(ms)), is_due, "{id} {ms}");
        }
    }
}
