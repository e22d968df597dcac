//! Settings of alerts.

use std::time::Duration;

use alerts::destination::AddressPolicy;
use clap::Args;
use clients::notifications::mail::{MailNotifier, MailSettings};
use serde::Deserialize;

use super::ConfigError;
use super::model::Secret;

/// How often alerts are looked at where nothing is set.
const DEFAULT_CHECK_INTERVAL_S: u32 = 120;

/// How alerts are checked and told.
#[derive(Args, Clone, Debug, Default, Deserialize)]
pub struct AlertArguments {
    /// Mail server that alerts are told through, `smtp://name:password@host:587?tls=required`. Visible to others on the machine: prefer the variable
    #[arg(long, env = "HINDSIGHT_SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<Secret>,
    /// Sender of these mails, such as `Hindsight <alerts@example.com>`
    #[arg(long, env = "HINDSIGHT_SMTP_FROM", value_name = "ADDRESS")]
    pub smtp_from: Option<String>,
    /// Let alerts be told to addresses of this machine and of private networks [default: false]
    #[arg(long, env = "HINDSIGHT_ALLOW_PRIVATE_WEBHOOKS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub allow_private_webhooks: Option<bool>,
    /// Seconds between two looks for alerts that are due; 0 leaves checking and telling to other servers [default: 120]
    #[arg(long, env = "HINDSIGHT_ALERT_CHECK_INTERVAL_S", value_name = "SECONDS")]
    pub alert_check_interval_s: Option<u32>,
}

/// How alerts are checked and told, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertsConfig {
    /// Through which mail server; `None`: nobody is told by mail.
    pub mail: Option<MailSettings>,
    /// Where webhooks may go.
    pub addresses: AddressPolicy,
    /// How often alerts are looked at; `None`: never by this server.
    pub check_interval: Option<Duration>,
}

impl AlertArguments {
    /// Fills in what `file` sets, then the defaults.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] where no mail can be sent with what is set.
    pub(super) fn resolve(self, file: Self) -> Result<AlertsConfig, ConfigError> {
        let (url, from) = (self.smtp_url.or(file.smtp_url), self.smtp_from.or(file.smtp_from));
        let mail = match (url, from) {
            (None, None) => None,
            (Some(url), Some(from)) => {
                let settings = MailSettings { url: url.into_text(), from };
                MailNotifier::new(&settings).map_err(|error| invalid("smtp_url", error.to_string()))?;
                Some(settings)
            }
            (Some(_), None) => return Err(invalid("smtp_from", "a sender is needed where a mail server is set")),
            (None, Some(_)) => return Err(invalid("smtp_url", "a mail server is needed where a sender is set")),
        };
        let allows_private = self.allow_private_webhooks.or(file.allow_private_webhooks).unwrap_or(false);
        let interval_s =
            self.alert_check_interval_s.or(file.alert_check_interval_s).unwrap_or(DEFAULT_CHECK_INTERVAL_S);
        Ok(AlertsConfig {
            mail,
            addresses: if allows_private { AddressPolicy::Any } else { AddressPolicy::PublicOnly },
            check_interval: (interval_s > 0).then(|| Duration::from_secs(u64::from(interval_s))),
        })
    }
}

fn invalid(setting: &'static str, message: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { setting, message: message.into() }
}
