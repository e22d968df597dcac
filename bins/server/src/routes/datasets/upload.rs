//! Files of items as they are sent: as the body, or as the file of a form.

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use datasets::file::FileFormat;
use insights_core::problem::Problem;
use serde::Deserialize;

use crate::error::ApiError;
use crate::extract::form::JsonOrForm;
use crate::extract::json::{read_body, unsupported_media_type};
use crate::extract::order::{Extracted, afterwards};

/// Content types of lines of JSON; there is no registered one.
const JSON_LINES: [&str; 5] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/jsonlines",
];

/// A file of items, whose format is the body's content type. The file of a form (`file`) has lines of JSON where it begins with a brace.
#[derive(Debug)]
pub(super) struct ItemFile {
    pub(super) format: FileFormat,
    pub(super) content: Bytes,
}

/// The fields of a form that has the file; there are none.
#[derive(Debug, Deserialize)]
struct NoFields {}

impl FromRequest for ItemFile {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        if content_type == "multipart/form-data" {
            let form = JsonOrForm::<NoFields>::from_request(request, payload);
            return Box::pin(async move { Ok(Self::of_form(form.await?)?) });
        }
        let format = match content_type.as_str() {
            "text/csv" => FileFormat::Csv,
            other if JSON_LINES.contains(&other) => FileFormat::Jsonl,
            _ => {
                let problem = unsupported_media_type(request.content_type());
                return afterwards(request, async move { Err(problem.into()) });
            }
        };
        let body = read_body(request, payload);
        afterwards(request, async move { Ok(Self { format, content: body.await? }) })
    }
}

impl ItemFile {
    fn of_form(mut form: JsonOrForm<NoFields>) -> Result<Self, Problem> {
        let content = form.files.remove("file").ok_or_else(|| Problem::required("file"))?;
        let begins_with_brace = content.trim_ascii_start().starts_with(b"{");
        let format = if begins_with_brace { FileFormat::Jsonl } else { FileFormat::Csv };
        Ok(Self { format, content: content.into() })
    }
}
