//! What would make prompts better: one habit for each check, with a prompt before and after.

use agent_sessions::rubric::checks::Check;

use crate::labels::named;
use crate::texts::Texts;
use crate::v2::Tip;

/// The habit for a check.
pub(crate) fn tip(check: Check, texts: Texts) -> Tip {
    let part = |kind: &str| texts.get(&named(kind, check.name()));
    Tip { tip: part("tip"), example_before: part("before"), example_after: part("after") }
}
