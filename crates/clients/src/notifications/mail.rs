//! Mail over SMTP.

use std::fmt;
use std::time::{Duration, SystemTime};

use alerts::delivery::{Notification, Notifier, SendError, Target};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// How long one step of talking to the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The mail server, and who writes.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// `smtp://name:password@host:587?tls=required`, or `smtps://…` where TLS comes first; without `tls`, nothing is encrypted.
    pub url: String,
    /// The sender: `alerts@example.com` or `Hindsight <alerts@example.com>`.
    pub from: String,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings").field("url", &"…").field("from", &self.from).finish()
    }
}

/// Settings that no mail can be sent with.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingsError {
    /// The address of the server. What is wrong is not told where the address is: it may hold a password.
    #[error("the address of a mail server looks like smtp://name:password@mail.example.com:587?tls=required")]
    Url,
    /// The sender.
    #[error("`{from}` is no sender; one looks like Hindsight <alerts@example.com>")]
    From {
        /// What was given.
        from: String,
    },
}

/// Sends mails through one server.
pub struct MailNotifier {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for MailNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailNotifier").field("from", &self.from).finish_non_exhaustive()
    }
}

impl MailNotifier {
    /// A sender with those settings. Speaks to nobody yet.
    ///
    /// # Errors
    /// [`MailSettingsError`] that says which one cannot be used.
    pub fn new(settings: &MailSettings) -> Result<Self, MailSettingsError> {
        let from = settings.from.parse().map_err(|_| MailSettingsError::From { from: settings.from.clone() })?;
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url).map_err(|_| MailSettingsError::Url)?;
        Ok(Self { transport: transport.timeout(Some(TIMEOUT)).build(), from })
    }

    /// The mail. Its `Message-ID` is that of the notification, so that a mail that is sent again can be told from another one.
    fn compose(&self, notification: &Notification, address: &str, now: DateTime<Utc>) -> Result<Message, SendError> {
        let refuse = |error: &dyn fmt::Display| SendError::Permanent(format!("this is no mail: {error}"));
        let to: Mailbox = address.parse().map_err(|error: lettre::address::AddressError| refuse(&error))?;
        let message = &notification.message;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(message.title())
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{}@{}>", notification.id, self.from.email.domain())))
            .multipart(MultiPart::alternative_plain_html(message.text(), message.html()))
            .map_err(|error| refuse(&error))
    }
}

#[async_trait]
impl Notifier for MailNotifier {
    async fn send(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), SendError> {
        let Target::Email { address } = &notification.target else {
            return Err(SendError::Permanent("this is not told by mail".to_owned()));
        };
        let mail = self.compose(notification, address, now)?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// What is kept of an error: no address and no password is in it.
fn failure(error: &smtp::Error) -> SendError {
    match error.status() {
        Some(code) if error.is_permanent() => SendError::Permanent(format!("the mail server refused it ({code})")),
        Some(code) => SendError::Temporary(format!("the mail server cannot take it now ({code})")),
        None if error.is_timeout() => SendError::Temporary("the mail server did not answer in time".to_owned()),
        None => SendError::Temporary("the mail server cannot be reached".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_without_showing_them() {
        let new =
            |url: &str, from: &str| MailNotifier::new(&MailSettings { url: url.to_owned(), from: from.to_owned() });
        assert!(new("smtp://127.0.0.1:2525", "a@example.com").is_ok());
        assert!(new("smtps://u:p@mail.example.com", "Hindsight <a@example.com>").is_ok());
        assert!(new("smtp://u:p@mail.example.com:587?tls=required", "a@example.com").is_ok());
        for (url, from) in
            [("http://x", "a@example.com"), ("mail.example.com:hunter2", "a@example.com"), ("smtp://x", "nobody")]
        {
            let error = new(url, from).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
        }
        let settings = MailSettings { url: "smtp://u:hunter2@x".to_owned(), from: String::new() };
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
