//! What a request says of its body, and the body without its compression.

use std::borrow::Cow;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::answer::Encoding;
use super::error::OtlpError;
use super::limits::OtlpLimits;
use crate::decode::{GZIP_MAGIC, read_bounded};
use crate::error::CaptureError;

/// What a content type says of a body. A body of another type that is taken is read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// Protobuf.
    Protobuf,
    /// JSON.
    Json,
    /// Lines of JSON.
    Lines,
    /// Nothing that helps.
    Nothing,
}

impl Declared {
    /// What `content_type` says.
    ///
    /// # Errors
    /// [`OtlpError::UnsupportedType`] where it says that the body is of a kind that cannot hold records, such as a page.
    pub fn of(content_type: Option<&str>) -> Result<Self, OtlpError> {
        let given = content_type.unwrap_or_default();
        let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/x-protobuf" | "application/protobuf" | "application/vnd.google.protobuf" => Ok(Self::Protobuf),
            "application/json" | "text/json" => Ok(Self::Json),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
                Ok(Self::Lines)
            }
            // What clients say that know nothing of the body.
            "" | "application/octet-stream" | "text/plain" | "application/x-www-form-urlencoded" => Ok(Self::Nothing),
            _ => Err(OtlpError::UnsupportedType { given: crate::shortened(given) }),
        }
    }

    /// How to answer before the body is known.
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Protobuf => Encoding::Protobuf,
            Self::Json | Self::Lines | Self::Nothing => Encoding::Json,
        }
    }
}

/// The body as it was before it was compressed. gzip is recognised by its first bytes too, with which no other body begins.
///
/// # Errors
/// Where it is too large, before or after, or damaged, or in an encoding that is not known.
pub fn decompress<'a>(
    body: &'a [u8],
    content_encoding: Option<&str>,
    limits: &OtlpLimits,
) -> Result<Cow<'a, [u8]>, OtlpError> {
    if body.len() > limits.body_bytes {
        return Err(CaptureError::TooLarge { limit_bytes: limits.body_bytes }.into());
    }
    let given = content_encoding.unwrap_or_default();
    match given.trim().to_ascii_lowercase().as_str() {
        "" | "identity" | "gzip" | "x-gzip" if body.starts_with(GZIP_MAGIC) => {
            let decoder = MultiGzDecoder::new(body);
            Ok(Cow::Owned(read_bounded(decoder, body.len(), limits.decoded_bytes, "gzip")?))
        }
        // Some proxies decompress and leave the header.
        "" | "identity" | "gzip" | "x-gzip" => Ok(Cow::Borrowed(body)),
        "deflate" => {
            let decoder = ZlibDecoder::new(body);
            Ok(Cow::Owned(read_bounded(decoder, body.len(), limits.decoded_bytes, "deflate")?))
        }
        _ => Err(OtlpError::UnsupportedEncoding { given: crate::shortened(given) }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    #[track_caller]
    fn check_type(content_type: Option<&str>, expected: Option<Declared>) {
        assert_eq!(Declared::of(content_type).ok(), expected, "{content_type:?}");
    }

    #[test]
    fn content_types_say_what_a_body_is() {
        check_type(Some("application/x-protobuf"), Some(Declared::Protobuf));
        check_type(Some("Application/JSON; charset=utf-8"), Some(Declared::Json));
        check_type(Some("application/x-ndjson"), Some(Declared::Lines));
        check_type(Some("text/plain"), Some(Declared::Nothing));
        check_type(None, Some(Declared::Nothing));
        check_type(Some("text/html"), None);
        check_type(Some("multipart/form-data; boundary=x"), None);
        check_type(Some("image/png"), None);
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compression_is_undone_within_limits() {
        let limits = OtlpLimits { body_bytes: 1000, decoded_bytes: 2000, ..OtlpLimits::default() };
        let undone = |body: &[u8], encoding: Option<&str>| decompress(body, encoding, &limits).map(Cow::into_owned);
        assert_eq!(undone(b"abc", None).unwrap(), b"abc");
        assert_eq!(undone(b"abc", Some("gzip")).unwrap(), b"abc");
        assert_eq!(undone(&gzip(b"abc"), Some("GZIP")).unwrap(), b"abc");
        assert_eq!(undone(&gzip(b"abc"), None).unwrap(), b"abc");
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"abc").unwrap();
        assert_eq!(undone(&zlib.finish().unwrap(), Some("deflate")).unwrap(), b"abc");

        let refused = |body: &[u8], encoding: Option<&str>| undone(body, encoding).unwrap_err();
        assert_eq!(refused(&[b'a'; 1001], None).kind().status(), 413);
        assert_eq!(refused(&gzip(&[b'a'; 2001]), Some("gzip")).kind().status(), 413);
        assert!(undone(&gzip(&[b'a'; 2000]), Some("gzip")).is_ok());
        let cut = refused(&gzip(b"abc")[..10], Some("gzip"));
        assert_eq!((cut.kind().status(), cut.to_string().contains("gzip")), (400, true), "{cut}");
        assert_eq!(refused(b"abc", Some("zstd")).kind().status(), 415);
    }
}
