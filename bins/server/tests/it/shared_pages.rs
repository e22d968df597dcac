//! What visitors of public links see: pages, files, passwords.

use std::sync::Arc;

use chrono::TimeDelta;
use insights_core::time::ManualClock;
use insta::assert_json_snapshot;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{Tenant, TestServer};

const NOW: &str = "2026-01-14T12:00:00Z";
const ENDINGS: [&str; 5] = ["", ".json", ".csv", ".svg", ".png"];

/// A server with an insight of two page views today, whose time a test can move.
struct House {
    server: TestServer,
    clock: Arc<ManualClock>,
    own: Tenant,
    visitor: Client,
    insight: Value,
}

impl House {
    fn new() -> Self {
        Self::with_public_url(None)
    }

    fn with_public_url(url: Option<&str>) -> Self {
        let clock = Arc::new(ManualClock::new(NOW.parse().unwrap()));
        let url = url.map(str::to_owned);
        let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock), |config| config.public_url = url);
        let own = server.first_tenant();
        let event = |n: usize| json!({"event": "$pageview", "distinct_id": format!("d{n}"), "timestamp": "2026-01-14T10:00:00Z", "uuid": format!("00000000-0000-4000-8000-00000000000{n}")});
        let batch = json!({"api_key": own.api_token, "historical_migration": true, "batch": [event(1), event(2)]});
        own.client.post("/batch/", &batch).expect(200);
        let visitor = server.anonymous();
        let mut house = Self { server, clock, own, visitor, insight: Value::Null };
        house.insight = house.insight_on(&[]);
        house
    }

    fn project_path(&self, rest: &str) -> String {
        format!("/api/environments/{}/{rest}", self.own.project)
    }

    fn insight_on(&self, dashboards: &[&Value]) -> Value {
        let series = json!([{"kind": "EventsNode", "event": "$pageview"}]);
        let source = json!({"kind": "TrendsQuery", "series": series, "dateRange": {"date_from": "-1d"}});
        let body = json!({"name": "Page <views>", "description": "By day", "query": {"kind": "InsightVizNode", "source": source}, "dashboards": dashboards});
        self.own.client.post(&self.project_path("insights/"), &body).expect(201).json()
    }

    fn sharing_path(&self) -> String {
        self.project_path(&format!("insights/{}/sharing/", self.insight["id"]))
    }

    /// Changes the insight's share and gives its token.
    fn share(&self, patch: &Value) -> String {
        let sharing = self.own.client.patch(&self.sharing_path(), patch).expect(200).json();
        sharing["access_token"].as_str().unwrap().to_owned()
    }

    /// A share with the password `correct horse`.
    fn lock(&self) -> String {
        let token = self.share(&json!({"enabled": true, "password_required": true}));
        let body = json!({"raw_password": "correct horse", "note": "for Bob"});
        self.own.client.post(&format!("{}passwords/", self.sharing_path()), &body).expect(201);
        token
    }

    fn unlock(&self, path: &str, password: &str) -> Answer {
        self.visitor.post(path, &json!({"password": password}))
    }

    fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        self.visitor.send(self.visitor.request(Method::GET, path).header(name, value))
    }

    /// The insight's rows in the activity log, the newest first.
    fn activity(&self) -> Value {
        let path = self.project_path(&format!("insights/{}/activity/?limit=100", self.insight["id"]));
        self.own.client.get(&path).expect(200).json()["results"].clone()
    }
}

fn form(house: &House, path: &str, password: &str) -> Answer {
    let request = house.visitor.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    house.visitor.send(request.body(format!("password={}", password.replace(' ', "+"))))
}

#[track_caller]
fn check_gone(house: &House, base: &str) {
    for ending in ENDINGS {
        let answer = house.visitor.get(&format!("{base}{ending}"));
        if ending.is_empty() {
            assert!(answer.header("content-type").starts_with("text/html"), "{base}");
            answer.expect(404);
        } else {
            answer.expect_error(404, "not_found", "Not found.");
        }
    }
}

