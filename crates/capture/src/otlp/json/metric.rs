//! Metrics in JSON.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::numbers::Number;
use super::object;
use super::text::Text;
use super::values::{PairJson, pairs};
use crate::otlp::error::RecordError;
use crate::otlp::metric_request::{HistogramValue, PointValue, RawData, RawKind, RawMetric, RawPoint};
use crate::otlp::source::Intake;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricJson<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    unit: Text<'a>,
    #[serde(borrow, default)]
    gauge: Option<DataJson<'a>>,
    #[serde(borrow, default)]
    sum: Option<DataJson<'a>>,
    #[serde(borrow, default)]
    histogram: Option<DataJson<'a>>,
    #[serde(borrow, default)]
    exponential_histogram: Option<DataJson<'a>>,
    #[serde(borrow, default)]
    summary: Option<DataJson<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataJson<'a> {
    #[serde(borrow, default)]
    data_points: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    aggregation_temporality: Number<i64>,
    #[serde(default)]
    is_monotonic: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PointJson<'a> {
    #[serde(default)]
    start_time_unix_nano: Number<u64>,
    #[serde(default)]
    time_unix_nano: Number<u64>,
    #[serde(default)]
    as_int: Option<Number<i64>>,
    #[serde(default)]
    as_double: Option<Number<f64>>,
    #[serde(default)]
    count: Number<u64>,
    #[serde(default)]
    sum: Option<Number<f64>>,
    #[serde(default)]
    min: Option<Number<f64>>,
    #[serde(default)]
    max: Option<Number<f64>>,
    #[serde(default)]
    bucket_counts: Option<Vec<Number<u64>>>,
    #[serde(default)]
    explicit_bounds: Option<Vec<Number<f64>>>,
    #[serde(borrow, default)]
    attributes: Option<Vec<PairJson<'a>>>,
    #[serde(default)]
    flags: Number<u32>,
}

/// The metric in `json`.
pub(in crate::otlp) fn metric<'a>(
    json: &'a RawValue,
    intake: &mut Intake<'_>,
) -> Result<RawMetric<'a, &'a RawValue>, RecordError> {
    let metric: MetricJson<'a> = object(json.get())?;
    intake.check_size(metric.name.0.len() + metric.unit.0.len())?;
    let kinds = [
        (RawKind::Gauge, metric.gauge),
        (RawKind::Sum, metric.sum),
        (RawKind::Histogram, metric.histogram),
        (RawKind::ExponentialHistogram, metric.exponential_histogram),
        (RawKind::Summary, metric.summary),
    ];
    let data = kinds.into_iter().find_map(|(kind, data)| {
        let data = data?;
        Some(RawData {
            kind,
            temporality: data.aggregation_temporality.0,
            is_monotonic: data.is_monotonic.unwrap_or(false),
            points: data.data_points.unwrap_or_default(),
        })
    });
    Ok(RawMetric { name: metric.name.0, unit: metric.unit.0, data })
}

/// The data point in `json`.
pub(in crate::otlp) fn point(json: &RawValue, intake: &mut Intake<'_>) -> Result<RawPoint, RecordError> {
    intake.check_size(json.get().len())?;
    let point: PointJson<'_> = object(json.get())?;
    let integer = point.as_int.map(|number| PointValue::Integer(number.0));
    let double = point.as_double.map(|number| PointValue::Double(number.0));
    let numbers = |numbers: Option<Vec<Number<u64>>>| numbers.into_iter().flatten().map(|number| number.0).collect();
    Ok(RawPoint {
        start_nanos: point.start_time_unix_nano.0,
        time_nanos: point.time_unix_nano.0,
        number: integer.or(double),
        histogram: HistogramValue {
            count: point.count.0,
            sum: point.sum.map(|number| number.0),
            min: point.min.map(|number| number.0),
            max: point.max.map(|number| number.0),
            bounds: point.explicit_bounds.into_iter().flatten().map(|number| number.0).collect(),
            counts: numbers(point.bucket_counts),
        },
        attributes: pairs(point.attributes, intake),
        flags: point.flags.0,
    })
}
