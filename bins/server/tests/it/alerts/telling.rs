//! Who is told, how, and how often.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use clients::notifications::mail::MailSettings;
use hindsight::background::alerts::SendRound;
use hmac::{Hmac, KeyInit, Mac};
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use sha2::Sha256;

use super::checking::clock;
use super::{capture, create, get, hourly, insight};
use crate::support::receiver::{Hooked, Receiver, mail_server, webhook};
use crate::support::redact::redact;
use crate::support::{Tenant, TestServer};

fn sent(n_sent: usize, n_failed: usize) -> SendRound {
    SendRound { n_sent, n_failed }
}

/// An alert that fires at the next check, and tells `receiver`.
fn firing<T: Clone + Send + 'static>(tenant: &Tenant, receiver: &Receiver<T>, r#type: &str) -> Value {
    capture(tenant, "error", "2026-01-14T09:30:00Z", 5);
    let destination = json!({"type": r#type, "url": format!("http://{}/hook", receiver.address())});
    create(tenant, &insight(tenant, &hourly()), &json!({"destinations": [destination]}))
}

/// Checks the signature as receivers do.
fn verify(hooked: &Hooked, key: &Value) {
    let (seconds, signature) = hooked.headers["hindsight-signature"].split_once(',').unwrap();
    let seconds = seconds.strip_prefix("t=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_str().unwrap().as_bytes()).unwrap();
    mac.update(format!("{seconds}.{}", hooked.body).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature, format!("v1={hex}"));
}

#[test]
fn a_webhook_that_fails_twice_is_told_on_the_third_try() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let receiver = webhook(&[500, 503]);
    let alert = firing(&own, &receiver, "webhook");
    server.check_alerts();
    let delivery = || get(&own, &alert)["checks"][0]["notifications"][0].clone();
    assert_eq!(delivery()["state"], "pending");

    assert_eq!(server.send_notifications(), sent(0, 1));
    assert_eq!(delivery()["last_error"], "the receiver answered 500");
    assert_eq!(server.send_notifications(), sent(0, 0), "it waits half a minute");
    clock.advance(TimeDelta::seconds(30));
    assert_eq!(server.send_notifications(), sent(0, 1));
    clock.advance(TimeDelta::seconds(59));
    assert_eq!(server.send_notifications(), sent(0, 0), "and then a whole one");
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(server.send_notifications(), sent(1, 0));
    clock.advance(TimeDelta::hours(12));
    assert_eq!(server.send_notifications(), sent(0, 0));

    let got = receiver.got();
    assert_eq!(got.len(), 3);
    for hooked in &got {
        verify(hooked, &alert["destinations"][0]["signing_secret"]);
        assert_eq!(hooked.headers["idempotency-key"], got[0].headers["idempotency-key"]);
        assert_eq!(hooked.body, got[0].body);
    }
    let told = delivery();
    assert_eq!((&told["state"], &told["attempts"], &told["last_error"]), (&json!("sent"), &json!(3), &json!(null)));
    assert_json_snapshot!("alert_webhook", redact(serde_json::from_str(&got[0].body).unwrap(), &server.base()));
}

#[test]
fn who_was_told_that_it_fires_is_not_told_again_as_long_as_it_does() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let receiver = webhook(&[]);
    let alert = firing(&own, &receiver, "slack");
    server.check_alerts();
    server.send_notifications();
    clock.advance(TimeDelta::hours(1));
    capture(&own, "error", "2026-01-14T10:30:00Z", 5);
    server.check_alerts();
    server.send_notifications();
    let shown = get(&own, &alert);
    let targets: Vec<bool> =
        shown["checks"].as_array().unwrap().iter().map(|check| check["targets_notified"].as_bool().unwrap()).collect();
    assert_eq!((&shown["state"], targets), (&json!("Firing"), vec![false, true]));
    // it stops, and fires anew
    clock.advance(TimeDelta::hours(1));
    server.check_alerts();
    clock.advance(TimeDelta::hours(1));
    capture(&own, "error", "2026-01-14T12:30:00Z", 5);
    server.check_alerts();
    server.send_notifications();
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert!(!got[0].headers.contains_key("hindsight-signature"));
    assert_json_snapshot!("alert_slack", redact(serde_json::from_str(&got[0].body).unwrap(), &server.base()));
}

#[test]
fn a_crash_between_evaluating_and_sending_loses_nothing() {
    let clock = clock();
    let mut server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let receiver = webhook(&[]);
    firing(&own, &receiver, "webhook");
    server.check_alerts();
    assert_eq!(receiver.got().len(), 0, "the sender is held");

    // the next server sends it by itself, when it starts
    server.restart(Arc::<ManualClock>::clone(&clock), |config| {
        config.alerts.check_interval = Some(Duration::from_secs(3600))
    });
    receiver.wait_for(1);
    server.restart(clock, |_| {});
    assert_eq!(server.send_notifications(), sent(0, 0));
    assert_eq!(receiver.got().len(), 1);
}

