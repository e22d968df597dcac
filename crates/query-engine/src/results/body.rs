//! The JSON of answers.

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Error, Value};

use super::{
    Breakdown, BreakdownText, Durations, Funnel, FunnelStep, LifecycleState, PathLink, PathNode, Period, Results,
    RetentionCell, RetentionCohort, RetentionSheet, Rows, Series,
};
use crate::answer::ResultsShape;

/// Reads the body of an answer of that shape.
pub(super) fn read(shape: ResultsShape, results: &Value, columns: Option<&Value>) -> Result<Results, Error> {
    Ok(match shape {
        ResultsShape::Trends => Results::Trends(series(results)?),
        ResultsShape::Stickiness => Results::Stickiness(series(results)?),
        ResultsShape::Lifecycle => Results::Lifecycle(series(results)?),
        ResultsShape::ConversionRates => Results::ConversionRates(series(results)?),
        ResultsShape::Steps => Results::Steps(funnels(results)?),
        ResultsShape::Durations => {
            let DurationsBody { bins, average_conversion_time } = DurationsBody::deserialize(results)?;
            Results::Durations(Durations { bins, average_seconds: average_conversion_time })
        }
        ResultsShape::Retention => Results::Retention(sheets(results)?),
        ResultsShape::Paths => Results::Paths(links(results)?),
        ResultsShape::Rows => Results::Rows(rows(results, columns)?),
    })
}

#[derive(Deserialize)]
struct SeriesBody {
    label: Option<String>,
    action: Option<ActionBody>,
    order: Option<usize>,
    #[serde(default)]
    days: Vec<Value>,
    #[serde(default)]
    labels: Vec<String>,
    data: Option<Vec<Option<f64>>>,
    count: Option<f64>,
    aggregated_value: Option<f64>,
    breakdown_value: Option<Value>,
    compare_label: Option<PeriodBody>,
    status: Option<StateBody>,
}

