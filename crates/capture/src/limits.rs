//! How large requests and events may be.

/// Bounds of what is taken; beyond them a request or an event is refused with a reason, never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request, as sent and after every step of decompression.
    pub request_bytes: usize,
    /// Events of a request.
    pub events: usize,
    /// Bytes of what is kept of an event: its name, its distinct id and the JSON text of its properties.
    pub event_bytes: usize,
    /// Characters of an event's name.
    pub event_name_chars: usize,
    /// Levels of objects and arrays in the properties, the properties themselves being the first.
    pub depth: usize,
}

impl Default for Limits {
    /// 20 MiB and 100,000 events a request; 1 MiB, 200 characters of name and 100 levels an event.
    fn default() -> Self {
        Self { request_bytes: 20 << 20, events: 100_000, event_bytes: 1 << 20, event_name_chars: 200, depth: 100 }
    }
}