#[test]
fn a_page_shows_the_insight_and_files_have_its_numbers() {
    let house = House::new();
    let token = house.share(&json!({"enabled": true}));
    for family in ["shared", "embedded", "shared_dashboard"] {
        let base = format!("/{family}/{token}");
        let page = house.visitor.get(&base).expect(200);
        let html = page.text();
        assert!(html.contains("Page &lt;views&gt;") && !html.contains("Page <views>"), "{html}");
        assert!(html.contains("data-series=\"$pageview\"") && html.contains("data-value=\"2\""), "{html}");
        assert!(html.contains("posthog-exported-data"));
        let csv = house.visitor.get(&format!("{base}.csv")).expect(200);
        assert_eq!(csv.text(), "series,13-Jan-2026,14-Jan-2026\r\n$pageview,0,2\r\n");
        let svg = house.visitor.get(&format!("{base}.svg")).expect(200);
        assert_eq!(svg.header("content-type"), "image/svg+xml");
        assert!(svg.text().contains("data-value=\"2\""));
        let png = house.visitor.get(&format!("{base}.png")).expect(200);
        assert_eq!(png.header("content-type"), "image/png");
        assert!(png.body.starts_with(b"\x89PNG"));
    }
}

#[test]
fn the_document_is_the_insight_and_how_it_is_shown() {
    let house = House::new();
    let settings = json!({"whitelabel": true, "legend": false, "theme": "dark"});
    let token = house.share(&json!({"enabled": true, "settings": settings}));
    let answer = house.visitor.get(&format!("/shared/{token}.json")).expect(200);
    let mut document = answer.redacted();
    assert_eq!(document["accessToken"], token.as_str());
    document["accessToken"] = json!("[access token]");
    document["insight"]["filters_hash"] = json!("[key]");
    assert_json_snapshot!("shared_document", document);
    let accepted = house.get_with(&format!("/shared/{token}"), "accept", "application/json").expect(200).json();
    assert_eq!(accepted["type"], "scene");
    let embedded = house.visitor.get(&format!("/embedded/{token}.json?cache_keys=abc")).expect(200).json();
    assert_eq!((&embedded["type"], &embedded["insight"]["result"]), (&json!("embed"), &accepted["insight"]["result"]));

    house.share(&json!({"settings": {"hideExtraDetails": true}}));
    let document = house.visitor.get(&format!("/shared/{token}.json")).expect(200).json();
    assert_eq!(document["hideExtraDetails"], true);
    for name in ["created_by", "last_modified_by", "created_at", "last_modified_at"] {
        assert!(document["insight"].get(name).is_none(), "{name}");
    }
    assert!(!house.visitor.get(&format!("/shared/{token}")).text().contains("admin@localhost"));
}

#[test]
fn a_dashboard_is_shown_with_its_filters_and_words() {
    let house = House::new();
    let path = house.project_path("dashboards/");
    let filters = json!({"date_from": "2026-01-14", "date_to": "2026-01-14"});
    let dashboard = house.own.client.post(&path, &json!({"name": "Board", "filters": filters})).expect(201).json();
    house.insight_on(&[&dashboard["id"]]);
    let tiles = json!({"tiles": [{"text": {"body": "Hello <everybody>"}}]});
    house.own.client.patch(&format!("{path}{}/", dashboard["id"]), &tiles).expect(200);
    let sharing = format!("{path}{}/sharing/", dashboard["id"]);
    let shared = house.own.client.patch(&sharing, &json!({"enabled": true, "settings": {"hideExtraDetails": true}}));
    let base = format!("/shared_dashboard/{}", shared.expect(200).json()["access_token"].as_str().unwrap());
    let html = house.visitor.get(&base).expect(200).text();
    for part in ["Board", "Page &lt;views&gt;", "Hello &lt;everybody&gt;", "data-value=\"2\""] {
        assert!(html.contains(part), "{part}");
    }
    let csv = house.visitor.get(&format!("{base}.csv")).expect(200).text();
    assert_eq!(csv, "Page <views>\r\nseries,14-Jan-2026\r\n$pageview,2\r\n\r\n");
    let document = house.visitor.get(&format!("{base}.json")).expect(200).json();
    let tile = document["dashboard"]["tiles"].as_array().unwrap().iter().find(|tile| tile["insight"].is_object());
    assert_eq!(tile.unwrap()["insight"]["result"][0]["data"], json!([2]));
    assert!(!document.to_string().contains("\"created_by\""));
    assert!(house.visitor.get(&format!("{base}.png")).expect(200).body.starts_with(b"\x89PNG"));

    house.own.client.patch(&format!("{path}{}/", dashboard["id"]), &json!({"deleted": true})).expect(200);
    check_gone(&house, &base);
    house.own.client.patch(&format!("{path}{}/", dashboard["id"]), &json!({"deleted": false})).expect(200);
    house.visitor.get(&base).expect(200);
}

