//! Finding the key in a request.

use crate::problem::Problem;

/// Where in a request a key stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// `Authorization: Bearer …`.
    Header,
    /// `personal_api_key` of a JSON body.
    Body,
    /// `personal_api_key` of the query string.
    Query,
}

impl KeyPlace {
    /// The place in the words of the 401.
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "Authorization header",
            Self::Body => "body",
            Self::Query => "query string",
        }
    }

    /// The 401 for a key that is not good. The answer also has the header `WWW-Authenticate: Bearer`.
    pub fn invalid_key(self) -> Problem {
        Problem::authentication_failed(format!("Personal API key found in request {} is invalid.", self.name()))
    }
}

/// A key as presented.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a> {
    /// The key.
    pub key: &'a str,
    /// Where it stood.
    pub place: KeyPlace,
}

impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<'a> Credential<'a> {
    /// The key of a request, looked for in the header, then the body, then the query string.
    ///
    /// A bearer value of another kind (`pha_`, `phs_`) is no key, and the search goes on behind it.
    ///
    /// # Errors
    /// The 401 for a request without credentials.
    pub fn find(
        authorization: Option<&'a str>,
        body: Option<&'a str>,
        query: Option<&'a str>,
    ) -> Result<Self, Problem> {
        let places =
            [(authorization.and_then(bearer), KeyPlace::Header), (body, KeyPlace::Body), (query, KeyPlace::Query)];
        let found = places.into_iter().find_map(|(key, place)| {
            let key = key.filter(|key| !key.is_empty())?;
            Some(Self { key, place })
        });
        found.ok_or_else(Problem::not_authenticated)
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, value) = authorization.trim().split_once(' ')?;
    let value = value.trim();
    let is_key = scheme.eq_ignore_ascii_case("bearer") && !value.starts_with("pha_") && !value.starts_with("phs_");
    is_key.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(places: [Option<&str>; 3], expected: Option<(&str, KeyPlace)>) {
        let found = Credential::find(places[0], places[1], places[2]).ok();
        assert_eq!(found.map(|found| (found.key, found.place)), expected);
    }

    #[test]
    fn the_header_comes_before_the_body_and_the_body_before_the_query() {
        check([Some("Bearer phx_a"), Some("phx_b"), Some("phx_c")], Some(("phx_a", KeyPlace::Header)));
        check([None, Some("phx_b"), Some("phx_c")], Some(("phx_b", KeyPlace::Body)));
        check([None, None, Some("phx_c")], Some(("phx_c", KeyPlace::Query)));
        check([None, None, None], None);
        check([Some("bearer   phx_a "), None, None], Some(("phx_a", KeyPlace::Header)));
    }

    #[test]
    fn other_credentials_are_passed_over() {
        check([Some("Basic phx_a"), None, Some("phx_c")], Some(("phx_c", KeyPlace::Query)));
        check([Some("Bearer pha_a"), Some("phx_b"), None], Some(("phx_b", KeyPlace::Body)));
        check([Some("Bearer phs_a"), None, None], None);
        check([Some("Bearer"), Some(""), None], None);
    }

    #[test]
    fn keys_stay_out_of_logs() {
        let credential = Credential { key: "phx_secret", place: KeyPlace::Header };
        assert!(!format!("{credential:?}").contains("phx_secret"));
    }
}
