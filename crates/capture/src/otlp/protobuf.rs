//! Requests in protobuf, read where they lie: a field is looked at when its message is, so that a damaged record spoils no other.
//!
//! The numbers of fields are those of OpenTelemetry's published messages. Unknown fields are passed over.

pub(super) mod log_record;
pub(super) mod metric;
mod values;

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::error::{OtlpError, RecordError};
use super::source::{Intake, Source};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The fields of a message, in their order.
#[derive(Clone, Debug)]
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Wire<'a>), RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read().transpose();
        if !matches!(field, Some(Ok(_))) {
            self.0 = &[];
        }
        field
    }
}

impl<'a> Fields<'a> {
    /// The next field that is no group; groups are older than any of the messages.
    fn read(&mut self) -> Result<Option<(u32, Wire<'a>)>, RecordError> {
        while !self.0.is_empty() {
            let (tag, wire_type) = decode_key(&mut self.0).map_err(RecordError::malformed)?;
            let value = match wire_type {
                WireType::Varint => Wire::Varint(decode_varint(&mut self.0).map_err(RecordError::malformed)?),
                WireType::SixtyFourBit => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
                WireType::ThirtyTwoBit => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
                WireType::LengthDelimited => {
                    let length = decode_varint(&mut self.0).map_err(RecordError::malformed)?;
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    let (value, rest) = self.0.split_at_checked(length).ok_or_else(cut_off)?;
                    self.0 = rest;
                    Wire::Bytes(value)
                }
                WireType::StartGroup | WireType::EndGroup => {
                    skip_field(wire_type, tag, &mut self.0, DecodeContext::default())
                        .map_err(RecordError::malformed)?;
                    continue;
                }
            };
            return Ok(Some((tag, value)));
        }
        Ok(None)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (value, rest) = self.0.split_first_chunk().ok_or_else(cut_off)?;
        self.0 = rest;
        Ok(*value)
    }
}

fn cut_off() -> RecordError {
    RecordError::malformed("the protobuf data is cut off")
}

impl<'a> Wire<'a> {
    fn bytes(self, field: &str) -> Result<&'a [u8], RecordError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(wrong_type(field)),
        }
    }

    fn text(self, field: &str) -> Result<&'a str, RecordError> {
        let no_text = |_| RecordError::malformed(format_args!("{field} is no UTF-8 text"));
        std::str::from_utf8(self.bytes(field)?).map_err(no_text)
    }

    fn fixed64(self, field: &str) -> Result<u64, RecordError> {
        match self {
            Self::Fixed64(number) => Ok(number),
            _ => Err(wrong_type(field)),
        }
    }

    fn fixed32(self, field: &str) -> Result<u32, RecordError> {
        match self {
            Self::Fixed32(number) => Ok(number),
            _ => Err(wrong_type(field)),
        }
    }

    fn varint(self, field: &str) -> Result<u64, RecordError> {
        match self {
            Self::Varint(number) => Ok(number),
            _ => Err(wrong_type(field)),
        }
    }

    fn double(self, field: &str) -> Result<f64, RecordError> {
        self.fixed64(field).map(f64::from_bits)
    }
}

fn wrong_type(field: &str) -> RecordError {
    RecordError::malformed(format_args!("{field} has the wrong wire type"))
}

/// Why a walk ended before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// What was walked is no such request.
    Malformed(RecordError),
    /// The request is refused.
    Refused(OtlpError),
}

impl From<RecordError> for Stop {
    fn from(error: RecordError) -> Self {
        Self::Malformed(error)
    }
}

impl From<OtlpError> for Stop {
    fn from(error: OtlpError) -> Self {
        Self::Refused(error)
    }
}

/// Calls `take` with each record, or metric, of a request, and with where it comes from. Requests for logs and for metrics are built alike: a list of
/// resources (1), in each a list of scopes (2), in each a list of items (2); a resource and a scope tell of themselves in field 1.
/// Tells whether there was any resource.
pub(super) fn walk<'a, 'l>(
    body: &'a [u8],
    intake: &mut Intake<'l>,
    mut take: impl FnMut(&mut Intake<'l>, &Source, &'a [u8]) -> Result<(), OtlpError>,
) -> Result<bool, Stop> {
    let mut source = Source::unknown();
    let mut has_resources = false;
    for resource in members(body, 1, "the list of resources") {
        let resource = resource?;
        has_resources = true;
        source.resource = values::resource(first_member(resource, "resource")?, intake).map(Into::into);
        for scope in members(resource, 2, "the list of scopes") {
            let scope = scope?;
            source.scope = values::scope(first_member(scope, "scope")?, intake);
            for item in members(scope, 2, "the list of records") {
                take(intake, &source, item?)?;
            }
        }
    }
    Ok(has_resources)
}

/// The messages in the field `tag`.
fn members<'a>(message: &'a [u8], tag: u32, name: &'static str) -> impl Iterator<Item = Result<&'a [u8], RecordError>> {
    Fields(message).filter_map(move |field| match field {
        Ok((found, value)) if found == tag => Some(value.bytes(name)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

/// The last message in field 1, which may stand behind the list that it is about; nothing where there is none.
fn first_member<'a>(message: &'a [u8], name: &'static str) -> Result<&'a [u8], RecordError> {
    members(message, 1, name).try_fold(&message[..0], |_, found| found)
}
