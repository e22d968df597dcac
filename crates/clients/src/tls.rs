//! TLS for every client of ours: rustls with ring's cryptography, and the certificates that the machine trusts.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};

/// The configuration that clients are built with, by `tls_backend_preconfigured`: left to itself, reqwest would look for a provider of
/// cryptography that is not built in, and panic.
///
/// Certificates are read once, from where the system keeps them; `SSL_CERT_FILE` and `SSL_CERT_DIR` name other places. Where there are none, every
/// `https://` address is refused as untrusted, and `http://` ones work as ever.
pub fn config() -> ClientConfig {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    CONFIG.get_or_init(read).clone()
}

fn read() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has what the protocol needs")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_client_is_built_with_it() {
        let built = reqwest::Client::builder().tls_backend_preconfigured(super::config()).build();
        assert!(built.is_ok(), "{built:?}");
    }
}
