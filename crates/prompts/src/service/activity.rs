//! What the activity log says of prompts. What they say is not repeated there: their versions keep it.

use chrono::{DateTime, Utc};
use insights_core::activity::diff::{FieldPair, diff};
use insights_core::activity::{ActivityDetail, NewActivity, verb};
use insights_core::auth::Actor;
use serde_json::{Map, Value};

use crate::model::{Prompt, SCOPE};

/// That a prompt was made.
pub(super) fn created(actor: &Actor, prompt: &Prompt) -> NewActivity {
    entry(actor, verb::CREATED, prompt, ActivityDetail::default(), prompt.created_at)
}

/// That a prompt was changed.
pub(super) fn changed(actor: &Actor, verb: &str, old: &Prompt, new: &Prompt) -> NewActivity {
    let pairs = vec![
        FieldPair::column("name", old.name.as_str(), new.name.as_str()),
        FieldPair::column("version", old.latest_version, new.latest_version),
        FieldPair::column("labels", labels(old), labels(new)),
        FieldPair::column("deleted", old.deleted, new.deleted),
    ];
    let detail = ActivityDetail { changes: Some(diff(SCOPE, pairs)), ..ActivityDetail::default() };
    entry(actor, verb, new, detail, new.updated_at)
}

fn entry(actor: &Actor, verb: &str, prompt: &Prompt, detail: ActivityDetail, at: DateTime<Utc>) -> NewActivity {
    let detail = ActivityDetail { name: Some(prompt.name.as_str().to_owned()), ..detail };
    NewActivity::by(actor, verb, SCOPE, prompt.id.to_string(), detail, at)
}

/// The versions at which the labels point, by the labels' names.
fn labels(prompt: &Prompt) -> Value {
    let labels = prompt.labels.iter().map(|label| (label.name.as_str().to_owned(), Value::from(label.version)));
    Value::Object(labels.collect::<Map<_, _>>())
}
