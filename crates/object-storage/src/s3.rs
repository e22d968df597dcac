//! Objects in S3, or in what speaks its protocol.

use std::sync::Arc;
use std::time::Duration;

use insights_core::objects::{ObjectKey, ObjectStore};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, RetryConfig, StaticCredentialProvider};
use url::Url;

use crate::store::Packaged;
use crate::{OpenError, S3Settings};

/// How often a request is sent again that may succeed then.
const MAX_RETRIES: usize = 5;
/// How long after the first try there is no further one.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The objects in `bucket` whose keys begin with `prefix`.
pub(crate) fn open(
    bucket: &str,
    prefix: Option<&ObjectKey>,
    settings: &S3Settings,
    http: HttpClient,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let s3 = builder(bucket, settings, AmazonS3Builder::from_env())?
        .with_http_connector(Given(http))
        .build()
        .map_err(OpenError::Settings)?;
    let prefix = prefix.map_or_else(Path::default, |prefix| Path::from(prefix.as_str()));
    let name = format!("s3://{bucket}/{prefix}");
    Ok(Arc::new(Packaged::new(PrefixStore::new(s3, prefix), name).splitting()))
}

/// What `settings` say, over what the environment says.
fn builder(bucket: &str, settings: &S3Settings, environment: AmazonS3Builder) -> Result<AmazonS3Builder, OpenError> {
    let mut builder = environment
        .with_bucket_name(bucket)
        // One request an object: not every server that speaks S3 removes several at once.
        .with_disable_bulk_delete(true)
        .with_retry(RetryConfig {
            backoff: BackoffConfig { max_backoff: LONGEST_PAUSE, ..BackoffConfig::default() },
            max_retries: MAX_RETRIES,
            retry_timeout: RETRY_TIMEOUT,
        });
    if let Some(region) = &settings.region {
        builder = builder.with_region(region);
    }
    // Keys go together: one of ours is not mixed with one of the environment's, nor with its session.
    match (&settings.access_key_id, &settings.secret_access_key) {
        (None, None) => {}
        (Some(key_id), Some(secret_key)) => {
            let key = AwsCredential { key_id: key_id.clone(), secret_key: secret_key.clone(), token: None };
            builder = builder.with_credentials(Arc::new(StaticCredentialProvider::new(key)));
        }
        _ => return Err(OpenError::HalfOfAKey),
    }
    let from_environment = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
        .into_iter()
        .find_map(|key| builder.get_config_value(&key));
    let is_path_style = settings.path_style.unwrap_or(true);
    builder = builder.with_virtual_hosted_style_request(!is_path_style);
    if let Some(endpoint) = settings.endpoint.clone().or(from_environment) {
        let address = endpoint_address(&endpoint, (!is_path_style).then_some(bucket));
        let address = address.ok_or(OpenError::Endpoint { endpoint })?;
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, address);
    }
    Ok(builder)
}

/// The address that requests go to, with `bucket` in its host where one is given; `None` where `endpoint` is no address of a server.
fn endpoint_address(endpoint: &str, bucket: Option<&str>) -> Option<String> {
    let mut url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let host = url.host_str().filter(|_| is_plain)?.to_owned();
    if let Some(bucket) = bucket {
        url.set_host(Some(&format!("{bucket}.{host}"))).ok()?;
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// Gives the client that we were given, whose limits and TLS are our own.
#[derive(Debug)]
struct Given(HttpClient);

impl HttpConnector for Given {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(endpoint: &str, bucket: Option<&str>, expected: Option<&str>) {
        assert_eq!(endpoint_address(endpoint, bucket).as_deref(), expected, "{endpoint}");
    }

    #[test]
    fn a_bucket_may_stand_in_the_host() {
        check("http://127.0.0.1:9000/", None, Some("http://127.0.0.1:9000"));
        check("https://s3.example.com", Some("videos"), Some("https://videos.s3.example.com"));
        check("s3.example.com", None, None);
        check("ftp://s3.example.com", None, None);
        check("https://key:secret@s3.example.com", None, None);
    }

    #[tokio::test]
    async fn keys_are_not_mixed() {
        let environment = AmazonS3Builder::new()
            .with_access_key_id("theirs")
            .with_secret_access_key("their secret")
            .with_token("their session");
        let settings = |key_id: Option<&str>, secret: Option<&str>| S3Settings {
            access_key_id: key_id.map(str::to_owned),
            secret_access_key: secret.map(str::to_owned),
            ..S3Settings::default()
        };
        let connector = || Given(HttpClient::new(clients::objects::http_client()));
        for (given, key_id, secret, token) in [
            (settings(Some("ours"), Some("our secret")), "ours", "our secret", None),
            (settings(None, None), "theirs", "their secret", Some("their session")),
        ] {
            let built = builder("bucket", &given, environment.clone()).unwrap().with_http_connector(connector());
            let used = built.build().unwrap().credentials().get_credential().await.unwrap();
            let expected = (key_id, secret, token);
            assert_eq!((used.key_id.as_str(), used.secret_key.as_str(), used.token.as_deref()), expected);
        }
        let half = builder("bucket", &settings(Some("ours"), None), environment);
        assert!(matches!(half, Err(OpenError::HalfOfAKey)));
    }

    #[test]
    fn the_secret_is_not_shown() {
        let settings = S3Settings { secret_access_key: Some("hush".to_owned()), ..S3Settings::default() };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
