//! Names in expressions, said as those of the table of events say them.

use hogql::ast::{Expr, ExprKind, Identifier, InSet};

/// What PostHog's own queries call the table of events, so that the expressions in them may too.
const EVENTS_ALIAS: &str = "e";

/// Makes an expression of a person, `properties.email`, one of an event's person, `person.properties.email`.
pub(super) fn name_persons(expr: &mut Expr) {
    each_name(expr, &mut name_person);
}

/// Makes an expression of an event that names the table, `e.properties.plan`, one that does not.
pub(super) fn name_events(expr: &mut Expr) {
    each_name(expr, &mut |parts| {
        if parts.len() > 1 && parts[0].name == EVENTS_ALIAS {
            parts.remove(0);
        }
    });
}

fn each_name(expr: &mut Expr, rename: &mut impl FnMut(&mut Vec<Identifier>)) {
    match &mut expr.kind {
        ExprKind::Name(parts) => rename(parts),
        ExprKind::Call { params, args, filter, .. } => {
            params.iter_mut().flatten().chain(args).for_each(|part| each_name(part, rename));
            filter.iter_mut().for_each(|filter| each_name(filter, rename));
        }
        ExprKind::Lambda { body, .. } => each_name(body, rename),
        ExprKind::Unary(_, value)
        | ExprKind::IsNull { value, .. }
        | ExprKind::Cast { value, .. }
        | ExprKind::TupleElement(value, _)
        | ExprKind::Member(value, _)
        | ExprKind::Alias(value, _) => each_name(value, rename),
        ExprKind::Interval { amount, .. } => each_name(amount, rename),
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
            each_name(left, rename);
            each_name(right, rename);
        }
        ExprKind::Between { value, low, high, .. } => {
            [value, low, high].into_iter().for_each(|part| each_name(part, rename))
        }
        ExprKind::In { value, set, .. } => {
            each_name(value, rename);
            if let InSet::List(items) = set {
                items.iter_mut().for_each(|item| each_name(item, rename));
            }
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().chain(otherwise).for_each(|part| each_name(part, rename));
            for (condition, value) in branches {
                each_name(condition, rename);
                each_name(value, rename);
            }
        }
        ExprKind::Array(items) | ExprKind::Tuple(items) => items.iter_mut().for_each(|item| each_name(item, rename)),
        // these have no names, or names of their own
        ExprKind::Literal(_)
        | ExprKind::Star { .. }
        | ExprKind::Subquery(_)
        | ExprKind::Exists(_)
        | ExprKind::Placeholder(_)
        | ExprKind::Condition(_)
        | ExprKind::Columns(_) => {}
    }
}

fn name_person(parts: &mut Vec<Identifier>) {
    let Some(first) = parts.first() else { return };
    match first.name.as_str() {
        "properties" | "created_at" | "is_identified" => {
            let person = Identifier { name: "person".to_owned(), span: first.span.clone() };
            parts.insert(0, person);
        }
        "id" => parts[0].name = "person_id".to_owned(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &[&str], expected: &[&str]) {
        let name = |part: &&str| Identifier { name: (*part).to_owned(), span: 0..0 };
        let mut parts: Vec<_> = parts.iter().map(name).collect();
        name_person(&mut parts);
        assert_eq!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_table_of_events_need_not_be_named() {
        let read = |text: &str| hogql::parse::parse_expression(text).unwrap();
        let mut named = read("e.properties.plan = 'x' and not if(e.event in ('a', e), [e.uuid], event.e)");
        name_events(&mut named);
        let plain = read("properties.plan = 'x' and not if(event in ('a', e), [uuid], event.e)");
        assert_eq!(hogql::print::expression(&named), hogql::print::expression(&plain));
    }

    #[test]
    fn what_is_of_a_person_is_of_the_events_person() {
        check(&["properties", "email"], &["person", "properties", "email"]);
        check(&["created_at"], &["person", "created_at"]);
        check(&["id"], &["person_id"]);
        check(&["person", "properties", "email"], &["person", "properties", "email"]);
    }
}
