//! Legacy `events` and `actions`, which became `series`.

use serde_json::{Value, json};

use crate::error::QueryError;
use crate::legacy::{Object, flag, number, properties, put, put_plain, structure};
use crate::nodes::reader::Reader;

/// The most legacy entities of one insight.
const MAX_ENTITIES: usize = 500;

/// What the series of a kind of insight may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mathematics {
    /// Whatever they say.
    Any,
    /// Actors only; anything else counts persons.
    OfActors,
    /// There is nothing to choose.
    None,
}

/// Ways of counting that count actors.
const OF_ACTORS: [&str; 5] = ["dau", "weekly_active", "monthly_active", "unique_group", "hogql"];

/// `series` of the entities in `filters`: in their `order`, those without one first, actions before events.
pub(super) fn series(filters: &Reader<'_>, mathematics: Mathematics) -> Result<Value, QueryError> {
    let mut ordered = Vec::new();
    for (key, is_action) in [("actions", true), ("events", false)] {
        let Some(list) = structure(filters, key)? else { continue };
        let items = Reader::at(&list, filters.path_of(key));
        for item in items.list(MAX_ENTITIES)? {
            // Text stands where a template was never filled in.
            if item.value().is_string() {
                continue;
            }
            item.object()?;
            if is_action && item.get("id").is_none() {
                continue;
            }
            let order = item.get("order").and_then(|order| order.value().as_f64()).filter(|order| *order != 0.0);
            ordered.push((order.unwrap_or(-1.0), node(&item, is_action, mathematics)?));
        }
    }
    ordered.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    Ok(ordered.into_iter().map(|(_, node)| node).collect())
}

/// `exclusions` of a funnel.
pub(super) fn exclusions(filters: &Reader<'_>) -> Result<Option<Value>, QueryError> {
    let Some(list) = structure(filters, "exclusions")? else { return Ok(None) };
    let items = Reader::at(&list, filters.path_of("exclusions"));
    let mut nodes = Vec::new();
    for item in items.list(MAX_ENTITIES)? {
        item.object()?;
        let is_action = item.get("type").is_some_and(|kind| kind.value() == "actions");
        let mut exclusion = node(&item, is_action, Mathematics::None)?;
        if let Some(keys) = exclusion.as_object_mut() {
            put(keys, "funnelFromStep", number(&item, "funnel_from_step"));
            put(keys, "funnelToStep", number(&item, "funnel_to_step"));
        }
        nodes.push(exclusion);
    }
    Ok((!nodes.is_empty()).then_some(Value::Array(nodes)))
}

fn node(entity: &Reader<'_>, is_action: bool, mathematics: Mathematics) -> Result<Value, QueryError> {
    let id = entity.get("id").map_or(Value::Null, |id| id.value().clone());
    let mut node = Object::new();
    if is_action {
        node.insert("kind".to_owned(), "ActionsNode".into());
        node.insert("id".to_owned(), number(entity, "id").unwrap_or(id));
    } else {
        node.insert("kind".to_owned(), "EventsNode".into());
        node.insert("event".to_owned(), id);
    }
    put_plain(&mut node, entity, &[("name", "name"), ("custom_name", "custom_name")]);
    put(&mut node, "optionalInFunnel", flag(entity, "optionalInFunnel"));
    put(&mut node, "properties", properties::of_entity(entity)?);
    let math = entity.get("math").map(|math| math.value().clone());
    match (mathematics, math) {
        (Mathematics::None, _) | (_, None) => {}
        (Mathematics::OfActors, Some(math)) if math.as_str().is_none_or(|math| !OF_ACTORS.contains(&math)) => {
            node.insert("math".to_owned(), json!("dau"));
        }
        (_, Some(math)) => {
            node.insert("math".to_owned(), math);
            put_plain(
                &mut node,
                entity,
                &[
                    ("math_property", "math_property"),
                    ("math_property_type", "math_property_type"),
                    ("math_hogql", "math_hogql"),
                ],
            );
            put(&mut node, "math_group_type_index", number(entity, "math_group_type_index"));
        }
    }
    Ok(Value::Object(node))
}
