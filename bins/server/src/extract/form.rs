//! Bodies that are JSON or a form with files (`multipart/form-data`, RFC 7578).

use std::collections::BTreeMap;

use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::http::header::{ContentDisposition, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures::{TryStreamExt, stream};
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
        let form_headers = is_form(request).then(|| request.headers().clone());
        if form_headers.is_none() && !is_json(request) {
            let problem = unsupported_media_type(request.content_type());
            return afterwards(request, async move { Err(problem.into()) });
        }
        let body = read_body(request, payload);
        afterwards(request, async move {
            let body = body.await?;
            let Some(headers) = form_headers else { return Ok(Self { body: parse(&body)?, files: BTreeMap::new() }) };
            let Form { fields, files } = Form::read(&headers, body).await?;
            let fields = serde_json::to_vec(&fields).expect("values with text keys can be written as JSON");
            Ok(Self { body: parse(&fields)?, files })
        })
    }
}

fn is_form(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("multipart/form-data")
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Form {
    fields: Map<String, Value>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Form {
    /// Reads a body that has been read, decompressed and held to its limit already; `headers` name the boundary.
    async fn read(headers: &HeaderMap, body: Bytes) -> Result<Self, Problem> {
        let limit = body.len();
        let mut parts = Multipart::new(headers, stream::iter([Ok(body)]));
        let mut form = Self::default();
        while let Some(part) = parts.try_next().await.map_err(|error| malformed(&error))? {
            form.add(part, limit).await?;
        }
        Ok(form)
    }

    async fn add(&mut self, mut part: Field, limit: usize) -> Result<(), Problem> {
        let is_file = part.content_disposition().is_some_and(|header| header.get_filename().is_some());
        let name = part.content_disposition().and_then(ContentDisposition::get_name);
        let name = name.ok_or_else(|| malformed(&"a part has no name"))?.to_owned();
        let content = part.bytes(limit).await.map_err(|_| malformed(&"a part is longer than the body"))?;
        let content = content.map_err(|error| malformed(&error))?;
        if is_file {
            self.files.insert(name, content.into());
            return Ok(());
        }
        let text = std::str::from_utf8(&content).map_err(|_| malformed(&format!("the field {name:?} is not UTF-8")))?;
        let parsed = serde_json::from_str(text).ok().filter(|value: &Value| !value.is_string() && !value.is_number());
        self.fields.insert(name, parsed.unwrap_or_else(|| Value::from(text)));
        Ok(())
    }
}

fn malformed(what: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::InvalidRequest, "parse_error", format!("The form can't be read: {what}."))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
    use futures::FutureExt;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Result<Form, Problem> {
        let content_type = HeaderValue::from_static("multipart/form-data; boundary=xyz");
        let headers = [(CONTENT_TYPE, content_type)].into_iter().collect();
        let form = Form::read(&headers, Bytes::from(body.to_owned()));
        form.now_or_never().expect("a body that is there is read without waiting")
    }

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = "preamble\r\n--xyz\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nFriends 5\r\n\
            --xyz\r\ncontent-disposition: form-data; name=\"is_static\"\r\n\r\ntrue\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"csv\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\nb\r\n\r\n\
            --xyz\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--xyz--\r\n";
        let form = read(body).unwrap();
        assert_eq!(Value::from(form.fields), json!({"name": "Friends 5", "is_static": true, "empty": ""}));
        assert_eq!(form.files, [("csv".to_owned(), b"a\r\nb\r\n".to_vec())].into());
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
            assert_eq!(read(&body).unwrap_err().code, "parse_error", "{body:?}");
        }
    }
}