#[test]
fn two_servers_on_one_database_tell_once() {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let beside = server.beside(clock);
    let own = server.first_tenant();
    let receiver = webhook(&[]);
    let destination = json!({"type": "webhook", "url": format!("http://{}/hook", receiver.address())});
    // no events are too few, whichever server looks
    let more = json!({
        "threshold": {"configuration": {"type": "absolute", "bounds": {"lower": 1}}},
        "destinations": [destination],
    });
    let watched = insight(&own, &hourly());
    let alerts: Vec<Value> = (0..5).map(|_| create(&own, &watched, &more)).collect();

    let (one, other) = (&server, &beside);
    let at_once = |job: fn(&TestServer) -> usize| {
        std::thread::scope(|scope| {
            let jobs = [one, other].map(|server| scope.spawn(move || job(server)));
            jobs.into_iter().map(|job| job.join().unwrap()).sum::<usize>()
        })
    };
    assert_eq!(at_once(|server| server.check_alerts().n_checked), 5);
    assert_eq!(at_once(|server| server.send_notifications().n_sent), 5);
    let mut told: Vec<Value> = receiver
        .got()
        .iter()
        .map(|hooked| serde_json::from_str::<Value>(&hooked.body).unwrap()["alert"]["id"].clone())
        .collect();
    told.sort_by_key(|id| id.as_str().unwrap().to_owned());
    let mut made: Vec<Value> = alerts.iter().map(|alert| alert["id"].clone()).collect();
    made.sort_by_key(|id| id.as_str().unwrap().to_owned());
    assert_eq!(told, made);
    assert!(alerts.iter().all(|alert| get(&own, alert)["checks_total"] == 1));
}

#[test]
fn subscribers_get_a_mail() {
    let mails = mail_server();
    let url = format!("smtp://{}", mails.address());
    let server = TestServer::start_at(clock(), |config| {
        config.alerts.mail = Some(MailSettings { url, from: "Hindsight <alerts@example.com>".to_owned() });
    });
    let own = server.first_tenant();
    capture(&own, "error", "2026-01-14T09:30:00Z", 5);
    let user = own.client.get("/api/users/@me/").expect(200).json();
    let alert = create(&own, &insight(&own, &hourly()), &json!({"subscribed_users": [user["id"]]}));
    server.check_alerts();
    assert_eq!(server.send_notifications(), sent(1, 0));
    let mail = mails.wait_for(1).pop().unwrap();
    let id = get(&own, &alert)["checks"][0]["notifications"][0]["id"].as_str().unwrap().to_owned();
    for part in [
        "From: Hindsight <alerts@example.com>",
        &format!("To: {}", user["email"].as_str().unwrap()),
        "Subject: Alert \"Too many errors\" is firing",
        &format!("Message-ID: <{id}@example.com>"),
        "Date: Wed, 14 Jan 2026 10:05:00",
        "text/plain",
        "text/html",
        "is more than",
    ] {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
}

#[test]
fn what_cannot_be_sent_is_visible() {
    let clock = clock();
    let mut server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |_| {});
    let own = server.first_tenant();
    let receiver = webhook(&[]);
    let user = own.client.get("/api/users/@me/").expect(200).json()["id"].clone();
    capture(&own, "error", "2026-01-14T09:30:00Z", 5);
    let destination = json!({"type": "webhook", "url": format!("http://localhost:{}/", receiver.address().port())});
    let more = json!({"subscribed_users": [user], "destinations": [destination]});
    let alert = create(&own, &insight(&own, &hourly()), &more);
    server.check_alerts();
    // the address was allowed when it was written; what counts is when it is spoken to
    server.restart(clock, |config| config.alerts.addresses = alerts::destination::AddressPolicy::PublicOnly);
    assert_eq!(server.send_notifications(), sent(0, 2));
    assert_eq!(receiver.got().len(), 0);
    let own = server.first_tenant();
    let deliveries = get(&own, &alert)["checks"][0]["notifications"].clone();
    let errors: Vec<&str> =
        deliveries.as_array().unwrap().iter().map(|delivery| delivery["last_error"].as_str().unwrap()).collect();
    assert_eq!(
        errors,
        [
            "this server has no mail server: HINDSIGHT_SMTP_URL is not set",
            "the address is one of this machine or a private network, which this server does not send to"
        ]
    );
    assert!(deliveries.as_array().unwrap().iter().all(|delivery| delivery["state"] == "failed"));
}
