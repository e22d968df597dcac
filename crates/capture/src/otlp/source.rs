//! What the records of a request have in common, and what is kept count of while they are read.

use std::sync::Arc;

use logs::record::Attributes;
use serde_json::Value;

use super::error::{OtlpError, RecordError, Rejected};
use super::limits::OtlpLimits;
use super::texts::Texts;

/// Keys and values in the order in which they were sent.
pub(super) type Pairs = Vec<(Arc<str>, Value)>;

/// Where records come from. What is wrong with it is wrong with each of them.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The resource's attributes.
    pub(super) resource: Result<Arc<Attributes>, RecordError>,
    /// The instrumentation, `name@version`.
    pub(super) scope: Result<Arc<str>, RecordError>,
}

/// The reading of one request.
#[derive(Debug)]
pub(super) struct Intake<'l> {
    /// The bounds.
    pub(super) limits: &'l OtlpLimits,
    /// When the request came, in microseconds since 1970 UTC.
    pub(super) now_us: i64,
    /// Texts that come again and again.
    pub(super) texts: Texts,
    /// What was refused.
    pub(super) rejected: Rejected,
    n_records: usize,
    n_values: usize,
}

impl Source {
    /// Neither a resource nor a scope.
    pub(super) fn unknown() -> Self {
        Self { resource: Ok(Arc::default()), scope: Ok("".into()) }
    }

    /// The resource and the scope.
    pub(super) fn parts(&self) -> Result<(Arc<Attributes>, Arc<str>), RecordError> {
        let resource = self.resource.as_ref().map_err(|error| RecordError::Resource(Box::new(error.clone())))?;
        let scope = self.scope.as_ref().map_err(|error| RecordError::Scope(Box::new(error.clone())))?;
        Ok((Arc::clone(resource), Arc::clone(scope)))
    }
}

impl<'l> Intake<'l> {
    /// The reading of a request that came at `now_us`.
    pub(super) fn new(limits: &'l OtlpLimits, now_us: i64) -> Self {
        Self { limits, now_us, texts: Texts::default(), rejected: Rejected::default(), n_records: 0, n_values: 0 }
    }

    /// Counts `n` records more, and gives the position of the first of them.
    ///
    /// # Errors
    /// Where these are more than a request may hold, or what came before held more values.
    pub(super) fn begin(&mut self, n: usize) -> Result<usize, OtlpError> {
        let index = self.n_records;
        self.n_records = index.saturating_add(n);
        if self.n_records > self.limits.records {
            return Err(OtlpError::TooManyRecords { limit: self.limits.records });
        }
        if self.n_values > self.limits.values {
            return Err(OtlpError::TooManyValues { limit: self.limits.values });
        }
        Ok(index)
    }

    /// Whether a record, or what else is read at once, is small enough.
    pub(super) fn check_size(&self, n_bytes: usize) -> Result<(), RecordError> {
        let limit_bytes = self.limits.record_bytes;
        if n_bytes > limit_bytes { Err(RecordError::TooLarge { limit_bytes }) } else { Ok(()) }
    }

    /// Counts a value with what is nested in it.
    pub(super) fn check_value(&mut self, value: &Value) -> Result<(), RecordError> {
        let mut n_values = 0;
        let is_too_deep = !measure(value, self.limits.depth, &mut n_values);
        self.n_values = self.n_values.saturating_add(n_values);
        if is_too_deep { Err(RecordError::TooDeep { limit: self.limits.depth }) } else { Ok(()) }
    }

    /// Attributes of `pairs`.
    pub(super) fn attributes(&mut self, pairs: Pairs) -> Result<Attributes, RecordError> {
        let limit = self.limits.attributes;
        if pairs.len() > limit {
            return Err(RecordError::TooManyAttributes { limit });
        }
        pairs.iter().try_for_each(|(_, value)| self.check_value(value))?;
        Ok(Attributes::new(pairs))
    }

    /// The text of a scope.
    pub(super) fn scope(&mut self, name: &str, version: &str) -> Arc<str> {
        if version.is_empty() { self.texts.shared(name) } else { self.texts.shared(&format!("{name}@{version}")) }
    }
}

/// Counts `value` and what is nested in it; tells whether it has at most `depth` levels of lists and objects.
fn measure(value: &Value, depth: usize, n_values: &mut usize) -> bool {
    *n_values += 1;
    match value {
        Value::Array(values) => depth > 0 && values.iter().all(|value| measure(value, depth - 1, n_values)),
        Value::Object(fields) => depth > 0 && fields.values().all(|value| measure(value, depth - 1, n_values)),
        _ => true,
    }
}

/// The microseconds of an instant in nanoseconds since 1970 UTC; none for 0, which says that it is not known.
pub(super) fn instant_us(nanos: u64) -> Option<i64> {
    (nanos > 0).then(|| i64::try_from(nanos / 1000).expect("a thousandth of any number is one of 63 bits"))
}