#[test]
fn a_link_that_leads_nowhere_is_a_404_whatever_the_reason() {
    let house = House::new();
    let token = house.share(&json!({"enabled": true}));
    let insight = house.project_path(&format!("insights/{}/", house.insight["id"]));
    for family in ["shared", "embedded", "shared_dashboard"] {
        check_gone(&house, &format!("/{family}/an-unknown-token-of-a-share"));
        check_gone(&house, &format!("/{family}/%2e%2e%00"));
    }
    house.visitor.post("/shared/an-unknown-token-of-a-share", &json!({"password": "x"})).expect(404);
    let base = format!("/shared/{token}");
    house.own.client.patch(&insight, &json!({"deleted": true})).expect(200);
    check_gone(&house, &base);
    house.own.client.patch(&insight, &json!({"deleted": false})).expect(200);
    house.visitor.get(&base).expect(200);
    house.share(&json!({"enabled": false}));
    check_gone(&house, &base);
    house.share(&json!({"enabled": true}));

    let refreshed = house.own.client.post(&format!("{}refresh/", house.sharing_path()), &json!({})).expect(200).json();
    house.clock.advance(TimeDelta::seconds(299));
    house.visitor.get(&base).expect(200);
    house.clock.advance(TimeDelta::seconds(1));
    check_gone(&house, &base);
    house.visitor.get(&format!("/shared/{}", refreshed["access_token"].as_str().unwrap())).expect(200);
}

