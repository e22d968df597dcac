//! What the condition of a query says of the events that can matter.

use chrono::{DateTime, Utc};

use crate::ir::{EventBounds, Expr, ExprKind, RelationId, Value};
use crate::resolve::{Resolver, constants};
use crate::tables::{EventsColumn, TableColumn};
use crate::types::Type;

/// What is compared with a constant.
enum Compared {
    /// The name of the event.
    Name,
    /// Its instant.
    Instant,
    /// The day of its instant, in the zone of this type.
    Day(chrono_tz::Tz),
}

impl Resolver<'_> {
    /// Notes what a condition that must hold says of the tables of events in it.
    pub(super) fn note_bounds(&mut self, condition: &Expr) {
        let ExprKind::Call { function, args } = &condition.kind else { return };
        match (*function, args.as_slice()) {
            ("and", conditions) => conditions.iter().for_each(|condition| self.note_bounds(condition)),
            ("in", [column, Expr { kind: ExprKind::Literal(Value::Array(names)), .. }]) => {
                let Some((id, Compared::Name)) = self.compared(column) else { return };
                let names: Option<Vec<String>> = names.iter().map(name_of).collect();
                if let Some(names) = names {
                    self.note_names(id, names);
                }
            }
            ("equals" | "less" | "lessOrEquals" | "greater" | "greaterOrEquals", [left, right]) => {
                if let Some((id, compared)) = self.compared(left) {
                    self.note_comparison(id, &compared, function, right);
                } else if let Some((id, compared)) = self.compared(right) {
                    self.note_comparison(id, &compared, turned(function), left);
                }
            }
            _ => {}
        }
    }

    fn compared(&self, value: &Expr) -> Option<(RelationId, Compared)> {
        match &value.kind {
            ExprKind::Column(reference) => {
                let (column, _) = self.tables.get(&reference.relation)?.columns.get(reference.index)?;
                match column {
                    TableColumn::Event(EventsColumn::Event) => Some((reference.relation, Compared::Name)),
                    TableColumn::Event(EventsColumn::Timestamp) => Some((reference.relation, Compared::Instant)),
                    _ => None,
                }
            }
            ExprKind::Call { function: "cast", args } => match (self.compared(&args[0])?, &args[0].ty, &value.ty) {
                ((id, Compared::Instant), Type::DateTime(zone), Type::Date) => Some((id, Compared::Day(*zone))),
                ((id, Compared::Instant), Type::DateTime(_), Type::DateTime(_)) => Some((id, Compared::Instant)),
                _ => None,
            },
            _ => None,
        }
    }

    fn note_comparison(&mut self, id: RelationId, compared: &Compared, operator: &str, constant: &Expr) {
        let ExprKind::Literal(constant) = &constant.kind else { return };
        // the first instant that is equal to the constant, and the first that is greater
        let (first, next) = match (compared, constant) {
            (Compared::Name, constant) => {
                if let (Some(name), "equals") = (name_of(constant), operator) {
                    self.note_names(id, vec![name]);
                }
                return;
            }
            (Compared::Instant, Value::DateTime(instant)) => {
                let us = instant.timestamp_micros();
                (us, us.saturating_add(1))
            }
            (Compared::Day(zone), Value::Date(day)) => {
                let instant =
                    |day| constants::first_of(day, *zone).map(|instant: DateTime<Utc>| instant.timestamp_micros());
                let Some(first) = instant(*day) else { return };
                let Some(next) = day.succ_opt().and_then(instant) else { return };
                (first, next)
            }
            _ => return,
        };
        let bounds = self.bounds(id);
        let (from, until) = match operator {
            "equals" => (Some(first), Some(next)),
            "less" => (None, Some(first)),
            "lessOrEquals" => (None, Some(next)),
            "greater" => (Some(next), None),
            _ => (Some(first), None),
        };
        bounds.from_us = bounds.from_us.max(from);
        bounds.until_us = match (bounds.until_us, until) {
            (Some(known), Some(until)) => Some(known.min(until)),
            (known, until) => known.or(until),
        };
    }

    fn note_names(&mut self, id: RelationId, names: Vec<String>) {
        let bounds = self.bounds(id);
        bounds.names = Some(match bounds.names.take() {
            Some(known) => known.into_iter().filter(|name| names.contains(name)).collect(),
            None => names,
        });
    }

    fn bounds(&mut self, id: RelationId) -> &mut EventBounds {
        &mut self.tables.entry(id).or_default().bounds
    }
}

fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

/// The comparison with its sides exchanged.
fn turned(operator: &str) -> &str {
    match operator {
        "less" => "greater",
        "lessOrEquals" => "greaterOrEquals",
        "greater" => "less",
        "greaterOrEquals" => "lessOrEquals",
        other => other,
    }
}
