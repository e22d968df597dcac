//! Webhooks: JSON of our own, signed, and what Slack's incoming webhooks take.
//!
//! A signed request has the header `Hindsight-Signature: t=<seconds since 1970>,v1=<hex>`, where the hex is the HMAC-SHA256 of
//! `<the same seconds>.<the body>` with the destination's signing key. `Idempotency-Key` names the notification: a request that is sent again because
//! its answer was lost has the same one.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use alerts::delivery::{Notification, Notifier, SendError, SigningKeys, Target};
use alerts::destination::AddressPolicy;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use sha2::Sha256;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::tls;

/// How long a receiver may take to answer, and how long looking up its name may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "Hindsight-Signature";

/// The header that names the notification.
pub const IDEMPOTENCY_HEADER: &str = "Idempotency-Key";

/// Sends webhooks.
#[derive(Clone, Debug)]
pub struct WebhookNotifier {
    addresses: AddressPolicy,
    form: Form,
}

/// What is sent.
#[derive(Clone)]
enum Form {
    /// JSON of our own, signed with these keys.
    Signed(Arc<dyn SigningKeys>),
    /// What Slack takes, which checks no signature.
    Slack,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signed(_) => "Signed",
            Self::Slack => "Slack",
        })
    }
}

impl WebhookNotifier {
    /// Sends JSON of our own, signed with `keys`, to where `addresses` allows.
    pub fn signed(addresses: AddressPolicy, keys: Arc<dyn SigningKeys>) -> Self {
        Self { addresses, form: Form::Signed(keys) }
    }

    /// Sends what Slack takes, likewise.
    pub fn slack(addresses: AddressPolicy) -> Self {
        Self { addresses, form: Form::Slack }
    }

    /// A client that speaks to addresses that are allowed, and to no others: the name is looked up here, once, and what it stands for then is what is
    /// spoken to. No redirection and no proxy leads elsewhere.
    async fn client(&self, url: &Url) -> Result<Client, SendError> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls::config())
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT);
        let host = url.host_str().ok_or_else(|| permanent("the address names no host"))?;
        let builder = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if self.addresses.allows(address) => builder,
            Ok(_) => return Err(not_allowed()),
            Err(_) => builder.resolve_to_addrs(host, &self.look_up(host, url).await?),
        };
        builder.build().map_err(|_| SendError::Temporary("no client can be made".to_owned()))
    }

    async fn look_up(&self, host: &str, url: &Url) -> Result<Vec<SocketAddr>, SendError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let unknown = || SendError::Temporary("the receiver's name cannot be looked up".to_owned());
        let found = timeout(TIMEOUT, lookup_host((host, port))).await.map_err(|_| unknown())?.map_err(|_| unknown())?;
        let allowed: Vec<SocketAddr> = found.filter(|address| self.addresses.allows(address.ip())).collect();
        if allowed.is_empty() { Err(not_allowed()) } else { Ok(allowed) }
    }
}

#[async_trait]
impl Notifier for WebhookNotifier {
    async fn send(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), SendError> {
        let Target::Destination(destination) = &notification.target else {
            return Err(permanent("this is told by mail"));
        };
        let url = Url::parse(destination.url.reveal()).map_err(|_| permanent("this is no address"))?;
        let client = self.client(&url).await?;
        let body = match &self.form {
            Form::Signed(_) => notification.message.webhook(notification.id),
            Form::Slack => notification.message.slack(),
        };
        let body = body.to_string();
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json");
        if let Form::Signed(keys) = &self.form {
            let signature = signature(&keys.signing_key(destination.id), now, &body);
            request =
                request.header(SIGNATURE_HEADER, signature).header(IDEMPOTENCY_HEADER, notification.id.to_string());
        }
        match request.body(body).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(SendError::Temporary(format!("the receiver answered {}", answer.status().as_u16()))),
            // What reqwest says has the address in it.
            Err(error) if error.is_timeout() => {
                Err(SendError::Temporary(format!("the receiver did not answer within {} s", TIMEOUT.as_secs())))
            }
            Err(error) if error.is_connect() => Err(SendError::Temporary("the receiver cannot be reached".to_owned())),
            Err(_) => Err(SendError::Temporary("the connection to the receiver broke off".to_owned())),
        }
    }
}

fn permanent(message: &str) -> SendError {
    SendError::Permanent(message.to_owned())
}

fn not_allowed() -> SendError {
    permanent("the address is one of this machine or a private network, which this server does not send to")
}

/// The value of [`SIGNATURE_HEADER`].
fn signature(key: &str, now: DateTime<Utc>, body: &str) -> String {
    let seconds = now.timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex = hex::encode(mac.finalize().into_bytes());
    format!("t={seconds},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_documentation() {
        // printf '1768360894.{"a":1}' | openssl dgst -sha256 -hmac whsec_0
        let now = DateTime::from_timestamp(1_768_360_894, 0).unwrap();
        assert_eq!(
            signature("whsec_0", now, r#"{"a":1}"#),
            "t=1768360894,v1=c3be9219f747a276052eed6cd2145e81ab40b5cc79260a41583954fb32f768a6"
        );
    }

    #[tokio::test]
    async fn private_addresses_are_not_spoken_to() {
        let public = WebhookNotifier::slack(AddressPolicy::PublicOnly);
        let any = WebhookNotifier::slack(AddressPolicy::Any);
        for url in ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/", "http://10.0.0.1/"] {
            let url = Url::parse(url).unwrap();
            assert_eq!(public.client(&url).await.unwrap_err(), not_allowed(), "{url}");
            assert!(any.client(&url).await.is_ok(), "{url}");
        }
    }
}
