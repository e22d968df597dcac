//! Requests that bring metrics.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use logs::record::Attributes;

use super::answer::Encoding;
use super::attempts::{Form, read};
use super::error::{OtlpError, RecordError, Rejected};
use super::limits::OtlpLimits;
use super::request::Declared;
use super::source::{Intake, Pairs, Source, instant_us};
use super::{json, protobuf};

/// The flag of a data point that says that there was nothing to measure.
const NO_VALUE: u32 = 1;

/// The metrics of a request.
#[derive(Debug)]
pub struct MetricRequest {
    /// The good data points, in their order.
    pub points: Vec<MetricPoint>,
    /// The bad ones, and those of kinds that are not kept: exponential histograms and summaries.
    pub rejected: Rejected,
    /// How the request was encoded, and so its answer is to be.
    pub encoding: Encoding,
}

/// A data point of a metric. Instants are microseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricPoint {
    /// The metric's name.
    pub name: Arc<str>,
    /// Its unit, or empty.
    pub unit: Arc<str>,
    /// What its numbers are.
    pub kind: MetricKind,
    /// Since when it was measured, where that is told.
    pub start_us: Option<i64>,
    /// When it was measured.
    pub time_us: i64,
    /// What was measured.
    pub value: PointValue,
    /// What the data point says of itself.
    pub attributes: Attributes,
    /// What produced it.
    pub resource: Arc<Attributes>,
    /// The instrumentation that made it, `name@version`, or empty.
    pub scope: Arc<str>,
}

/// What the numbers of a metric are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// The latest measurement.
    Gauge,
    /// A sum.
    Sum {
        /// Since when.
        temporality: Temporality,
        /// Whether it only grows.
        is_monotonic: bool,
    },
    /// How many measurements fell into which range.
    Histogram {
        /// Since when.
        temporality: Temporality,
    },
}

/// Since when a sum or a histogram counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temporality {
    /// It is not told.
    Unspecified,
    /// Since the data point before.
    Delta,
    /// Since the start that the data point names.
    Cumulative,
}

/// What a data point measured.
#[derive(Clone, Debug, PartialEq)]
pub enum PointValue {
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Double(f64),
    /// Many measurements.
    Histogram(HistogramValue),
}

/// Many measurements in one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramValue {
    /// How many.
    pub count: u64,
    /// Their sum, where it is known.
    pub sum: Option<f64>,
    /// The least of them, where it is known.
    pub min: Option<f64>,
    /// The greatest of them, where it is known.
    pub max: Option<f64>,
    /// Where one range ends and the next one begins.
    pub bounds: Vec<f64>,
    /// How many there are in each range: one more than bounds, or none.
    pub counts: Vec<u64>,
}

/// A metric as its encoding has it, with data points that are still to be read.
#[derive(Debug, Default)]
pub(super) struct RawMetric<'a, P> {
    pub(super) name: Cow<'a, str>,
    pub(super) unit: Cow<'a, str>,
    pub(super) data: Option<RawData<P>>,
}

/// The data of a metric.
#[derive(Debug)]
pub(super) struct RawData<P> {
    pub(super) kind: RawKind,
    pub(super) temporality: i64,
    pub(super) is_monotonic: bool,
    pub(super) points: Vec<P>,
}

/// The kinds of metrics that OpenTelemetry knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RawKind {
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

/// A data point as its encoding has it.
#[derive(Debug, Default)]
pub(super) struct RawPoint {
    pub(super) start_nanos: u64,
    pub(super) time_nanos: u64,
    pub(super) number: Option<PointValue>,
    pub(super) histogram: HistogramValue,
    pub(super) attributes: Pairs,
    pub(super) flags: u32,
}

/// Reads the metrics in `body`, which is not compressed (see [`super::request::decompress`]), as what it is declared to be, else as whatever it is.
///
/// # Errors
/// Where no data point could be read, or there are too many.
pub fn read_metrics(
    body: &[u8],
    declared: Declared,
    limits: &OtlpLimits,
    now: DateTime<Utc>,
) -> Result<MetricRequest, OtlpError> {
    let now_us = now.timestamp_micros();
    read(body, declared, |form| {
        let mut intake = Intake::new(limits, now_us);
        let mut points = Vec::new();
        let is_one = match form {
            Form::Protobuf => protobuf::walk(body, &mut intake, |intake, source, item| {
                let metric = protobuf::metric::metric(item, intake);
                take(intake, source, &mut points, metric, |point, kind, intake| {
                    protobuf::metric::point(point, kind, intake)
                })
            })?,
            Form::Json | Form::Lines => json::walk_metrics(body, form, &mut intake, |intake, source, item| {
                let metric = json::metric::metric(item, intake);
                take(intake, source, &mut points, metric, |point, _, intake| json::metric::point(point, intake))
            })?,
        };
        Ok((MetricRequest { points, rejected: intake.rejected, encoding: form.encoding() }, is_one))
    })
}

