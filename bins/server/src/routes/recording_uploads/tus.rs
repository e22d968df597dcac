//! The headers of the tus protocol, and its answers.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use insights_core::problem::{Problem, ProblemKind};
use recordings::video::error::{VideoError, VideoResult};
use recordings::video::model::MediaType;
use recordings::video::service::Digest;

use crate::error::ApiError;

/// The content type of bytes that are added.
pub(super) const OFFSET_STREAM: &str = "application/offset+octet-stream";

/// The version that is spoken.
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");

/// What is spoken beside the core protocol.
const EXTENSIONS: &str = "creation,creation-defer-length,creation-with-upload,expiration,termination,checksum";

/// After how many seconds it is worth trying again where too many uploads are running.
const BUSY_RETRY_S: u32 = 5;

/// The headers of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headers<'a>(pub(super) &'a HeaderMap);

impl<'a> Headers<'a> {
    /// A header's text.
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    /// A header's number.
    pub(super) fn number(self, name: &str) -> Result<Option<u64>, Problem> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_number);
        number.map(Some).ok_or_else(|| Problem::invalid(name, "A number of bytes is required."))
    }

    /// Refuses a request in another version of the protocol.
    pub(super) fn check_version(self) -> Result<(), Problem> {
        if self.0.get(RESUMABLE) == Some(&VERSION) {
            return Ok(());
        }
        let detail = "The header Tus-Resumable: 1.0.0 is required.";
        Err(Problem::new(ProblemKind::PreconditionFailed, "unsupported_version", detail))
    }

    /// The same, for requests that make sense without the protocol.
    pub(super) fn check_version_if_any(self) -> Result<(), Problem> {
        if self.0.contains_key(RESUMABLE) { self.check_version() } else { Ok(()) }
    }

    /// What the bytes are to hash to: `Upload-Checksum: sha256 …`.
    pub(super) fn digest(self) -> Result<Option<Digest>, Problem> {
        let Some(text) = self.text("Upload-Checksum") else { return Ok(None) };
        let invalid = || Problem::invalid("Upload-Checksum", "It should be sha256 and the hash in base64.");
        let (algorithm, hash) = text.split_once(' ').ok_or_else(invalid)?;
        let hash = STANDARD.decode(hash.trim()).ok().filter(|_| algorithm == "sha256").ok_or_else(invalid)?;
        Digest::try_from(hash).map(Some).map_err(|_| invalid())
    }

    /// The `filetype` in `Upload-Metadata`, which is pairs of a name and a value in base64; one that is not known counts for nothing.
    pub(super) fn media_type(self) -> Result<Option<MediaType>, Problem> {
        let Some(text) = self.text("Upload-Metadata").filter(|text| !text.is_empty()) else { return Ok(None) };
        let mut media_type = None;
        for pair in text.split(',') {
            let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
            let value = STANDARD.decode(value.trim()).map_err(|_| {
                Problem::invalid("Upload-Metadata", "It should be names, each with a value in base64 after a space.")
            })?;
            if name == "filetype" || name == "content_type" {
                media_type = std::str::from_utf8(&value).ok().and_then(MediaType::from_name);
            }
        }
        Ok(media_type)
    }
}

/// What of the protocol is spoken.
pub(super) fn capabilities(max_bytes: u64) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((RESUMABLE, VERSION))
        .insert_header(("Tus-Version", VERSION))
        .insert_header(("Tus-Extension", EXTENSIONS))
        .insert_header(("Tus-Checksum-Algorithm", "sha256"))
        .insert_header(("Tus-Max-Size", max_bytes))
        .finish()
}

/// The answer with what the protocol adds: the version, and where the upload is where the client was wrong about that.
pub(super) fn answer(result: VideoResult<HttpResponse>) -> HttpResponse {
    let mut extra = vec![(RESUMABLE, VERSION)];
    let mut response = match result {
        Ok(response) => response,
        Err(error) => {
            match &error {
                VideoError::WrongOffset { offset } | VideoError::Interrupted { offset } => {
                    extra.push((HeaderName::from_static("upload-offset"), HeaderValue::from(*offset)));
                }
                VideoError::Busy => extra.push((RETRY_AFTER, HeaderValue::from(BUSY_RETRY_S))),
                VideoError::Refused(problem) if problem.kind == ProblemKind::PreconditionFailed => {
                    extra.push((HeaderName::from_static("tus-version"), VERSION));
                }
                _ => {}
            }
            ApiError::from(error).error_response()
        }
    };
    for (name, value) in extra {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        [(HeaderName::from_static(name), HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn numbers_are_digits_alone() {
        let number = |value| Headers(&headers("upload-offset", value)).number("Upload-Offset");
        assert_eq!(number("0"), Ok(Some(0)));
        assert_eq!(number("12345678901"), Ok(Some(12_345_678_901)));
        for wrong in ["", "-1", "+1", "1.5", "ten", "99999999999999999999999"] {
            assert_eq!(number(wrong).unwrap_err().attr.as_deref(), Some("Upload-Offset"), "{wrong}");
        }
        assert_eq!(Headers(&HeaderMap::new()).number("Upload-Offset"), Ok(None));
    }

    #[test]
    fn metadata_tells_the_media_type() {
        let media_type = |value| Headers(&headers("upload-metadata", value)).media_type();
        let mp4 = MediaType::from_name("video/mp4");
        assert_eq!(media_type("filename eC5tcDQ=,filetype dmlkZW8vbXA0"), Ok(mp4));
        assert_eq!(media_type("is_confidential,filetype dmlkZW8vbXA0"), Ok(mp4));
        assert_eq!(media_type("filetype dGV4dC9odG1s"), Ok(None), "text/html");
        assert_eq!(media_type(""), Ok(None));
        assert!(media_type("filetype video/mp4?").is_err());
    }

    #[test]
    fn checksums_are_of_sha256() {
        let digest = |value| Headers(&headers("upload-checksum", value)).digest();
        assert_eq!(digest("sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), Ok(Some([0; 32])));
        for wrong in ["sha256", "sha256 AAAA", "md5 AAAA", "sha256 !"] {
            assert!(digest(wrong).is_err(), "{wrong}");
        }
    }
}
