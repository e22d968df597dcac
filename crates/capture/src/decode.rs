//! From the bytes of a request to JSON text, through whatever encodings the client wrapped it in.

mod lz;

use std::borrow::Cow;
use std::io::{self, Read};

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::error::CaptureError;
use crate::request::{CaptureRequest, Parameters};

/// Encodings inside each other; clients use three at most (a form of base64 of gzip).
const MAX_LAYERS: usize = 5;

/// How gzip begins.
pub(crate) const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// JSON text and what the wrapping said beside it.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    /// The text; begins with `{` or `[`.
    pub(crate) json: Cow<'a, str>,
    /// The client's clock at the sending, as text.
    pub(crate) sent_at: Option<String>,
    /// A token.
    pub(crate) token: Option<String>,
}

/// Unwraps `body`, of which no layer may exceed `limit_bytes`.
///
/// Each layer is recognised by what it looks like, as clients and proxies often say something else: gzip by its first bytes,
/// JSON by its bracket, a form by `data=` or the content type. Only lz64 needs to be announced, being base64 to the eye.
pub(crate) fn decode<'a>(
    body: &'a [u8],
    request: &CaptureRequest<'a>,
    limit_bytes: usize,
) -> Result<Decoded<'a>, CaptureError> {
    if body.len() > limit_bytes {
        return Err(CaptureError::TooLarge { limit_bytes });
    }
    let query = Parameters::parse(request.query.as_bytes());
    let mut compression = query.compression.map(Cow::into_owned);
    let mut sent_at = query.sent_at.map(Cow::into_owned);
    let mut token = query.token.map(Cow::into_owned);
    let mut content = match query.data {
        Some(data) if body.trim_ascii().is_empty() => Cow::Owned(data.into_owned().into_bytes()),
        _ => undo_content_encoding(body, request.content_encoding, limit_bytes)?,
    };
    let mut maybe_form = request.content_type.is_some_and(|content_type| {
        content_type.trim_ascii_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    });

    for _ in 0..MAX_LAYERS {
        if content.len() > limit_bytes {
            return Err(CaptureError::TooLarge { limit_bytes });
        }
        if content.starts_with(GZIP_MAGIC) {
            content = Cow::Owned(read_bounded(MultiGzDecoder::new(&*content), content.len(), limit_bytes, "gzip")?);
            continue;
        }
        match without_mark(&content).trim_ascii_start().first() {
            None => return Err(CaptureError::NoEvents),
            Some(b'{' | b'[') => return Ok(Decoded { json: into_text(content), sent_at, token }),
            Some(_) => {}
        }
        if maybe_form || content.starts_with(b"data=") {
            maybe_form = false;
            let form = Parameters::parse(&content);
            if let Some(data) = form.data {
                sent_at = form.sent_at.map(Cow::into_owned).or(sent_at);
                token = form.token.map(Cow::into_owned).or(token);
                compression = form.compression.map(Cow::into_owned).or(compression);
                content = Cow::Owned(data.into_owned().into_bytes());
                continue;
            }
        }
        content = Cow::Owned(match compression.as_deref() {
            Some("lz64" | "lz-string") => {
                compression = None;
                unfold_lz(&content, limit_bytes)?.into_bytes()
            }
            _ => decode_base64(&content)?,
        });
    }
    Err(undecodable("more encodings inside each other than any client uses"))
}

fn undo_content_encoding<'a>(
    body: &'a [u8],
    content_encoding: Option<&str>,
    limit_bytes: usize,
) -> Result<Cow<'a, [u8]>, CaptureError> {
    match content_encoding.map(|encoding| encoding.trim().to_ascii_lowercase()).as_deref() {
        // gzip is recognised by its first bytes, and some proxies decompress but leave the header.
        None | Some("" | "identity" | "gzip" | "x-gzip") => Ok(Cow::Borrowed(body)),
        Some("deflate") => read_bounded(ZlibDecoder::new(body), body.len(), limit_bytes, "deflate").map(Cow::Owned),
        Some(other) => Err(undecodable(format!(
            "content encoding {:?} is not understood; use gzip, deflate or none",
            crate::shortened(other)
        ))),
    }
}

/// Reads all of `reader`, refusing to hold more than `limit_bytes`.
pub(crate) fn read_bounded(
    reader: impl Read,
    compressed_len: usize,
    limit_bytes: usize,
    encoding: &str,
) -> Result<Vec<u8>, CaptureError> {
    let mut bytes = Vec::with_capacity((compressed_len * 4).min(limit_bytes));
    // One byte more than allowed tells that there is more.
    let taken = reader.take(limit_bytes as u64 + 1).read_to_end(&mut bytes);
    if bytes.len() > limit_bytes {
        return Err(CaptureError::TooLarge { limit_bytes });
    }
    match taken {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(undecodable(format!("the {encoding} data is cut off")))
        }
        Err(error) => Err(undecodable(format!("the {encoding} data is damaged: {error}"))),
    }
}

fn unfold_lz(content: &[u8], limit_bytes: usize) -> Result<String, CaptureError> {
    lz::unfold_base64(content.trim_ascii(), limit_bytes).map_err(|error| match error {
        lz::LzError::TooLarge => CaptureError::TooLarge { limit_bytes },
        lz::LzError::Malformed => undecodable("compression is lz64, but the data is not"),
    })
}

/// Decodes base64 with either alphabet, padded or not, with line breaks, and with plus signs that a form turned into spaces.
fn decode_base64(content: &[u8]) -> Result<Vec<u8>, CaptureError> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let digits: Vec<u8> = content
        .trim_ascii()
        .iter()
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | b'='))
        .map(|byte| match byte {
            b' ' | b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    LENIENT.decode(digits).map_err(|_| undecodable("it is neither JSON nor gzip, base64 or a form with a data field"))
}

/// The text of `content`. Bytes that are no UTF-8 spoil the character they stand in, not the whole request.
fn into_text(content: Cow<'_, [u8]>) -> Cow<'_, str> {
    match content {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(without_mark(bytes)),
        Cow::Owned(bytes) if without_mark(&bytes).len() < bytes.len() => {
            Cow::Owned(String::from_utf8_lossy(without_mark(&bytes)).into_owned())
        }
        Cow::Owned(bytes) => Cow::Owned(
            String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        ),
    }
}

/// `content` without the byte order mark that some clients begin with.
fn without_mark(content: &[u8]) -> &[u8] {
    content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content)
}

fn undecodable(reason: impl Into<String>) -> CaptureError {
    CaptureError::Undecodable { reason: reason.into() }
}
