//! How large requests and records may be.

/// Bounds of what is taken; beyond them a request or a record is refused with a reason, never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtlpLimits {
    /// Bytes of a request as sent.
    pub body_bytes: usize,
    /// Bytes of a request when decompressed.
    pub decoded_bytes: usize,
    /// Log records or data points of a request.
    pub records: usize,
    /// Values of a request: those of attributes and bodies, with what is nested in them.
    pub values: usize,
    /// Bytes of a record, of a metric or of a resource, as encoded in the request.
    pub record_bytes: usize,
    /// Attributes of a record or of a resource.
    pub attributes: usize,
    /// Levels of lists and objects in a value.
    pub depth: usize,
}

impl Default for OtlpLimits {
    /// 32 MiB as sent and 64 MiB decompressed, 100,000 records and 4,000,000 values a request; 1 MiB and 1,000 attributes a record,
    /// 24 levels a value.
    fn default() -> Self {
        Self {
            body_bytes: 32 << 20,
            decoded_bytes: 64 << 20,
            records: 100_000,
            values: 4_000_000,
            record_bytes: 1 << 20,
            attributes: 1_000,
            depth: 24,
        }
    }
}
