//! What the demo project has beside its events: saved insights, a dashboard and shared pages, made over the API as any client would.

use std::fs;
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::process::{Outcome, root};
use crate::server::http_client;

/// A question over a demo's events takes far less.
const TIMEOUT: Duration = Duration::from_secs(60);

/// An address for people to open.
#[derive(Debug)]
pub(super) struct Page {
    /// What is on it.
    pub(super) title: String,
    /// Where it is.
    pub(super) url: String,
    /// What opens it, where it asks for a password.
    pub(super) password: Option<String>,
}

/// Makes everything of `fixtures/demo/project.json` in project 1 of the server at `url`, and gives the shared pages.
pub(super) fn make(url: &str, key: &str) -> Outcome<Vec<Page>> {
    let path = root().join("fixtures/demo/project.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let project: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let api = Api { client: http_client(TIMEOUT)?, url: url.to_owned(), key: key.to_owned() };

    let about = &project["dashboard"];
    let dashboard = api.send(
        Method::POST,
        "dashboards/",
        &json!({"name": about["name"], "description": about["description"], "pinned": true}),
    )?;
    let dashboard = Made { kind: "dashboards", id: number(&dashboard)?, name: about["name"].clone() };
    let text = json!({"tiles": [{"text": {"body": about["text"]}}]});
    api.send(Method::PATCH, &format!("dashboards/{}/", dashboard.id), &text)?;

    let mut made = vec![("dashboard".to_owned(), dashboard)];
    for insight in project["insights"].as_array().into_iter().flatten() {
        let mut body = insight.clone();
        body["dashboards"] = json!([made[0].1.id]);
        let answer = api.send(Method::POST, "insights/?refresh=blocking", &body)?;
        let key = insight["key"].as_str().unwrap_or_default().to_owned();
        made.push((key, Made { kind: "insights", id: number(&answer)?, name: insight["name"].clone() }));
    }

    let shares = project["shares"].as_array().into_iter().flatten();
    let pages = shares.map(|share| {
        let found = made.iter().find(|(key, _)| *key == share["of"]);
        let (_, thing) = found.ok_or_else(|| format!("the demo shares {}, which it does not have", share["of"]))?;
        api.share(thing, share["password"].as_str())
    });
    pages.collect()
}

/// Something that was made.
struct Made {
    kind: &'static str,
    id: i64,
    name: Value,
}

struct Api {
    client: Client,
    url: String,
    key: String,
}

impl Api {
    fn send(&self, method: Method, path: &str, body: &Value) -> Outcome<Value> {
        let url = format!("{}/api/environments/1/{path}", self.url);
        let request = self.client.request(method, &url).bearer_auth(&self.key).json(body);
        let answer = request.send().map_err(|error| format!("{url}: {error}"))?;
        let status = answer.status();
        let text = answer.text().map_err(|error| format!("{url}: {error}"))?;
        if !matches!(status, StatusCode::OK | StatusCode::CREATED) {
            return Err(format!("{url}: {status} {text}"));
        }
        serde_json::from_str(&text).map_err(|error| format!("{url}: {error}"))
    }

    fn share(&self, thing: &Made, password: Option<&str>) -> Outcome<Page> {
        let path = format!("{}/{}/sharing/", thing.kind, thing.id);
        let wanted = json!({"enabled": true, "password_required": password.is_some()});
        let sharing = self.send(Method::PATCH, &path, &wanted)?;
        if let Some(password) = password {
            self.send(Method::POST, &format!("{path}passwords/"), &json!({"raw_password": password, "note": "demo"}))?;
        }
        let token = sharing["access_token"].as_str().ok_or("a share has no access token")?;
        Ok(Page {
            title: thing.name.as_str().unwrap_or_default().to_owned(),
            url: format!("{}/shared/{token}", self.url),
            password: password.map(str::to_owned),
        })
    }
}

fn number(answer: &Value) -> Outcome<i64> {
    answer["id"].as_i64().ok_or_else(|| format!("what was made has no number: {answer}"))
}
