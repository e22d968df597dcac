//! Where an alert is told besides by e-mail: addresses that people write, and that the server then speaks to.

use std::fmt;
use std::net::IpAddr;

use insights_core::ids::IdSource;
use insights_core::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};
use uuid::Uuid;

use crate::address::is_public;

/// Most destinations of one alert.
pub const MAX_DESTINATIONS: usize = 20;

/// Longest address, in characters.
const MAX_URL_CHARACTERS: usize = 2048;

/// Somewhere that an alert is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Its identity; the key that its messages are signed with follows from it.
    pub id: Uuid,
    /// In which form.
    pub kind: DestinationKind,
    /// Where.
    pub url: DestinationUrl,
}

/// In which form a destination is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestinationKind {
    /// JSON of our own, signed.
    Webhook,
    /// As Slack's incoming webhooks take it, which others take too.
    Slack,
}

/// The address of a destination. Whoever knows it can often write there, so that it is shown in part alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DestinationUrl(String);

/// Which addresses may be written and spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Those of the open internet.
    PublicOnly,
    /// Those of the server's own machine and network too.
    Any,
}

impl AddressPolicy {
    /// Whether the server may speak to that address.
    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Any || is_public(address)
    }
}

impl DestinationKind {
    /// The text on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
        }
    }
}

impl DestinationUrl {
    /// Reads an address: `http` or `https`, without a name and a password, at an address that `policy` allows. Names are looked up when
    /// something is sent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, policy: AddressPolicy) -> Result<Self, String> {
        if text.chars().count() > MAX_URL_CHARACTERS {
            return Err(format!("Ensure this field has no more than {MAX_URL_CHARACTERS} characters."));
        }
        let url = Url::parse(text).map_err(|error| format!("Enter a valid URL: {error}."))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("Only http:// and https:// addresses are supported.".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("Addresses with a name and a password in them are not supported.".to_owned());
        }
        let address = match url.host() {
            None => return Err("Enter a valid URL: it names no host.".to_owned()),
            Some(Host::Domain(name)) if is_local_name(name) && policy == AddressPolicy::PublicOnly => {
                return Err(not_allowed(name));
            }
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        };
        match address.filter(|address| !policy.allows(*address)) {
            Some(address) => Err(not_allowed(&address.to_string())),
            None => Ok(Self(url.into())),
        }
    }

    /// The whole address: for speaking to it, and for nothing that is shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What may be shown: scheme, host and port.
    pub fn shown(&self) -> String {
        let origin = Url::parse(&self.0).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        format!("{origin}/…")
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn not_allowed(host: &str) -> String {
    format!("`{host}` is an address of this machine or a private network, which this server does not send to.")
}

impl fmt::Debug for DestinationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DestinationUrl").field(&self.shown()).finish()
    }
}

/// The form on the wire. A destination that is there already is named by its `id`, and keeps its address where none is given, or the part of it that is
/// shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationBody {
    id: Option<Uuid>,
    r#type: DestinationKind,
    url: Option<String>,
}

/// Reads `destinations`, `[{"type": "webhook", "url": "https://example.com/hook"}]`, with what an alert has already.
///
/// # Errors
/// A refusal that names the field.
pub fn read(
    value: &Value,
    kept: &[Destination],
    policy: AddressPolicy,
    ids: &dyn IdSource,
) -> Result<Vec<Destination>, Problem> {
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        _ => {
            return Err(Problem {
                code: "not_a_list",
                ..Problem::invalid("destinations", "Expected a list of items.")
            });
        }
    };
    if items.len() > MAX_DESTINATIONS {
        let detail = format!("Ensure this field has no more than {MAX_DESTINATIONS} elements.");
        return Err(Problem::invalid("destinations", detail));
    }
    let mut read: Vec<Destination> = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        let attr = |field: &str| format!("destinations__{position}{field}");
        let body = serde_json::from_value::<DestinationBody>(item.clone())
            .map_err(|error| Problem::invalid(attr(""), format!("Invalid destination: {error}")))?;
        let old = body.id.and_then(|id| kept.iter().find(|kept| kept.id == id));
        let unchanged =
            old.filter(|old| old.kind == body.r#type && body.url.as_ref().is_none_or(|url| *url == old.url.shown()));
        let destination = match (unchanged, body.url) {
            (Some(unchanged), _) => unchanged.clone(),
            (None, None) => return Err(Problem::required(attr("__url"))),
            (None, Some(url)) => Destination {
                // Another address is another destination: it does not inherit the key of the one before.
                id: ids.uuid(),
                kind: body.r#type,
                url: DestinationUrl::parse(&url, policy).map_err(|detail| Problem::invalid(attr("__url"), detail))?,
            },
        };
        if read.iter().any(|other| other.id == destination.id) {
            return Err(Problem::invalid(attr("__id"), "This destination is in the list already."));
        }
        read.push(destination);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use insights_core::ids::RandomIds;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(url: &str, policy: AddressPolicy, is_allowed: bool) {
        let read = DestinationUrl::parse(url, policy);
        assert_eq!(read.is_ok(), is_allowed, "{url}: {read:?}");
    }

    #[test]
    fn addresses_are_read_with_care() {
        use AddressPolicy::{Any, PublicOnly};
        check("https://example.com/hook?a=1", PublicOnly, true);
        check("http://1.1.1.1:8080/", PublicOnly, true);
        for private in [
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]:80/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data",
        ] {
            check(private, PublicOnly, false);
            check(private, Any, true);
        }
        for never in
            ["", "example.com", "ftp://example.com/", "file:///etc/passwd", "https://u:p@example.com/", "http://"]
        {
            check(never, Any, false);
        }
        check(&format!("https://example.com/{}", "x".repeat(3000)), Any, false);
    }

    #[test]
    fn the_path_is_not_shown() {
        let url = DestinationUrl::parse("https://hooks.slack.com/services/T0/B0/secret", AddressPolicy::Any).unwrap();
        assert_eq!(url.shown(), "https://hooks.slack.com/…");
        assert!(!format!("{url:?}").contains("secret"));
    }

    #[test]
    fn what_is_there_already_is_named_by_its_id() {
        let read =
            |value: Value, kept: &[Destination]| super::read(&value, kept, AddressPolicy::PublicOnly, &RandomIds);
        let made = read(json!([{"type": "webhook", "url": "https://example.com/a"}]), &[]).unwrap();
        let id = made[0].id;
        let same = read(json!([{"id": id, "type": "webhook", "url": made[0].url.shown()}]), &made).unwrap();
        assert_eq!(same, made);
        assert_eq!(read(json!([{"id": id, "type": "webhook"}]), &made).unwrap(), made);
        let moved = read(json!([{"id": id, "type": "webhook", "url": "https://example.com/b"}]), &made).unwrap();
        assert_ne!(moved[0].id, id, "another address has another key");
        let twice = json!([{"id": id, "type": "webhook"}, {"id": id, "type": "webhook"}]);
        assert_eq!(read(twice, &made).unwrap_err().attr.as_deref(), Some("destinations__1__id"));
        assert_eq!(read(json!([{"type": "slack"}]), &made).unwrap_err().attr.as_deref(), Some("destinations__0__url"));
        let bad = json!([{"type": "carrier pigeon", "url": "https://example.com"}]);
        assert_eq!(read(bad, &[]).unwrap_err().attr.as_deref(), Some("destinations__0"));
        assert_eq!(read(json!({}), &[]).unwrap_err().code, "not_a_list");
        assert_eq!(read(json!(null), &[]).unwrap(), []);
    }
}
