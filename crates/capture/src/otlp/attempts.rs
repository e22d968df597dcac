//! Reading a body as what it is declared to be, and where it is not that, as whatever it is.

use super::answer::Encoding;
use super::error::OtlpError;
use super::protobuf::Stop;
use super::request::Declared;

/// How a body may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Protobuf.
    Protobuf,
    /// One JSON object.
    Json,
    /// JSON objects, one a line.
    Lines,
}

impl Form {
    /// How a request of this form is answered.
    pub(super) fn encoding(self) -> Encoding {
        match self {
            Self::Protobuf => Encoding::Protobuf,
            Self::Json | Self::Lines => Encoding::Json,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Protobuf => "protobuf",
            Self::Json => "JSON",
            Self::Lines => "lines of JSON",
        }
    }
}

/// What the first attempt that succeeds gives. `attempt` tells beside it whether it found what it looked for: a body that says nothing is
/// of the form that it is declared to be, but no sign that it is of another one.
pub(super) fn read<T>(
    body: &[u8],
    declared: Declared,
    mut attempt: impl FnMut(Form) -> Result<(T, bool), Stop>,
) -> Result<T, OtlpError> {
    use Form::{Json, Lines, Protobuf};

    let (forms, declared) = match declared {
        Declared::Protobuf => ([Protobuf, Json, Lines], Some(Protobuf)),
        Declared::Json => ([Json, Lines, Protobuf], Some(Json)),
        Declared::Lines => ([Lines, Json, Protobuf], Some(Lines)),
        Declared::Nothing => ([Protobuf, Json, Lines], None),
    };
    let mut reasons = Vec::new();
    for form in forms {
        match attempt(form) {
            Ok((read, is_one)) if is_one || declared == Some(form) || body.trim_ascii().is_empty() => return Ok(read),
            Ok(_) => reasons.push(format!("as {}, it has no resources", form.name())),
            Err(Stop::Malformed(error)) => reasons.push(format!("as {}, {error}", form.name())),
            Err(Stop::Refused(error)) => return Err(error),
        }
    }
    Err(OtlpError::Undecodable { reasons: reasons.join("; ") })
}
