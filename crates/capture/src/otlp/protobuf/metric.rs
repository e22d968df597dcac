//! Metrics in protobuf.

use super::{Fields, Wire, values};
use crate::otlp::error::RecordError;
use crate::otlp::metric_request::{HistogramValue, PointValue, RawData, RawKind, RawMetric, RawPoint};
use crate::otlp::source::Intake;

/// The metric in `message`.
pub(in crate::otlp) fn metric<'a>(
    message: &'a [u8],
    intake: &mut Intake<'_>,
) -> Result<RawMetric<'a, &'a [u8]>, RecordError> {
    let mut metric = RawMetric { name: "".into(), unit: "".into(), data: None };
    for field in Fields(message) {
        let kind = match field? {
            (1, value) => {
                metric.name = value.text("name")?.into();
                continue;
            }
            (3, value) => {
                metric.unit = value.text("unit")?.into();
                continue;
            }
            (5, value) => (RawKind::Gauge, value),
            (7, value) => (RawKind::Sum, value),
            (9, value) => (RawKind::Histogram, value),
            (10, value) => (RawKind::ExponentialHistogram, value),
            (11, value) => (RawKind::Summary, value),
            _ => continue,
        };
        metric.data = Some(data(kind.0, kind.1)?);
    }
    intake.check_size(metric.name.len() + metric.unit.len())?;
    Ok(metric)
}

fn data<'a>(kind: RawKind, field: Wire<'a>) -> Result<RawData<&'a [u8]>, RecordError> {
    let mut data = RawData { kind, temporality: 0, is_monotonic: false, points: Vec::new() };
    for field in Fields(field.bytes("data")?) {
        match field? {
            (1, value) => data.points.push(value.bytes("dataPoints")?),
            (2, value) => data.temporality = value.varint("aggregationTemporality")?.cast_signed(),
            (3, value) => data.is_monotonic = value.varint("isMonotonic")? != 0,
            _ => {}
        }
    }
    Ok(data)
}

/// A data point of a metric of that kind.
pub(in crate::otlp) fn point(message: &[u8], kind: RawKind, intake: &mut Intake<'_>) -> Result<RawPoint, RecordError> {
    intake.check_size(message.len())?;
    let mut point = RawPoint::default();
    for field in Fields(message) {
        match (kind, field?) {
            (_, (2, value)) => point.start_nanos = value.fixed64("startTimeUnixNano")?,
            (_, (3, value)) => point.time_nanos = value.fixed64("timeUnixNano")?,
            (RawKind::Histogram, (9, value)) => point.attributes.push(values::attribute(value, intake)?),
            (RawKind::Histogram, (10, value)) => point.flags = flags(value)?,
            (RawKind::Histogram, (tag, value)) => histogram(&mut point.histogram, tag, value)?,
            (_, (7, value)) => point.attributes.push(values::attribute(value, intake)?),
            (_, (8, value)) => point.flags = flags(value)?,
            (_, (4, value)) => point.number = Some(PointValue::Double(value.double("asDouble")?)),
            (_, (6, value)) => point.number = Some(PointValue::Integer(value.fixed64("asInt")?.cast_signed())),
            _ => {}
        }
    }
    Ok(point)
}

fn flags(value: Wire<'_>) -> Result<u32, RecordError> {
    let number = value.varint("flags")?;
    u32::try_from(number).map_err(|_| RecordError::malformed("flags are no number of 32 bits"))
}

fn histogram(histogram: &mut HistogramValue, tag: u32, value: Wire<'_>) -> Result<(), RecordError> {
    match tag {
        4 => histogram.count = value.fixed64("count")?,
        5 => histogram.sum = Some(value.double("sum")?),
        6 => repeated(value, "bucketCounts", |number| histogram.counts.push(number))?,
        7 => repeated(value, "explicitBounds", |number| histogram.bounds.push(f64::from_bits(number)))?,
        11 => histogram.min = Some(value.double("min")?),
        12 => histogram.max = Some(value.double("max")?),
        _ => {}
    }
    Ok(())
}

/// Numbers of 64 bits, one in each field or packed in one.
fn repeated(value: Wire<'_>, field: &str, mut take: impl FnMut(u64)) -> Result<(), RecordError> {
    match value {
        Wire::Bytes(packed) => {
            let (numbers, rest) = packed.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(RecordError::malformed(format_args!("{field} are cut off")));
            }
            numbers.iter().for_each(|number| take(u64::from_le_bytes(*number)));
        }
        single => take(single.fixed64(field)?),
    }
    Ok(())
}
