//! Runs an [`ActorList`] over the columns that a store lends.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use insights_core::ids::ProjectId;
use serde_json::Value;

use super::found::{self, FoundActor, Who};
use super::persons::Persons;
use super::values::Values;
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::plan::actors::{ActorList, ActorValue, ActorsOutput};
use crate::scan::{EventSet, ScanSource};

/// Runs `plan` over what `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &ActorList,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<ActorsOutput, QueryError> {
    let behind = found::layout(&plan.behind, project);
    let mut actors = ScanLayout::new(project, EventSet::Named(BTreeSet::new()), None, None);
    actors.need_identities();
    actors.need_whole_person_properties();
    actors.need_groups();
    plan.predicate.need(&mut actors);
    for value in plan.columns.iter().chain(plan.order.iter().map(|(value, _)| value)) {
        if let ActorValue::Field(field) = value {
            actors.need(field);
        }
    }
    // What is known of the actors is so as of the instant at which they were counted.
    let mut scans = ScanLayout::scan_all(&[&behind, &actors], source, control)?;
    let scan = scans.pop().expect("there is one scan for each layout");
    let found = found::find(&plan.behind, (&behind, &scans[0]), control)?;
    if found.iter().any(|actor| matches!(actor.who, Who::Value(_))) {
        return list(&Values::new(plan, &found, &scan), plan, control);
    }
    let persons = Persons::new(plan, project, &found, (&actors, scan), source, control)?;
    list(&persons, plan, control)
}

/// Actors that can be listed, by their position.
pub(super) trait Listing {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether one satisfies the plan's condition and contains what is searched for.
    fn is_listed(&self, actor: usize) -> bool;

    /// What actors that are equal otherwise are ordered by.
    fn id(&self, actor: usize) -> String;

    /// A value as it is answered.
    fn value(&self, actor: usize, value: &ActorValue) -> Value;

    /// A value as actors are ordered by it, where that is another one.
    fn key(&self, actor: usize, value: &ActorValue) -> Value {
        self.value(actor, value)
    }
}

fn list(actors: &dyn Listing, plan: &ActorList, control: &QueryControl) -> Result<ActorsOutput, QueryError> {
    let mut memory = HeldMemory::new(control);
    let mut listed: Vec<(Vec<Value>, String, usize)> = Vec::new();
    for actor in 0..actors.len() {
        if actor % (ROWS_A_CHECK / 16) == 0 {
            control.check()?;
        }
        if actors.is_listed(actor) {
            memory.grow::<(Vec<Value>, [u64; 5], usize)>(1)?;
            memory.grow::<Value>(plan.order.len())?;
            let keys = plan.order.iter().map(|(value, _)| actors.key(actor, value));
            listed.push((keys.collect(), actors.id(actor), actor));
        }
    }
    control.check()?;
    listed.sort_unstable_by(|(keys, id, _), (other_keys, other_id, _)| {
        let pairs = keys.iter().zip(other_keys).zip(&plan.order);
        let mut orders = pairs.map(|((key, other), (_, descending))| compare(key, other, *descending));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal).then_with(|| id.cmp(other_id))
    });
    let n_actors = listed.len();
    let page = listed.into_iter().skip(plan.offset).take(plan.limit);
    let rows = page.map(|(_, _, actor)| plan.columns.iter().map(|column| actors.value(actor, column)).collect());
    Ok(ActorsOutput { rows: rows.collect(), n_actors })
}

/// Numbers before texts before anything else; null after all, whatever the direction.
fn compare(left: &Value, right: &Value, descending: bool) -> Ordering {
    let by_null = left.is_null().cmp(&right.is_null());
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => left.as_f64().unwrap_or_default().total_cmp(&right.as_f64().unwrap_or_default()),
        },
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => class(left).cmp(&class(right)).then_with(|| left.to_string().cmp(&right.to_string())),
    };
    by_null.then(if descending { order.reverse() } else { order })
}

fn class(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => 2,
    }
}

/// What is known of the events of an actor, where `value` is that.
pub(super) fn value_of_events(actor: &FoundActor, value: &ActorValue) -> Value {
    match (value, &actor.events, &actor.appearances) {
        (ActorValue::EventCount, Some(events), _) => events.n_events.into(),
        (ActorValue::EventDistinctIds, Some(events), _) => {
            events.distinct_ids.iter().map(|id| Value::from(&**id)).collect()
        }
        (ActorValue::Appearances, _, Some(columns)) => columns.clone().into(),
        (ActorValue::AppearanceCount, _, Some(columns)) => columns.len().into(),
        (ActorValue::AppearsIn(column), _, Some(columns)) => i32::from(columns.contains(column)).into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_comes_last_in_either_direction() {
        let mut values = [json!("b"), json!(null), json!(10), json!("a"), json!(2), json!(2.5)];
        values.sort_by(|left, right| compare(left, right, false));
        assert_eq!(values, [json!(2), json!(2.5), json!(10), json!("a"), json!("b"), json!(null)]);
        values.sort_by(|left, right| compare(left, right, true));
        assert_eq!(values, [json!("b"), json!("a"), json!(10), json!(2.5), json!(2), json!(null)]);
    }
}
