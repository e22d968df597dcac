//! Recall.ai on a port of its own: gives tokens for uploads, and signs webhooks.

use clients::recall::RecallSettings;
use insights_core::time::Clock;
use recordings::recall::signature::WebhookSecret;
use reqwest::Method;
use serde_json::{Value, json};

use super::TestServer;
use super::client::Answer;
use super::receiver::{Hooked, Receiver, endpoint};

/// The key that Recall.ai is asked with.
pub(crate) const RECALL_KEY: &str = "key-of-the-fake-recall";

/// What it signs with.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// It.
#[derive(Debug)]
pub(crate) struct FakeRecall {
    api: Receiver<Hooked>,
}

impl FakeRecall {
    /// One that gives a token for each upload; the uploads' ids count from 1.
    pub(crate) fn start() -> Self {
        let mut n_uploads = 0_u128;
        Self::answering(move || {
            n_uploads += 1;
            let id = uuid::Uuid::from_u128(n_uploads);
            (201, json!({"id": id, "upload_token": format!("upload-token-{n_uploads}"), "status": {}}).to_string())
        })
    }

    /// One that gives these answers.
    pub(crate) fn answering(mut answer: impl FnMut() -> (u16, String) + Send + 'static) -> Self {
        Self { api: endpoint(move |_| answer()) }
    }

    /// How a server asks it.
    pub(crate) fn settings(&self) -> RecallSettings {
        RecallSettings { base_url: format!("http://{}", self.api.address()), api_key: RECALL_KEY.to_owned() }
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<Hooked> {
        self.api.got()
    }
}

/// The secret of its webhooks.
pub(crate) fn webhook_secret() -> WebhookSecret {
    WebhookSecret::parse(WEBHOOK_SECRET).unwrap()
}

/// News of an upload that happened so many seconds after the beginning of 2026.
pub(crate) fn news(event: &str, upload: &Value, seconds: i64) -> Value {
    let at = chrono::DateTime::from_timestamp(1_767_225_600 + seconds, 0).unwrap();
    let code = event.rsplit('.').next().unwrap();
    json!({"event": event, "data": {
        "data": {"code": code, "sub_code": null, "updated_at": at.to_rfc3339()},
        "recording": {"id": format!("recall-{}", upload.as_str().unwrap_or_default()), "metadata": {}},
        "sdk_upload": {"id": upload, "metadata": {}},
    }})
}

/// Sends `body` to the server as Recall.ai does, signed by `clock`.
pub(crate) fn send(server: &TestServer, clock: &dyn Clock, body: &Value) -> Answer {
    let (body, timestamp) = (body.to_string(), clock.now().timestamp().to_string());
    let signature = webhook_secret().sign("msg_1", &timestamp, body.as_bytes());
    send_signed(server, ["webhook-id", "webhook-timestamp", "webhook-signature"], [&timestamp, &signature], &body)
}

/// Sends `body` under headers of these names, with that time and that signature.
pub(crate) fn send_signed(
    server: &TestServer,
    names: [&str; 3],
    [timestamp, signature]: [&str; 2],
    body: &str,
) -> Answer {
    let client = server.anonymous();
    let request = client.request(Method::POST, "/webhooks/recall").header("content-type", "application/json");
    let request = request.header(names[0], "msg_1").header(names[1], timestamp).header(names[2], signature);
    client.send(request.body(body.to_owned()))
}
