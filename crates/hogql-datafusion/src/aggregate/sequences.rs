//! Functions of what happened after what.

use datafusion::error::Result;

use super::{Call, Kernel, seeing};
use crate::datum::Datum;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Microseconds of a day.
const DAY: i64 = 86_400 * SECOND;

pub(super) fn kernel(name: &str) -> Option<Kernel> {
    match name {
        "windowFunnel" => seeing(window_funnel),
        "retention" => seeing(|_, args| {
            let is_met: Vec<bool> = args.iter().map(|condition| condition.iter().any(is_true)).collect();
            let first = is_met.first().copied().unwrap_or(false);
            Ok(Datum::Array(is_met.into_iter().map(|met| Datum::Int(i64::from(first && met))).collect()))
        }),
        _ => None,
    }
}

fn is_true(value: &Datum<'_>) -> bool {
    !value.is_null() && value.as_bool()
}

/// How many of the conditions were met in order, the last within the window of the first; the longest chain.
///
/// At one instant, earlier conditions come first, and one row meets one condition of a chain.
fn window_funnel<'a>(call: &Call, args: &[Vec<Datum<'a>>]) -> Result<Datum<'a>> {
    let window = call.params.first().map_or(0, Datum::as_int).saturating_mul(SECOND);
    let conditions = &args[1..];
    let at = |row: usize| match &args[0][row] {
        Datum::Date(days) => i64::from(*days) * DAY,
        other => other.as_int(),
    };
    let mut steps: Vec<(i64, usize)> = Vec::new();
    for row in (0..args[0].len()).filter(|row| !args[0][*row].is_null()) {
        steps.extend((0..conditions.len()).filter(|&step| is_true(&conditions[step][row])).map(|step| (at(row), step)));
    }
    steps.sort_unstable();
    // for each step the begin of the latest chain that has come so far
    let mut begins: Vec<Option<i64>> = vec![None; conditions.len()];
    let mut longest = 0;
    for (instant, step) in steps {
        if step == 0 {
            begins[0] = Some(instant);
            longest = longest.max(1);
            continue;
        }
        if let Some(begin) = begins[step - 1].filter(|begin| instant <= begin.saturating_add(window)) {
            begins[step] = Some(begin);
            longest = longest.max(step + 1);
        }
    }
    Ok(Datum::Int(i64::try_from(longest).unwrap_or(i64::MAX)))
}
