//! The answer to a `FunnelsQuery` as PostHog's clients expect it.

use serde_json::{Value, json};

use crate::answer::QueryContext;
use crate::dates::Buckets;
use crate::nodes::{BreakdownCohort, BreakdownForm, Entity, EntityKind, FunnelOrder, FunnelsQuery};
use crate::plan::sequence::{Durations, Rate, RatesOfValue, SequenceValue, StepNumbers, StepsOfValue};
use crate::sampling::extrapolated_count;

/// Name of a step that any event can be.
const ALL_EVENTS: &str = "All events";

/// Name of all values beyond the limit.
pub(crate) const OTHER: &str = "Other";

/// A list of steps; a list of such lists with a breakdown.
pub(super) fn steps(query: &FunnelsQuery, context: &QueryContext, output: Vec<StepsOfValue>) -> Value {
    let of_value = |of: &StepsOfValue| -> Value {
        let steps = query.series.iter().zip(&of.steps).enumerate();
        steps.map(|(order, (entity, numbers))| step(query, order, (entity, context), numbers, &of.value)).collect()
    };
    match &query.breakdown {
        None => output.first().map_or_else(|| json!([]), of_value),
        Some(filter) => {
            let shown = output.iter().filter(|of| !filter.hides_other || of.value != SequenceValue::Other);
            shown.map(of_value).collect()
        }
    }
}

/// A list of one object, or of one for each value of a breakdown.
pub(super) fn rates(query: &FunnelsQuery, context: &QueryContext, buckets: &Buckets, output: &[RatesOfValue]) -> Value {
    let (days, labels) = (buckets.days(), buckets.labels());
    let item = |of: &RatesOfValue| {
        let data: Vec<f64> = of.buckets.iter().map(percent).collect();
        let mut item = json!({"count": buckets.len(), "data": data, "days": days, "labels": labels});
        if let Some(cohort) = cohort(query, &of.value) {
            item["breakdown_value"] = cohort.name(context).into();
        } else if let Some(value) = breakdown_value(query, &of.value) {
            item["breakdown_value"] = value;
        }
        item
    };
    output.iter().map(item).collect()
}

/// An object of bins.
pub(super) fn durations(output: &Durations) -> Value {
    json!({"bins": output.bins, "average_conversion_time": output.average_seconds})
}

fn step(
    query: &FunnelsQuery,
    order: usize,
    (entity, context): (&Entity, &QueryContext),
    numbers: &StepNumbers,
    value: &SequenceValue,
) -> Value {
    let is_unordered = query.funnels.order == FunnelOrder::Unordered;
    let name = match (is_unordered, entity.plain_name(context)) {
        (true, _) if order == 0 => "Completed 1 step".to_owned(),
        (true, _) => format!("Completed {} steps", order + 1),
        (false, name) => name.unwrap_or(ALL_EVENTS).to_owned(),
    };
    let (id, kind) = match entity.kind {
        EntityKind::Action(id) => (Value::from(id), "actions"),
        _ => (entity.event().into(), "events"),
    };
    let mut step = json!({
        "action_id": Some(id).filter(|_| !is_unordered),
        "name": name,
        "custom_name": entity.custom_name.as_ref().filter(|_| !is_unordered),
        "order": order,
        "people": [],
        "count": extrapolated_count(numbers.n_actors, query.sampling_factor),
        "type": kind,
        "average_conversion_time": numbers.average_seconds.filter(|_| order > 0),
        "median_conversion_time": numbers.median_seconds.filter(|_| order > 0),
        "converted_people_url": null,
        "dropped_people_url": null,
    });
    if let Some(cohort) = cohort(query, value) {
        step["breakdown"] = cohort.name(context).into();
        step["breakdown_value"] = cohort.id().into();
    } else if let Some(value) = breakdown_value(query, value) {
        step["breakdown"] = value.clone();
        step["breakdown_value"] = value;
    }
    step
}

/// The cohort that the numbers are of, where the query is broken down by cohorts.
fn cohort(query: &FunnelsQuery, value: &SequenceValue) -> Option<BreakdownCohort> {
    query.breakdown.as_ref()?.cohorts()?;
    match value {
        SequenceValue::Texts(texts) => BreakdownCohort::of_text(texts.first()?),
        SequenceValue::Other => None,
    }
}

/// A list of texts; a text for a property of groups.
fn breakdown_value(query: &FunnelsQuery, value: &SequenceValue) -> Option<Value> {
    let filter = query.breakdown.as_ref()?;
    let texts: Vec<&str> = match value {
        SequenceValue::Texts(texts) => texts.iter().map(|text| &**text).collect(),
        SequenceValue::Other => vec![OTHER],
    };
    let is_of_group = filter.breakdowns[0].is_of_group();
    match (&texts[..], filter.form) {
        ([text], BreakdownForm::Single) if is_of_group => Some(json!(text)),
        _ => Some(json!(texts)),
    }
}

/// In hundredths of a percent, as PostHog rounds.
fn percent(rate: &Rate) -> f64 {
    if rate.n_entered == 0 {
        return 0.0;
    }
    (rate.n_converted as f64 / rate.n_entered as f64 * 10_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n_converted: u64, n_entered: u64, expected: f64) {
        assert_eq!(percent(&Rate { n_entered, n_converted }).to_bits(), expected.to_bits());
    }

    #[test]
    fn percents_have_two_decimals() {
        check(0, 0, 0.0);
        check(1, 3, 33.33);
        check(2, 3, 66.67);
        check(7, 7, 100.0);
    }
}
