//! Absolute addresses of this server, as its clients reach it.

use actix_web::{HttpRequest, web};

use crate::app::AppState;
use crate::middleware::paths::sent_uri;

/// The address of a request, with the scheme and host that the client used or that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    /// Scheme and host, without a slash at the end.
    base: String,
    path: String,
    query: String,
}

impl PublicUrl {
    /// The address of `request`.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let sent = sent_uri(request);
        Self {
            base: public_base(request),
            path: sent.path().to_owned(),
            query: sent.query().unwrap_or_default().to_owned(),
        }
    }

    /// The address with `parameters` in place of those of the same names. A key in the query string is left out: addresses get copied.
    pub(crate) fn with_parameters(&self, parameters: &[(&str, String)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(self.query.as_bytes()) {
            let replaced = parameters.iter().any(|(replaced, _)| *replaced == name);
            if !replaced && name != "personal_api_key" {
                query.append_pair(&name, &value);
            }
        }
        for (name, value) in parameters {
            query.append_pair(name, value);
        }
        format!("{}{}?{}", self.base, self.path, query.finish())
    }
}

/// Scheme and host by which clients reach this server: as configured, else as `request` was sent.
pub(crate) fn public_base(request: &HttpRequest) -> String {
    let configured = request.app_data::<web::Data<AppState>>().and_then(|state| state.public_url.clone());
    configured.unwrap_or_else(|| {
        let connection = request.connection_info();
        format!("{}://{}", connection.scheme(), connection.host())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &str) {
        let url = PublicUrl {
            base: "https://host".to_owned(),
            path: "/api/environments/1/insights/".to_owned(),
            query: query.to_owned(),
        };
        let address = url.with_parameters(&[("limit", "10".to_owned()), ("offset", "20".to_owned())]);
        assert_eq!(address, format!("https://host/api/environments/1/insights/?{expected}"));
    }

    #[test]
    fn neighbouring_pages_keep_the_other_parameters() {
        check("", "limit=10&offset=20");
        check("offset=5&search=a+b&limit=3", "search=a+b&limit=10&offset=20");
        check("search=%26&personal_api_key=phx_secret", "search=%26&limit=10&offset=20");
    }
}
