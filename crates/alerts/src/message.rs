//! What is told when an alert begins to fire or to fail, and how it is put for each channel.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest subject of a mail, in characters.
const MAX_SUBJECT_CHARACTERS: usize = 200;

/// Most sentences of one message; more are counted.
const MAX_REASONS: usize = 20;

/// What is told. It is stored with the notification, so that a later try tells the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Whether the check failed, instead of finding something.
    pub is_error: bool,
    /// When the check was made.
    pub at: DateTime<Utc>,
    /// Number of the project.
    pub project: i64,
    /// Its name.
    pub project_name: String,
    /// The alert.
    pub alert: Uuid,
    /// Its name; may be empty.
    pub alert_name: String,
    /// Number of the insight.
    pub insight: i64,
    /// Its name in addresses.
    pub insight_short_id: String,
    /// Its name for people; may be empty.
    pub insight_name: String,
    /// The check.
    pub check: Uuid,
    /// The number that was found.
    pub value: Option<f64>,
    /// What is wrong, a sentence each.
    pub reasons: Vec<String>,
}

impl Message {
    /// One line that says it all.
    pub fn title(&self) -> String {
        let what = if self.is_error { "could not be checked" } else { "is firing" };
        let name = one_line(&self.alert_name);
        let name = if name.is_empty() { one_line(&self.insight_name) } else { name };
        let title = if name.is_empty() { format!("An alert {what}") } else { format!("Alert \"{name}\" {what}") };
        title.chars().take(MAX_SUBJECT_CHARACTERS).collect()
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let mut text = format!("{}.\n\n", self.title());
        for reason in self.shown_reasons() {
            text.push_str(&format!("- {reason}\n"));
        }
        text.push_str(&format!("\n{}\n", self.source()));
        text
    }

    /// As a page for mail programs.
    pub fn html(&self) -> String {
        let reasons: String = self.shown_reasons().map(|reason| format!("<li>{}</li>", escape(&reason))).collect();
        format!(
            "<!doctype html><html><body style=\"font-family:sans-serif\"><h2>{}</h2><ul>{reasons}</ul><p>{}</p></body></html>",
            escape(&self.title()),
            escape(&self.source())
        )
    }

    /// As Slack's incoming webhooks take it.
    pub fn slack(&self) -> Value {
        let reasons: Vec<String> = self.shown_reasons().map(|reason| format!("• {}", escape(&reason))).collect();
        let title = escape(&self.title());
        // Slack takes 3000 characters of a text.
        let section: String = format!("*{title}*\n{}", reasons.join("\n")).chars().take(3000).collect();
        let source: String = escape(&self.source()).chars().take(3000).collect();
        json!({
            "text": title,
            "blocks": [
                { "type": "section", "text": { "type": "mrkdwn", "text": section } },
                { "type": "context", "elements": [{ "type": "mrkdwn", "text": source }] },
            ],
        })
    }

    /// The body of our own webhooks. `id` is the same for every try of one notification.
    pub fn webhook(&self, id: Uuid) -> Value {
        json!({
            "id": id,
            "type": if self.is_error { "alert.errored" } else { "alert.firing" },
            "created_at": self.at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "title": self.title(),
            "messages": self.reasons,
            "project": { "id": self.project, "name": self.project_name },
            "alert": { "id": self.alert, "name": self.alert_name },
            "insight": { "id": self.insight, "short_id": self.insight_short_id, "name": self.insight_name },
            "check": { "id": self.check, "calculated_value": self.value },
        })
    }

    fn shown_reasons(&self) -> impl Iterator<Item = String> + '_ {
        let n_more = self.reasons.len().saturating_sub(MAX_REASONS);
        let more = (n_more > 0).then(|| format!("… and {n_more} more"));
        self.reasons.iter().take(MAX_REASONS).map(|reason| one_line(reason)).chain(more)
    }

    fn source(&self) -> String {
        let insight = one_line(&self.insight_name);
        let insight = if insight.is_empty() { &self.insight_short_id } else { &insight };
        let at = self.at.format("%Y-%m-%d %H:%M UTC");
        format!("Insight {insight} of project {} ({}), checked {at}", one_line(&self.project_name), self.project)
    }
}

/// The text without line breaks and other control characters: names are people's, and end up in headers and lists.
fn one_line(text: &str) -> String {
    text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text in HTML, and in Slack's markup, which escapes the same characters.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            is_error: false,
            at: "2026-01-14T03:21:34Z".parse().unwrap(),
            project: 1,
            project_name: "Shop".to_owned(),
            alert: Uuid::from_u128(1),
            alert_name: "Too\r\nBcc: <all>".to_owned(),
            insight: 17,
            insight_short_id: "aB3dE5gH".to_owned(),
            insight_name: "Errors".to_owned(),
            check: Uuid::from_u128(2),
            value: Some(5.0),
            reasons: vec!["5 & more".to_owned()],
        }
    }

    #[test]
    fn names_of_people_stay_names() {
        let message = message();
        assert_eq!(message.title(), "Alert \"Too Bcc: <all>\" is firing");
        assert!(message.html().contains("<li>5 &amp; more</li>") && message.html().contains("&lt;all&gt;"));
        assert_eq!(
            message.text(),
            "Alert \"Too Bcc: <all>\" is firing.\n\n- 5 & more\n\nInsight Errors of project Shop (1), checked 2026-01-14 03:21 UTC\n"
        );
        assert_eq!(message.slack()["text"], "Alert \"Too Bcc: &lt;all&gt;\" is firing");
    }

    #[test]
    fn long_lists_are_cut_for_people_alone() {
        let many = Message { reasons: (0..30).map(|n| n.to_string()).collect(), ..message() };
        assert!(many.text().contains("… and 10 more"));
        assert_eq!(many.webhook(Uuid::nil())["messages"].as_array().unwrap().len(), 30);
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let stored = serde_json::to_string(&message()).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&stored).unwrap(), message());
    }
}