#[derive(Deserialize)]
struct ActionBody {
    custom_name: Option<String>,
    order: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum PeriodBody {
    Current,
    Previous,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateBody {
    New,
    Returning,
    Resurrecting,
    Dormant,
}

#[derive(Deserialize)]
struct StepBody {
    name: String,
    custom_name: Option<String>,
    count: f64,
    average_conversion_time: Option<f64>,
    median_conversion_time: Option<f64>,
    breakdown: Option<Value>,
}

#[derive(Deserialize)]
struct DurationsBody {
    bins: Vec<(f64, f64)>,
    average_conversion_time: Option<f64>,
}

#[derive(Deserialize)]
struct CohortBody {
    label: String,
    date: String,
    values: Vec<CellBody>,
    breakdown_value: Option<Value>,
}

#[derive(Deserialize)]
struct CellBody {
    label: String,
    count: f64,
    aggregation_value: Option<f64>,
}

#[derive(Deserialize)]
struct LinkBody {
    source: String,
    target: String,
    value: f64,
    average_conversion_time: f64,
}

fn series(results: &Value) -> Result<Vec<Series>, Error> {
    let bodies = Vec::<SeriesBody>::deserialize(results)?;
    let series = bodies.into_iter().enumerate().map(|(position, body)| {
        let breakdown = body.breakdown_value.as_ref().map(breakdown);
        let of_breakdown = || breakdown.as_ref().map(ToString::to_string);
        let order = body.order.or_else(|| body.action.as_ref()?.order);
        Series {
            // the rates of a funnel have no label but their breakdown
            label: body.label.or_else(of_breakdown).unwrap_or_else(|| "Conversion".to_owned()),
            custom_name: body.action.and_then(|action| action.custom_name),
            order: order.unwrap_or(position),
            days: body.days.into_iter().map(text).collect(),
            labels: body.labels,
            data: body.data.unwrap_or_default(),
            count: body.count.unwrap_or(0.0),
            aggregated_value: body.aggregated_value,
            breakdown,
            period: body.compare_label.map(|period| match period {
                PeriodBody::Current => Period::Current,
                PeriodBody::Previous => Period::Previous,
            }),
            state: body.status.map(|state| match state {
                StateBody::New => LifecycleState::New,
                StateBody::Returning => LifecycleState::Returning,
                StateBody::Resurrecting => LifecycleState::Resurrecting,
                StateBody::Dormant => LifecycleState::Dormant,
            }),
        }
    });
    Ok(series.collect())
}

/// One funnel as a list of steps, several as a list of such lists.
fn funnels(results: &Value) -> Result<Vec<Funnel>, Error> {
    let is_nested = results.as_array().and_then(|items| items.first()).is_some_and(Value::is_array);
    let funnels = if is_nested {
        Vec::<Vec<StepBody>>::deserialize(results)?
    } else {
        vec![Vec::<StepBody>::deserialize(results)?]
    };
    let funnels = funnels.into_iter().filter_map(|steps| {
        let breakdown = steps.first()?.breakdown.as_ref().map(breakdown);
        let steps = steps.into_iter().map(|step| FunnelStep {
            name: step.name,
            custom_name: step.custom_name,
            count: step.count,
            average_seconds: step.average_conversion_time,
            median_seconds: step.median_conversion_time,
        });
        Some(Funnel { breakdown, steps: steps.collect() })
    });
    Ok(funnels.collect())
}

/// The cohorts of one value of the breakdown follow one another.
fn sheets(results: &Value) -> Result<Vec<RetentionSheet>, Error> {
    let mut sheets: Vec<RetentionSheet> = Vec::new();
    for body in Vec::<CohortBody>::deserialize(results)? {
        let breakdown = body.breakdown_value.as_ref().map(breakdown);
        if sheets.last().is_none_or(|sheet| sheet.breakdown != breakdown) {
            sheets.push(RetentionSheet { breakdown, cohorts: Vec::new() });
        }
        let cells = body.values.into_iter().map(|cell| RetentionCell {
            label: cell.label,
            count: cell.count,
            aggregation_value: cell.aggregation_value,
        });
        let cohort = RetentionCohort { label: body.label, date: body.date, cells: cells.collect() };
        sheets.last_mut().expect("one was added where there was none").cohorts.push(cohort);
    }
    Ok(sheets)
}

fn links(results: &Value) -> Result<Vec<PathLink>, Error> {
    let links = Vec::<LinkBody>::deserialize(results)?.into_iter().map(|link| {
        Ok(PathLink {
            source: node(&link.source)?,
            target: node(&link.target)?,
            count: link.value,
            average_ms: link.average_conversion_time,
        })
    });
    links.collect()
}

/// `2_/pricing`
fn node(text: &str) -> Result<PathNode, Error> {
    let node = text.split_once('_').and_then(|(step, item)| {
        let step = step.parse().ok().filter(|step| *step > 0)?;
        Some(PathNode { step, item: item.to_owned() })
    });
    node.ok_or_else(|| Error::custom(format!("`{text}` is no step and item of a path, such as `2_/pricing`")))
}

fn rows(results: &Value, columns: Option<&Value>) -> Result<Rows, Error> {
    let rows = Vec::<Vec<Value>>::deserialize(results)?;
    let mut columns = columns.map(Vec::<String>::deserialize).transpose()?.unwrap_or_default();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    columns.extend((columns.len()..width).map(|position| format!("column_{position}")));
    let padded = rows.into_iter().map(|mut row| {
        row.resize(columns.len(), Value::Null);
        row
    });
    Ok(Rows { rows: padded.collect(), columns })
}

/// A text, a number, or a list of them.
fn breakdown(value: &Value) -> Breakdown {
    Breakdown(match value {
        Value::Array(values) => values.iter().map(breakdown_text).collect(),
        value => vec![breakdown_text(value)],
    })
}

fn breakdown_text(value: &Value) -> BreakdownText {
    match value {
        Value::Null => BreakdownText::Missing,
        Value::String(text) => match text.as_str() {
            crate::trends::NULL_VALUE | "" => BreakdownText::Missing,
            crate::trends::OTHER_VALUE | crate::funnels::OTHER => BreakdownText::Other,
            text => BreakdownText::Value(text.to_owned()),
        },
        value => BreakdownText::Value(value.to_string()),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}
