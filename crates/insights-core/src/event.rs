//! The event as it is stored: the one record that capture makes, the store keeps and exports give back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One thing that one person did at one instant.
///
/// Whatever a client sent has been normalised by then: the token is gone, the timestamp is corrected for clock skew, and
/// top-level `$set`, `$set_once` and `$unset` stand in [`Event::properties`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identity of the event: a second event of the same project with the same uuid is a retry and is dropped.
    pub uuid: Uuid,
    /// Name, such as `$pageview`; never empty, at most 200 characters.
    pub event: String,
    /// The client's name for the person; never empty, at most 200 characters.
    pub distinct_id: String,
    /// When it happened, to the microsecond.
    pub timestamp: DateTime<Utc>,
    /// A JSON object as text, exactly as sent apart from the normalisation above.
    pub properties: String,
}
