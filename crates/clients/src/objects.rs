//! Requests to object storage.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::tls;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time for a request with its answer, of 32 MiB at most.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A client whose requests to a server that speaks S3 end in time.
pub fn http_client() -> Client {
    // A redirection would carry the signature to whoever it names; S3 redirects where the region is wrong, which is to be told.
    let http = Client::builder().redirect(Policy::none()).tls_backend_preconfigured(tls::config());
    let http = http.connect_timeout(CONNECT_TIMEOUT).timeout(TIMEOUT);
    http.build().expect("the configuration of TLS is one that the client knows")
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_a_client() {
        let _client = super::http_client();
    }
}
