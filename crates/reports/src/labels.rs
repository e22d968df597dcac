//! The names of messages about things that have names of their own.

use agent_sessions::rubric::intent::IntentClass;

/// The message with the name of an intent.
pub(crate) fn intent(intent: IntentClass) -> String {
    named("intent", intent.name())
}

/// The message of that kind about the thing of that name.
pub(crate) fn named(kind: &str, name: &str) -> String {
    format!("{kind}-{}", name.replace('_', "-"))
}
