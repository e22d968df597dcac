//! Looking into syntax trees without a meaning.

use crate::ast::{Expr, ExprKind, InSet, Over};
use crate::functions::{self, Function, Kind};

/// Calls `visitor` for `expr` and all values in it, from the outside in and from left to right, but for those of queries in it.
pub(super) fn visit<'a>(expr: &'a Expr, visitor: &mut impl FnMut(&'a Expr)) {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        visitor(expr);
        let mut inner = children(expr);
        inner.reverse();
        open.extend(inner);
    }
}

/// The first value in `expr` that is so.
pub(crate) fn find<'a>(expr: &'a Expr, is_so: &dyn Fn(&Expr) -> bool) -> Option<&'a Expr> {
    let mut found = None;
    visit(expr, &mut |inner| {
        if found.is_none() && is_so(inner) {
            found = Some(inner);
        }
    });
    found
}

fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Literal(_)
        | ExprKind::Name(_)
        | ExprKind::Star { .. }
        | ExprKind::Subquery(_)
        | ExprKind::Exists(_)
        | ExprKind::Placeholder(_)
        | ExprKind::Condition(_)
        | ExprKind::Columns(_) => Vec::new(),
        ExprKind::Call { params, args, filter, over, .. } => {
            let mut inner: Vec<&Expr> = params.iter().flatten().chain(args).chain(filter.as_deref()).collect();
            if let Some(Over::Spec(window)) = over.as_deref() {
                inner.extend(&window.partition_by);
                inner.extend(window.order_by.iter().map(|key| &key.expr));
            }
            inner
        }
        ExprKind::Lambda { body, .. } => vec![body],
        ExprKind::Unary(_, value)
        | ExprKind::IsNull { value, .. }
        | ExprKind::Cast { value, .. }
        | ExprKind::Interval { amount: value, .. }
        | ExprKind::TupleElement(value, _)
        | ExprKind::Member(value, _)
        | ExprKind::Alias(value, _) => vec![value],
        ExprKind::Binary(_, left, right) | ExprKind::Index(left, right) => vec![left, right],
        ExprKind::Between { value, low, high, .. } => vec![value, low, high],
        ExprKind::In { value, set, .. } => {
            let mut inner: Vec<&Expr> = vec![value];
            match set {
                InSet::List(values) => inner.extend(values),
                InSet::Cohort(cohort) => inner.push(cohort),
                InSet::Query(_) => {}
            }
            inner
        }
        ExprKind::Case { operand, branches, otherwise } => {
            let mut inner: Vec<&Expr> = operand.as_deref().into_iter().collect();
            inner.extend(branches.iter().flat_map(|(condition, value)| [condition, value]));
            inner.extend(otherwise.as_deref());
            inner
        }
        ExprKind::Array(values) | ExprKind::Tuple(values) => values.iter().collect(),
    }
}

/// Whether a value is a query, or asks one.
pub(crate) fn is_subquery(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Subquery(_) | ExprKind::Exists(_) => true,
        ExprKind::In { set, .. } => matches!(set, InSet::Query(_)),
        _ => false,
    }
}

/// Whether it is a call of an aggregate function over groups, not windows.
pub(crate) fn is_aggregate(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { name, over: None, .. } if aggregate(&name.name).is_some())
}

/// Whether it is a call over windows.
pub(crate) fn is_window(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { over: Some(_), .. })
}

/// An aggregate function and what its name adds to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aggregate {
    pub(super) function: &'static Function,
    /// Whether the last argument is a condition (`If`).
    pub(super) has_condition: bool,
    /// Whether nothing gives null (`OrNull`).
    pub(super) or_null: bool,
}

/// The aggregate function of that name, perhaps with combinators at its end. `first_value` and `last_value` are such functions too.
pub(super) fn aggregate(name: &str) -> Option<Aggregate> {
    let plain = |name: &str| match functions::function(name) {
        Some(function) if function.kind == Kind::Aggregate => Some(function),
        Some(function) if function.name == "first_value" => functions::function("any"),
        Some(function) if function.name == "last_value" => functions::function("anyLast"),
        _ => None,
    };
    let strip = |name: &str, end: &str| {
        let at = name.len().checked_sub(end.len())?;
        name.get(at..).filter(|found| found.eq_ignore_ascii_case(end))?;
        Some(name[..at].to_owned())
    };
    if let Some(function) = plain(name) {
        return Some(Aggregate { function, has_condition: false, or_null: false });
    }
    if functions::function(name).is_some() {
        return None;
    }
    let (name, has_condition) = strip(name, "If").map_or((name.to_owned(), false), |stem| (stem, true));
    let (name, or_null) = strip(&name, "OrNull").map_or((name, false), |stem| (stem, true));
    // `countOrNullIf` and `countIfOrNull` say the same
    let (name, has_condition) = match strip(&name, "If") {
        Some(stem) if !has_condition => (stem, true),
        _ => (name, has_condition),
    };
    Some(Aggregate { function: plain(&name)?, has_condition, or_null })
}
