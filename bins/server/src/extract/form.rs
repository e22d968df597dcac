//! Bodies that are JSON or a form with files (`multipart/form-data`, RFC 7578).

use std::collections::BTreeMap;

use actix_web::dev::Payload;
use actix_web::http::header::{ContentDisposition, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use insights_core::problem::{Problem, ProblemKind};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::extract::json::{is_json, parse, read_body, unsupported_media_type};
use crate::extract::order::{Extracted, afterwards};

/// The body as `T`, and the files that came along with it.
///
/// In a form, a field whose text is a JSON list, object, boolean or null is that; any other is text. Refuses as
/// [`crate::extract::json::JsonBody`] does, and with 400 `parse_error` a form that is not well-formed.
#[derive(Debug)]
pub(crate) struct JsonOrForm<T> {
    /// The fields.
    pub(crate) body: T,
    /// The files by the names of their fields.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl<T: DeserializeOwned + 'static> FromRequest for JsonOrForm<T> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let boundary = boundary(request);
        if boundary.is_none() && !is_json(request) {
            let problem = unsupported_media_type(request.content_type());
            return afterwards(request, async move { Err(problem.into()) });
        }
        let body = read_body(request, payload);
        afterwards(request, async move {
            let body = body.await?;
            let Some(boundary) = boundary else { return Ok(Self { body: parse(&body)?, files: BTreeMap::new() }) };
            let Form { fields, files } = Form::read(&body, &boundary)?;
            let fields = serde_json::to_vec(&fields).expect("values with text keys can be written as JSON");
            Ok(Self { body: parse(&fields)?, files })
        })
    }
}

/// What stands between the parts of a form; `None` where the body is no form.
fn boundary(request: &HttpRequest) -> Option<String> {
    let mime = request.mime_type().ok().flatten()?;
    let is_form = mime.essence_str().eq_ignore_ascii_case("multipart/form-data");
    is_form.then(|| mime.get_param("boundary").map(|boundary| boundary.as_str().to_owned())).flatten()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Form {
    fields: Map<String, Value>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Form {
    fn read(body: &[u8], boundary: &str) -> Result<Self, Problem> {
        let delimiter = format!("--{boundary}");
        // every part begins after a line with the delimiter, the first of which may open the body
        let first = find(body, delimiter.as_bytes()).ok_or_else(|| malformed("it has no part"))?;
        let mut rest = &body[first + delimiter.len()..];
        let between = format!("\r\n{delimiter}");
        let mut form = Self::default();
        while !rest.starts_with(b"--") {
            let start = find(rest, b"\r\n").ok_or_else(|| malformed("a delimiter has no end of line"))?;
            let end = find(&rest[start..], between.as_bytes()).ok_or_else(|| malformed("its last part has no end"))?;
            form.add(&rest[start + 2..start + end.max(2)])?;
            rest = &rest[start + end + between.len()..];
        }
        Ok(form)
    }

    /// Adds a part: its headers, an empty line, its content.
    fn add(&mut self, part: &[u8]) -> Result<(), Problem> {
        let (headers, content) = match find(part, b"\r\n\r\n") {
            Some(end) => (&part[..end], &part[end + 4..]),
            None => return Err(malformed("a part has no empty line after its headers")),
        };
        let headers = String::from_utf8_lossy(headers);
        let disposition = headers.split("\r\n").find_map(|header| {
            let (name, value) = header.split_once(':')?;
            let is_it = name.trim().eq_ignore_ascii_case("content-disposition");
            let value = is_it.then(|| HeaderValue::from_str(value.trim()).ok()).flatten()?;
            ContentDisposition::from_raw(&value).ok()
        });
        let name = disposition.as_ref().and_then(ContentDisposition::get_name);
        let name = name.ok_or_else(|| malformed("a part has no name"))?.to_owned();
        if disposition.is_some_and(|disposition| disposition.get_filename().is_some()) {
            self.files.insert(name, content.to_vec());
            return Ok(());
        }
        let text = std::str::from_utf8(content).map_err(|_| malformed(&format!("the field {name:?} is not UTF-8")))?;
        let parsed = serde_json::from_str(text).ok().filter(|value: &Value| !value.is_string() && !value.is_number());
        self.fields.insert(name, parsed.unwrap_or_else(|| Value::from(text)));
        Ok(())
    }
}

fn malformed(what: &str) -> Problem {
    Problem::new(ProblemKind::InvalidRequest, "parse_error", format!("Multipart form parse error - {what}"))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = "preamble\r\n--xyz\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nFriends 5\r\n\
            --xyz\r\ncontent-disposition: form-data; name=\"is_static\"\r\n\r\ntrue\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"csv\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\nb\r\n\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--xyz--\r\n";
        let form = Form::read(body.as_bytes(), "xyz").unwrap();
        assert_eq!(Value::from(form.fields), json!({"name": "Friends 5", "is_static": true, "empty": ""}));
        assert_eq!(form.files, [("csv".to_owned(), b"a\r\nb\r\n".to_vec())].into());
        assert_eq!(Form::read(b"--xyz--", "xyz").unwrap(), Form::default());
    }

    #[test]
    fn broken_forms_are_refused() {
        let header = "Content-Disposition: form-data; name=\"a\"";
        for body in [
            "".to_owned(),
            "--xyz".to_owned(),
            format!("--xyz\r\n{header}\r\n\r\nx"),
            format!("--xyz\r\n{header}\r\n--xyz--"),
            "--xyz\r\n\r\n\r\nx\r\n--xyz--".to_owned(),
            "--xyz\r\n\r\n--xyz--".to_owned(),
            "--xyz\r\n--xyz--".to_owned(),
        ] {
            assert_eq!(Form::read(body.as_bytes(), "xyz").unwrap_err().code, "parse_error", "{body:?}");
        }
    }
}
