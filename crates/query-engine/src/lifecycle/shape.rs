//! The answer to a `LifecycleQuery` as PostHog's clients expect it.

use serde_json::{Value, json};

use crate::answer::QueryContext;
use crate::dates::Buckets;
use crate::nodes::{Entity, EntityKind, LifecycleQuery};
use crate::plan::lifecycle::LifecycleOutput;
use crate::sampling::extrapolated_count;

/// One item for each state. The first `n_hidden` of the intervals are left out.
pub(super) fn items(
    query: &LifecycleQuery,
    context: &QueryContext,
    buckets: &Buckets,
    output: &LifecycleOutput,
    n_hidden: usize,
) -> Value {
    let (days, labels) = (buckets.days(), buckets.labels());
    let series = &query.series[0];
    let (action, name) = (action(series, context), name(series, context));
    let states = [
        ("new", 1, &output.new),
        ("returning", 1, &output.returning),
        ("resurrecting", 1, &output.resurrecting),
        ("dormant", -1, &output.dormant),
    ];
    let item = |(status, sign, numbers): (&str, i64, &Vec<u64>)| {
        let signed = |&number: &u64| {
            let number = extrapolated_count(number, query.sampling_factor);
            sign * i64::try_from(number).expect("persons are fewer than 2^63")
        };
        let data: Vec<i64> = numbers[n_hidden..].iter().map(signed).collect();
        json!({
            "action": action,
            "count": data.iter().sum::<i64>(),
            "data": data,
            "days": days[n_hidden..],
            "labels": labels[n_hidden..],
            "label": format!("{name} - {status}"),
            "status": status,
        })
    };
    states.into_iter().map(item).collect()
}

fn action(series: &Entity, context: &QueryContext) -> Value {
    let name = name(series, context);
    let (id, kind) = match series.kind {
        EntityKind::Action(id) => (id.to_string().into(), "actions"),
        _ => (Value::from(series.event()), "events"),
    };
    let mut action = json!({"id": id, "name": name, "type": kind, "order": 0, "math": "total"});
    if let Some(custom_name) = &series.custom_name {
        action["custom_name"] = custom_name.as_str().into();
    }
    action
}

fn name<'a>(series: &'a Entity, context: &'a QueryContext) -> &'a str {
    series.plain_name(context).unwrap_or("All events")
}