#[test]
fn pages_may_be_framed_where_they_are_made_for_it_and_are_listed_nowhere() {
    let house = House::new();
    let token = house.share(&json!({"enabled": true}));
    let shared = house.visitor.get(&format!("/shared/{token}")).expect(200);
    let policy = shared.header("content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!((shared.header("x-frame-options"), shared.header("cache-control")), ("DENY", "no-cache"));
    let embedded = house.visitor.get(&format!("/embedded/{token}")).expect(200);
    assert!(embedded.header("content-security-policy").contains("frame-ancestors *"));
    assert_eq!(embedded.header("x-frame-options"), "");
    for answer in [shared, embedded, house.visitor.get("/shared/an-unknown-token-of-a-share")] {
        assert_eq!((answer.header("referrer-policy"), answer.header("x-robots-tag")), ("no-referrer", "noindex"));
    }
    let locked = house.lock();
    assert_eq!(house.visitor.get(&format!("/shared/{locked}")).header("cache-control"), "private, no-store");
}

#[test]
fn a_password_opens_the_page_and_its_files() {
    let house = House::new();
    let base = format!("/shared/{}", house.lock());
    let page = house.visitor.get(&base).expect(200).text();
    assert!(page.contains("type=\"password\"") && !page.contains("Page &lt;views&gt;"));
    for ending in &ENDINGS[1..] {
        let answer = house.visitor.get(&format!("{base}{ending}"));
        answer.expect_error(401, "authentication_failed", "A password is needed to see this.");
    }
    let wrong = house.unlock(&base, "wrong horse").expect(401);
    assert_eq!(wrong.json(), json!({"error": "Incorrect password"}));
    assert_eq!(house.unlock(&base, "").expect(401).json(), json!({"error": "Incorrect password"}));

    let right = house.unlock(&base, "correct horse").expect(200);
    let proof = right.json()["shareToken"].as_str().unwrap().to_owned();
    let cookies: Vec<&str> = right.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let expected = ENDINGS.map(|ending| {
        format!("hindsight_sharing_token={proof}; Path={base}{ending}; Max-Age=86400; HttpOnly; SameSite=Lax")
    });
    assert_eq!(cookies, expected);
    for ending in ENDINGS {
        let path = format!("{base}{ending}");
        house.get_with(&path, "cookie", &format!("a=b; hindsight_sharing_token={proof}")).expect(200);
        let opened = house.get_with(&path, "authorization", &format!("Bearer {proof}")).expect(200);
        assert_eq!(opened.header("cache-control"), "private, no-store");
    }
    assert!(house.get_with(&base, "authorization", &format!("Bearer {proof}")).text().contains("Page &lt;views&gt;"));
    let forged = format!("Bearer {}x", &proof[..proof.len() - 1]);
    assert!(house.get_with(&base, "authorization", &forged).text().contains("type=\"password\""));

    house.clock.advance(TimeDelta::hours(24));
    assert!(house.get_with(&base, "authorization", &format!("Bearer {proof}")).text().contains("type=\"password\""));
}

#[test]
fn a_password_that_is_taken_back_opens_nothing_any_more() {
    let house = House::new();
    let base = format!("/shared/{}", house.lock());
    let right = house.unlock(&base, "correct horse").expect(200).json();
    let bearer = format!("Bearer {}", right["shareToken"].as_str().unwrap());
    house.get_with(&format!("{base}.json"), "authorization", &bearer).expect(200);
    let sharing = house.own.client.get(&house.sharing_path()).expect(200).json();
    let password = &sharing["share_passwords"][0]["id"];
    house.own.client.delete(&format!("{}passwords/{password}/", house.sharing_path())).expect(204);
    house.get_with(&format!("{base}.json"), "authorization", &bearer).expect(401);
    house.unlock(&base, "correct horse").expect(401);
}

#[test]
fn a_form_opens_the_page_without_scripts() {
    let house = House::new();
    let base = format!("/shared/{}", house.lock());
    let wrong = form(&house, &base, "wrong horse").expect(401);
    assert!(wrong.text().contains("That password is not right.") && !wrong.text().contains("wrong horse"));
    let right = form(&house, &base, "correct horse").expect(303);
    assert_eq!(right.header("location"), base);
    let cookie = right.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(house.get_with(&base, "cookie", &cookie).expect(200).text().contains("Page &lt;views&gt;"));
    for _ in 0..3 {
        form(&house, &base, "wrong horse").expect(401);
    }
    let slowed = form(&house, &base, "wrong horse").expect(429);
    assert!(slowed.text().contains("Try again in 1 second"), "{}", slowed.text());
    assert_eq!(slowed.header("retry-after"), "1");
    house.visitor.post(&base, &json!({})).expect(400);
    let text = house.visitor.request(Method::POST, &base).header("content-type", "text/plain").body("x");
    house.visitor.send(text).expect(415);
    house.unlock(&base, &"x".repeat(10_000)).expect(413);
}

#[test]
fn cookies_are_kept_to_safe_connections_and_work_in_frames_there() {
    let house = House::with_public_url(Some("https://analytics.example.com"));
    let token = house.lock();
    let cookie = |family: &str| {
        let answer = house.unlock(&format!("/{family}/{token}"), "correct horse").expect(200);
        answer.header("set-cookie").split_once("HttpOnly; ").unwrap().1.to_owned()
    };
    assert_eq!(cookie("shared"), "SameSite=Lax; Secure");
    assert_eq!(cookie("embedded"), "SameSite=None; Secure; Partitioned");
}

#[test]
fn twenty_guesses_are_slowed_and_logged_without_a_secret() {
    let house = House::new();
    let token = house.lock();
    let base = format!("/shared/{token}");
    let answers: Vec<Answer> = (0..20).map(|n| house.unlock(&base, &format!("wrong guess {n}"))).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 3);
    for slowed in answers.iter().filter(|answer| answer.status != 401) {
        assert_eq!((slowed.status, slowed.header("retry-after")), (429, "1"));
        assert_eq!(slowed.json()["code"], "throttled");
    }
    house.unlock(&base, "correct horse").expect(429);
    // Another client, as a near proxy tells, is not made to wait.
    let other = house.visitor.request(Method::POST, &base).header("x-forwarded-for", "203.0.113.5");
    house.visitor.send(other.json(&json!({"password": "correct horse"}))).expect(200);
    house.clock.advance(TimeDelta::seconds(1));
    house.unlock(&base, "correct horse").expect(200);

    let rows = house.activity();
    let verbs: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["activity"].as_str().unwrap()).collect();
    let expected = [
        "share_login_success",
        "share_login_success",
        "share_login_failed",
        "share_login_failed",
        "share_login_failed",
    ];
    assert_eq!(verbs[..5], expected);
    let mut attempt = rows[0].clone();
    assert_eq!(attempt["detail"]["changes"][0]["after"]["access_token_suffix"], token[24..]);
    attempt["detail"]["changes"][0]["after"]["access_token_suffix"] = json!("[suffix]");
    attempt["created_at"] = json!("[instant]");
    attempt["detail"]["short_id"] = json!("[short id]");
    attempt["item_id"] = json!("[id]");
    assert_json_snapshot!("share_login_row", attempt);

    let said: String = answers.iter().map(Answer::text).chain([rows.to_string()]).collect();
    for secret in ["wrong guess", "correct horse", token.as_str(), "argon2"] {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[test]
fn passwords_of_another_share_open_nothing() {
    let house = House::new();
    let first = format!("/shared/{}", house.lock());
    let right = house.unlock(&first, "correct horse").expect(200).json();
    let bearer = format!("Bearer {}", right["shareToken"].as_str().unwrap());
    let other = House { insight: house.insight_on(&[]), ..house };
    let second = format!("/shared/{}", other.share(&json!({"enabled": true, "password_required": true})));
    other.get_with(&format!("{second}.json"), "authorization", &bearer).expect(401);
    other.unlock(&second, "correct horse").expect(401);
    assert!(!other.server.base().is_empty());
}

#[test]
fn programs_read_what_a_link_shows_with_its_token() {
    let house = House::new();
    let other = house.insight_on(&[]);
    let token = house.share(&json!({"enabled": true, "settings": {"hideExtraDetails": true}}));
    let read = |rest: &str| {
        let separator = if rest.contains('?') { '&' } else { '?' };
        house.visitor.get(&house.project_path(&format!("{rest}{separator}sharing_access_token={token}")))
    };
    let list = read("insights/?refresh=force_blocking").expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["id"]), (&json!(1), &house.insight["id"]));
    assert_eq!(list["results"][0]["result"][0]["data"], json!([0, 2]));
    assert!(list["results"][0].get("created_by").is_none());
    let one = read(&format!("insights/{}/", house.insight["short_id"].as_str().unwrap())).expect(200).json();
    assert_eq!(one["result"][0]["data"], json!([0, 2]));
    assert_eq!(read("insights/?short_id=other").expect(200).json()["count"], 0);
    read(&format!("insights/{}/", other["id"])).expect_error(404, "not_found", "Not found.");
    read("dashboards/1/").expect_error(404, "not_found", "Not found.");

    let denied = "You do not have permission to perform this action.";
    read("dashboards/").expect_error(403, "permission_denied", denied);
    read("insights/trending/").expect_error(403, "permission_denied", denied);
    let path = house.project_path(&format!("insights/?sharing_access_token={token}"));
    let detail = "Sharing access token can only be used for GET requests.";
    house.visitor.post(&path, &json!({})).expect_error(401, "authentication_failed", detail);
    let elsewhere = format!("/api/environments/999999/insights/?sharing_access_token={token}");
    house.visitor.get(&elsewhere).expect_error(404, "not_found", "Project not found.");

    let invalid = "Sharing access token is invalid.";
    let unknown = house.project_path("insights/?sharing_access_token=an-unknown-token-of-a-share");
    house.visitor.get(&unknown).expect_error(401, "authentication_failed", invalid);
    house.share(&json!({"password_required": true}));
    read("insights/").expect_error(401, "authentication_failed", invalid);
    house.share(&json!({"password_required": false, "enabled": false}));
    read("insights/").expect_error(401, "authentication_failed", invalid);
}

