//! Parameters of the query string.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use insights_core::problem::Problem;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::extract::fields::field_problem;
use crate::extract::order::{Extracted, afterwards};

/// The query string as `T`; a 400 that names the parameter where it does not fit.
#[derive(Debug)]
pub(crate) struct QueryParams<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for QueryParams<T> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parsed = parse(request.query_string()).map(Self).map_err(ApiError::from);
        afterwards(request, async { parsed })
    }
}

/// Parses `query`, what follows the `?`.
pub(crate) fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
        .map_err(|error| field_problem(error.path(), &error.inner().to_string()))
}

/// The value of the parameter `name` as it is; the first where there are several.
pub(crate) fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Whether a parameter is there and says nothing to the contrary.
pub(crate) fn is_true(text: Option<&str>) -> bool {
    text.is_some_and(|text| !matches!(text.to_ascii_lowercase().as_str(), "false" | "f" | "0" | "no" | "n" | "off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_count_unless_they_say_no() {
        for (text, expected) in [("", true), ("true", true), ("1", true), ("False", false), ("0", false), ("no", false)]
        {
            assert_eq!(is_true(Some(text)), expected, "{text}");
        }
        assert!(!is_true(None));
    }
}
