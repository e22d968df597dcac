//! Names in expressions of persons, said as expressions of events say them.

use hogql::ast::{Expr, ExprKind, Identifier, InSet};

/// Makes an expression of a person, `properties.email`, one of an event's person, `person.properties.email`.
pub(super) fn name_persons(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Name(parts) => name_person(parts),
        ExprKind::Call { params, args, filter, .. } => {
            params.iter_mut().flatten().chain(args).for_each(name_persons);
            filter.iter_mut().for_each(|filter| name_persons(filter));
        }
        ExprKind::Lambda { body, .. } => name_persons(body),
        ExprKind::Unary(_, value)
        | ExprKind::IsNull { value, .. }
        | ExprKind::Cast { value, .. }
        | ExprKind::TupleElement(value, _)
        | ExprKind::Member(value, _)
        | ExprKind::Alias(value, _) => name_persons(value),
        ExprKind::Interval { amount, .. } => name_persons(amount),
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => {
            name_persons(left);
            name_persons(right);
        }
        ExprKind::Between { value, low, high, .. } => {
            [value, low, high].into_iter().for_each(|part| name_persons(part))
        }
        ExprKind::In { value, set, .. } => {
            name_persons(value);
            if let InSet::List(items) = set {
                items.iter_mut().for_each(name_persons);
            }
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter_mut().chain(otherwise).for_each(|part| name_persons(part));
            for (condition, value) in branches {
                name_persons(condition);
                name_persons(value);
            }
        }
        ExprKind::Array(items) | ExprKind::Tuple(items) => items.iter_mut().for_each(name_persons),
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
    fn what_is_of_a_person_is_of_the_events_person() {
        check(&["properties", "email"], &["person", "properties", "email"]);
        check(&["created_at"], &["person", "created_at"]);
        check(&["id"], &["person_id"]);
        check(&["person", "properties", "email"], &["person", "properties", "email"]);
    }
}