/// Adds the data points of a metric, or counts them as refused.
fn take<P>(
    intake: &mut Intake<'_>,
    source: &Source,
    points: &mut Vec<MetricPoint>,
    metric: Result<RawMetric<'_, P>, RecordError>,
    mut read: impl FnMut(P, RawKind, &mut Intake<'_>) -> Result<RawPoint, RecordError>,
) -> Result<(), OtlpError> {
    let metric = match metric {
        Ok(metric) => metric,
        Err(error) => {
            // How many data points it would have had is not known.
            let index = intake.begin(1)?;
            intake.rejected.add(index, error);
            return Ok(());
        }
    };
    let Some(data) = metric.data else { return Ok(()) };
    let first = intake.begin(data.points.len())?;
    let kind = match kind(&data) {
        Ok(kind) => kind,
        Err(error) => {
            intake.rejected.add_many(data.points.len(), first, error);
            return Ok(());
        }
    };
    let (name, unit) = (intake.texts.shared(&metric.name), intake.texts.shared(&metric.unit));
    for (n, point) in data.points.into_iter().enumerate() {
        let read = read(point, data.kind, intake);
        match read.and_then(|point| finish(point, kind, (&name, &unit), source, intake)) {
            Ok(point) => points.extend(point),
            Err(error) => intake.rejected.add(first + n, error),
        }
    }
    Ok(())
}

fn kind<P>(data: &RawData<P>) -> Result<MetricKind, RecordError> {
    let temporality = match data.temporality {
        1 => Temporality::Delta,
        2 => Temporality::Cumulative,
        _ => Temporality::Unspecified,
    };
    match data.kind {
        RawKind::Gauge => Ok(MetricKind::Gauge),
        RawKind::Sum => Ok(MetricKind::Sum { temporality, is_monotonic: data.is_monotonic }),
        RawKind::Histogram => Ok(MetricKind::Histogram { temporality }),
        RawKind::ExponentialHistogram => Err(RecordError::UnknownKind { kind: "exponentialHistogram" }),
        RawKind::Summary => Err(RecordError::UnknownKind { kind: "summary" }),
    }
}

/// The data point; none where there was nothing to measure.
fn finish(
    raw: RawPoint,
    kind: MetricKind,
    (name, unit): (&Arc<str>, &Arc<str>),
    source: &Source,
    intake: &mut Intake<'_>,
) -> Result<Option<MetricPoint>, RecordError> {
    let (resource, scope) = source.parts()?;
    let attributes = intake.attributes(raw.attributes)?;
    let is_empty = raw.flags & NO_VALUE != 0;
    let value = match kind {
        MetricKind::Histogram { .. } => Some(PointValue::Histogram(checked(raw.histogram)?)),
        _ => raw.number,
    };
    let Some(value) = value.filter(|_| !is_empty) else { return Ok(None) };
    if matches!(value, PointValue::Double(number) if !number.is_finite()) {
        return Err(RecordError::NotFinite);
    }
    Ok(Some(MetricPoint {
        name: Arc::clone(name),
        unit: Arc::clone(unit),
        kind,
        start_us: instant_us(raw.start_nanos),
        time_us: instant_us(raw.time_nanos).unwrap_or(intake.now_us),
        value,
        attributes,
        resource,
        scope,
    }))
}

fn checked(histogram: HistogramValue) -> Result<HistogramValue, RecordError> {
    let summed = [histogram.sum, histogram.min, histogram.max];
    if summed.into_iter().flatten().chain(histogram.bounds.iter().copied()).any(|number| !number.is_finite()) {
        return Err(RecordError::NotFinite);
    }
    let (n_counts, n_bounds) = (histogram.counts.len(), histogram.bounds.len());
    if n_counts != n_bounds + 1 && n_counts + n_bounds > 0 {
        let reason = format!("a histogram has {n_counts} counts for {n_bounds} bounds, instead of one more or none");
        return Err(RecordError::malformed(reason));
    }
    Ok(histogram)
}

#[cfg(test)]
mod tests;
