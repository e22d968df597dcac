//! Which plans run on several threads.

use hogql::ir::{AggregateCall, Relation};
use hogql::types::Type;

use super::aggregates::{is_flat, native};

/// Whether a relation has the same rows in the same order however the rows of its tables are spread over threads.
///
/// It does where all of them go into groups, and what is computed of a group adds up: each thread gives one value of a group, and adding
/// two numbers gives the same in either order, floats too. Groups are sorted by their keys afterwards.
pub(super) fn may_spread(relation: &Relation) -> bool {
    is_settled(relation, false)
}

/// `is_grouped`: whether its rows go into such groups.
fn is_settled(relation: &Relation, is_grouped: bool) -> bool {
    match relation {
        Relation::OneRow => true,
        Relation::Table { .. } => is_grouped,
        Relation::Project { input, .. } | Relation::Filter { input, .. } => is_settled(input, is_grouped),
        Relation::ArrayJoin { input, .. } => is_grouped && is_settled(input, true),
        Relation::Aggregate { input, keys, aggregates, .. } => {
            keys.iter().all(|key| is_flat(&key.ty)) && aggregates.iter().all(adds_up) && is_settled(input, true)
        }
        Relation::Sort { input, .. } | Relation::Limit { input, .. } => is_settled(input, false),
        Relation::Join { .. }
        | Relation::Window { .. }
        | Relation::LimitBy { .. }
        | Relation::Distinct { .. }
        | Relation::SetOperation { .. } => false,
    }
}

/// Whether the values of an aggregate over parts of a group give that of the group, in whatever order.
fn adds_up(call: &AggregateCall) -> bool {
    let takes: Vec<&Type> = call.args.iter().map(|arg| &arg.ty).collect();
    let counts_values = call.function == "uniqExact" || (call.function == "count" && call.distinct);
    counts_values || (!call.distinct && native(call.function, &takes).is_some())
}