#[test]
fn a_dashboards_token_reads_the_dashboard_and_its_insights() {
    let house = House::new();
    let path = house.project_path("dashboards/");
    let filters = json!({"date_from": "2026-01-14", "date_to": "2026-01-14"});
    let dashboard = house.own.client.post(&path, &json!({"name": "Board", "filters": filters})).expect(201).json();
    let insight = house.insight_on(&[&dashboard["id"]]);
    let sharing = format!("{path}{}/sharing/", dashboard["id"]);
    let shared = house.own.client.patch(&sharing, &json!({"enabled": true})).expect(200).json();
    let token = shared["access_token"].as_str().unwrap();
    let read = |rest: &str| house.visitor.get(&house.project_path(&format!("{rest}sharing_access_token={token}")));
    let list = read("insights/?refresh=force_blocking&").expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["id"]), (&json!(1), &insight["id"]));
    assert_eq!(list["results"][0]["result"][0]["data"], json!([2]));
    let shown = read(&format!("dashboards/{}/?", dashboard["id"])).expect(200).json();
    assert_eq!(shown["tiles"][0]["insight"]["result"][0]["data"], json!([2]));
    read(&format!("insights/{}/?", house.insight["id"])).expect(404);
    let query = format!("query/{}/?", insight["short_id"].as_str().unwrap());
    read(&query).expect(404);
}
