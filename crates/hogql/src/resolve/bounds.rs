//! What the condition of a query says of the rows that can matter.

use chrono::{DateTime, Utc};

use crate::ir::{Expr, ExprKind, RelationId, RowBounds, Value};
use crate::resolve::{Resolver, constants};
use crate::tables::{EventsColumn, LogsColumn, TableColumn};
use crate::types::Type;

/// What is compared with a constant.
enum Compared {
    /// The name of the event, or another text of which few rows have the same.
    Choice(Choice),
    /// What a log says.
    Body,
    /// The instant.
    Instant,
    /// The day of the instant, in the zone of this type.
    Day(chrono_tz::Tz),
}

/// Texts that rows are chosen by.
#[derive(Clone, Copy)]
enum Choice {
    Name,
    Level,
    Service,
}

impl Resolver<'_> {
    /// Notes what a condition that must hold says of the tables of events and logs in it.
    pub(super) fn note_bounds(&mut self, condition: &Expr) {
        let ExprKind::Call { function, args } = &condition.kind else { return };
        match (*function, args.as_slice()) {
            ("and", conditions) => conditions.iter().for_each(|condition| self.note_bounds(condition)),
            ("in", [column, Expr { kind: ExprKind::Literal(Value::Array(names)), .. }]) => {
                let Some((id, Compared::Choice(choice))) = self.compared(column) else { return };
                let names: Option<Vec<String>> = names.iter().map(text_of).collect();
                if let Some(names) = names {
                    self.note_names(id, choice, names);
                }
            }
            ("like", [column, Expr { kind: ExprKind::Literal(Value::String(pattern)), .. }]) => {
                if let Some((id, Compared::Body)) = self.compared(column) {
                    self.bounds(id).contained.extend(parts_of(pattern));
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
                    TableColumn::Event(EventsColumn::Event) => Some(Compared::Choice(Choice::Name)),
                    TableColumn::Log(LogsColumn::Level) => Some(Compared::Choice(Choice::Level)),
                    TableColumn::Log(LogsColumn::ServiceName) => Some(Compared::Choice(Choice::Service)),
                    TableColumn::Log(LogsColumn::Body) => Some(Compared::Body),
                    TableColumn::Event(EventsColumn::Timestamp) | TableColumn::Log(LogsColumn::Timestamp) => {
                        Some(Compared::Instant)
                    }
                    _ => None,
                }
                .map(|compared| (reference.relation, compared))
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
            (Compared::Choice(choice), constant) => {
                if let (Some(name), "equals") = (text_of(constant), operator) {
                    self.note_names(id, *choice, vec![name]);
                }
                return;
            }
            (Compared::Body, constant) => {
                if let (Some(text), "equals") = (text_of(constant), operator) {
                    self.bounds(id).contained.push(text);
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

    fn note_names(&mut self, id: RelationId, choice: Choice, names: Vec<String>) {
        let bounds = self.bounds(id);
        let noted = match choice {
            Choice::Name => &mut bounds.names,
            Choice::Level => &mut bounds.levels,
            Choice::Service => &mut bounds.services,
        };
        *noted = Some(match noted.take() {
            Some(known) => known.into_iter().filter(|name| names.contains(name)).collect(),
            None => names,
        });
    }

    fn bounds(&mut self, id: RelationId) -> &mut RowBounds {
        &mut self.tables.entry(id).or_default().bounds
    }
}

/// The texts that a pattern of `LIKE` has between its wildcards: what it matches contains each.
fn parts_of(pattern: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let last = parts.last_mut().expect("there is always one");
        match letter {
            '%' | '_' => parts.push(String::new()),
            '\\' => last.push(letters.next().unwrap_or('\\')),
            other => last.push(other),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn text_of(value: &Value) -> Option<String> {
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
