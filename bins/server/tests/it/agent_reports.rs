//! Reports about work with coding agents, of both versions.

mod lifecycle;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use insights_core::time::ManualClock;
use language_model::model::Provider;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::model::FakeModel;
use crate::support::{Tenant, TestServer};

/// Where reports of version 2.1 and 3.0 are.
pub(crate) const FAMILIES: [&str; 2] = ["/v1/insights/report", "/v1/score_v3/report"];

/// A period with all the work in it.
const PERIOD: &str = "from=2026-03-02T00:00:00Z&to=2026-03-23T00:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A server on the morning of 24 March 2026.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(at("2026-03-24T08:00:00Z")))
}

/// Three sessions with three prompts each, as a plugin tells them; 90,000 tokens for 0.45 dollars.
fn work(client: &Client, clock: &ManualClock) {
    let before = insights_core::time::Clock::now(clock);
    let prompts = [
        "Fix the panic in src/parse.rs:42 when the input is empty, and add a test that shows it",
        "Still wrong, look at the trace: index out of bounds",
        "Great, thanks!",
    ];
    for (n, day) in ["2026-03-03", "2026-03-10", "2026-03-18"].iter().enumerate() {
        let start = at(&format!("{day}T09:00:00Z"));
        for (turn, text) in prompts.iter().enumerate() {
            let minutes = TimeDelta::minutes(4 * i64::try_from(turn).unwrap());
            clock.set(start + minutes);
            let session = format!("session-{n}");
            let prompt = json!({"prompt_text": text, "source": "claude-code", "tool_session_id": session});
            let id = client.post("/v1/prompts", &prompt).expect(201).json()["id"].clone();
            clock.advance(TimeDelta::seconds(30));
            let response = json!({
                "tool_session_id": session, "response_text": "Done.", "prompt_id": id, "model": "claude-sonnet-4-5",
                "input_tokens": 1000, "output_tokens": 500, "cache_read_tokens": 8000, "cache_creation_tokens": 500, "cost_usd": 0.05,
            });
            client.post("/v1/prompts/response", &response).expect(202);
        }
    }
    clock.set(before);
}

/// A server with that work.
fn worked() -> (TestServer, Tenant) {
    let clock = clock();
    let server = TestServer::start_at(Arc::<ManualClock>::clone(&clock) as _, |_| {});
    let own = server.first_tenant();
    work(&own.client, &clock);
    (server, own)
}

fn ask(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(client.request(method, path), |request, (name, value)| request.header(*name, *value));
    client.send(request)
}

fn generate(client: &Client, family: &str, query: &str) -> Answer {
    ask(client, Method::POST, &format!("{family}/generate?{query}"), &[])
}

/// The name of a report, whichever case its version has.
fn id_of(report: &Value) -> String {
    let meta = &report["meta"];
    meta.get("reportId").or_else(|| meta.get("report_id")).unwrap().as_str().unwrap().to_owned()
}

/// Fails the test unless the answer is an error of this family.
#[track_caller]
fn expect_failure(answer: Answer, status: u16, message: &str) {
    let body = answer.expect(status).json();
    assert_eq!(body["code"], status);
    assert!(body["message"].as_str().unwrap().contains(message), "{body}");
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
}

#[test]
fn a_report_is_generated_and_found() {
    let (_server, own) = worked();
    for (family, name) in [(FAMILIES[0], "agent_report_v2"), (FAMILIES[1], "agent_report_v3")] {
        let answer = generate(&own.client, family, PERIOD).expect(200);
        assert_eq!((answer.header("content-type"), answer.header("content-language")), ("application/json", "en"));
        let report = answer.json();
        insta::assert_json_snapshot!(name, answer.redacted());
        let id = id_of(&report);
        assert_eq!(own.client.get(family).expect(200).json(), report);
        assert_eq!(own.client.get(&format!("{family}/{id}")).expect(200).json(), report);
        let status = own.client.get(&format!("{family}/status/{id}")).expect(200);
        insta::assert_json_snapshot!(format!("{name}_record"), status.redacted());
        let history = own.client.get(&format!("{family}/history")).expect(200).json();
        assert_eq!(history, json!({"reports": [status.json()]}));
        assert_eq!(own.client.get(&format!("{family}/pending")).expect(204).body, b"");
    }
}

/// The numbers again, from what was sent.
#[test]
fn the_numbers_are_those_of_what_was_sent() {
    let (_server, own) = worked();
    let v2 = generate(&own.client, FAMILIES[0], PERIOD).expect(200).json();
    assert_eq!(v2["totalTokens"], 9 * 10_000);
    assert_eq!((&v2["totalInputTokens"], &v2["totalOutputTokens"]), (&json!(9000), &json!(4500)));
    assert_eq!((&v2["totalCostUsd"], &v2["totalSessions"]), (&json!(0.45), &json!(3)));
    assert_eq!((&v2["meta"]["totalMessages"], &v2["meta"]["activeDays"]), (&json!(9), &json!(3)));
    let days = v2["activity"]["byDay"].as_array().unwrap();
    let worked: Vec<_> = days.iter().filter(|day| day["prompts"] == 3).map(|day| day["date"].clone()).collect();
    assert_eq!((days.len(), worked), (21, vec![json!("2026-03-03"), json!("2026-03-10"), json!("2026-03-18")]));
    assert_eq!(
        v2["activity"]["models"],
        json!([{"model": "claude-sonnet-4-5", "requests": 9, "tokens": 90_000, "costUsd": 0.45}])
    );
    let corrections = v2["whereThingsGoWrong"]["categories"].as_array().unwrap();
    assert_eq!(corrections.iter().find(|row| row["key"] == "correction").unwrap()["count"], 3);

    let v3 = generate(&own.client, FAMILIES[1], PERIOD).expect(200).json();
    assert_eq!(v3["tokens"]["mix"], json!({"input": 9000, "output": 4500, "cache_read": 72_000, "cache_write": 4500}));
    assert_eq!((&v3["score"]["total_count"], &v3["meta"]["active_days"]), (&json!(3), &json!(3)));
    let crushed = v3["sessions"].as_array().unwrap().iter().filter(|row| row["crushed"] == true).count();
    assert_eq!(v3["score"]["crushed_count"], crushed);
    assert_eq!(v2["impressiveThings"]["winRate"], v3["score"]["prism_score"]);
}

#[test]
fn a_report_of_nothing_is_a_report() {
    let server = TestServer::start_at(clock(), |_| {});
    for family in FAMILIES {
        expect_failure(server.admin().get(family), 404, "Not found.");
        assert_eq!(server.admin().get(&format!("{family}/history")).expect(200).json(), json!({"reports": []}));
        let report = generate(&server.admin(), family, "").expect(200).json();
        let period = if family == FAMILIES[0] { ["periodStart", "periodEnd"] } else { ["period_start", "period_end"] };
        let period = period.map(|name| report["meta"][name].as_str().unwrap().to_owned());
        assert_eq!(period, ["2026-02-22T08:00:00Z", "2026-03-24T08:00:00Z"], "thirty days until now");
    }
    let v3 = server.admin().get(FAMILIES[1]).expect(200).json();
    assert_eq!(
        (&v3["score"]["prism_score"], &v3["score"]["letter_grade"], &v3["sessions"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    let v2 = server.admin().get(FAMILIES[0]).expect(200).json();
    assert_eq!((&v2["skillSnapshot"], &v2["totalSessions"]), (&Value::Null, &json!(0)));
}

#[test]
fn every_language_is_written_and_english_else() {
    let (_server, own) = worked();
    for family in FAMILIES {
        let mut titles = std::collections::BTreeSet::new();
        for (asked, language) in [
            ("en", "en"),
            ("de-AT, en;q=0.5", "de"),
            ("es", "es"),
            ("en;q=0.1, fr", "fr"),
            ("pt-BR", "pt"),
            ("ja", "ja"),
            ("zh-CN", "zh"),
            ("sv, tlh;q=0.5", "en"),
            ("de;q=nonsense", "en"),
        ] {
            let path = format!("{family}/generate?{PERIOD}");
            let answer = ask(&own.client, Method::POST, &path, &[("accept-language", asked)]).expect(200);
            let report = answer.json();
            assert_eq!((answer.header("content-language"), &report["meta"]["language"]), (language, &json!(language)));
            let page = own.client.get(&format!("{family}/{}?format=html", id_of(&report))).expect(200).text();
            assert!(page.contains(&format!("<html lang=\"{language}\">")));
            let title = page.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0.to_owned();
            titles.insert(title);
        }
        assert_eq!(titles.len(), 7, "{titles:?}");
    }
}

#[test]
fn a_report_is_json_a_page_or_markdown() {
    let (_server, own) = worked();
    let html = ("text/html; charset=utf-8", "<!DOCTYPE html>");
    let markdown = ("text/markdown; charset=utf-8", "# ");
    let json = ("application/json", "{");
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for family in FAMILIES {
        let id = id_of(&generate(&own.client, family, PERIOD).expect(200).json());
        for (method, path) in [
            (Method::GET, format!("{family}?scope=personal")),
            (Method::GET, format!("{family}/{id}?x=")),
            (Method::POST, format!("{family}/generate?{PERIOD}")),
            (Method::POST, format!("{family}/quick?{PERIOD}")),
        ] {
            for (parameter, accept, expected) in [
                ("", "*/*", json),
                ("", browser, html),
                ("", "text/markdown", markdown),
                ("&format=html", "application/json", html),
                ("&format=md", browser, markdown),
                ("&format=json", browser, json),
            ] {
                let answer =
                    ask(&own.client, method.clone(), &format!("{path}{parameter}"), &[("accept", accept)]).expect(200);
                assert_eq!(answer.header("content-type"), expected.0, "{path}{parameter}");
                assert!(answer.text().starts_with(expected.1));
                if expected == html {
                    let policy = answer.header("content-security-policy");
                    assert!(policy.starts_with("default-src 'none'; style-src"), "{policy}");
                }
            }
            expect_failure(ask(&own.client, method.clone(), &format!("{path}&format=pdf"), &[]), 400, "format");
        }
    }
}

#[test]
fn a_quick_report_is_not_kept() {
    let (_server, own) = worked();
    for family in FAMILIES {
        let quick = ask(&own.client, Method::POST, &format!("{family}/quick?{PERIOD}"), &[]).expect(200).json();
        assert_eq!(quick["meta"]["narrative"], "template");
        expect_failure(own.client.get(family), 404, "Not found.");
        expect_failure(own.client.get(&format!("{family}/{}", id_of(&quick))), 404, "Not found.");
        let mut kept = generate(&own.client, family, PERIOD).expect(200).json();
        let key = if family == FAMILIES[0] { "reportId" } else { "report_id" };
        kept["meta"][key] = quick["meta"][key].clone();
        assert_eq!(kept, quick);
        let empty = own.client.post(&format!("{family}/quick"), &json!({})).expect(200).json();
        assert_ne!(empty["meta"], quick["meta"]);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (_server, own) = worked();
    for family in FAMILIES {
        for (query, attr) in [
            ("from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z", "from"),
            ("from=2020-03-02T00:00:00Z", "from"),
            ("from=yesterday", "from"),
            ("to=x", "to"),
            ("to=9999-01-01T00:00:00Z", "to"),
            ("scope=", "scope"),
            ("format=xml", "format"),
        ] {
            expect_failure(generate(&own.client, family, query), 400, attr);
        }
        let long = "x".repeat(101);
        expect_failure(generate(&own.client, family, &format!("scope={long}")), 400, "scope");
        expect_failure(
            own.client.get(&format!("{family}?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z")),
            400,
            "from",
        );
        for limit in ["0", "-1", "1.5", "many"] {
            expect_failure(own.client.get(&format!("{family}/history?limit={limit}")), 400, "limit");
        }
        own.client.get(&format!("{family}/history?limit=100000")).expect(200);
        for id in ["nothing", "00000000-0000-0000-0000-000000000000"] {
            expect_failure(own.client.get(&format!("{family}/{id}")), 404, "Not found.");
            expect_failure(own.client.get(&format!("{family}/status/{id}")), 404, "Not found.");
            expect_failure(ask(&own.client, Method::POST, &format!("{family}/cancel/{id}"), &[]), 404, "Not found.");
            expect_failure(own.client.delete(&format!("{family}/{id}")), 404, "Not found.");
        }
        assert_eq!(own.client.get(&format!("{family}/history")).expect(200).json(), json!({"reports": []}));
    }
}

#[test]
fn a_key_with_the_right_scope_is_needed() {
    let (server, own) = worked();
    let (reading, foreign) = (server.with_scopes(&["llm_analytics:read"]), server.with_scopes(&["insight:read"]));
    for family in FAMILIES {
        let id = id_of(&generate(&own.client, family, PERIOD).expect(200).json());
        let reads = ["", "/pending", "/history", &format!("/status/{id}"), &format!("/{id}")]
            .map(|rest| format!("{family}{rest}"));
        for path in reads {
            assert!(reading.get(&path).status < 300, "{path}");
            expect_failure(foreign.get(&path), 403, "llm_analytics:read");
            expect_failure(server.anonymous().get(&path), 401, "Missing API key");
        }
        let writes = [
            (Method::POST, format!("{family}/generate")),
            (Method::POST, format!("{family}/cancel/{id}")),
            (Method::DELETE, format!("{family}/{id}")),
        ];
        for (method, path) in writes {
            expect_failure(ask(&reading, method.clone(), &path, &[]), 403, "llm_analytics:write");
            expect_failure(ask(&server.anonymous(), method, &path, &[]), 401, "Missing API key");
        }
        ask(&reading, Method::POST, &format!("{family}/quick"), &[]).expect(200);
        let key = [("x-api-key", own.client.key().unwrap())];
        assert_eq!(id_of(&ask(&server.anonymous(), Method::GET, family, &key).expect(200).json()), id);
    }
}

#[test]
fn another_organization_sees_nothing() {
    let (server, own) = worked();
    let other = server.other_tenant();
    for family in FAMILIES {
        let id = id_of(&generate(&own.client, family, PERIOD).expect(200).json());
        for path in [family.to_owned(), format!("{family}/{id}"), format!("{family}/status/{id}")] {
            expect_failure(other.client.get(&path), 404, "Not found.");
        }
        expect_failure(ask(&other.client, Method::POST, &format!("{family}/cancel/{id}"), &[]), 404, "Not found.");
        expect_failure(other.client.delete(&format!("{family}/{id}")), 404, "Not found.");
        assert_eq!(other.client.get(&format!("{family}/history")).expect(200).json(), json!({"reports": []}));
        let report = generate(&other.client, family, PERIOD).expect(200).json();
        assert!(!report.to_string().contains("session-0"));
        assert_eq!(id_of(&own.client.get(family).expect(200).json()), id);
    }
}

#[test]
fn scopes_and_versions_have_lists_of_their_own() {
    let (_server, own) = worked();
    for family in FAMILIES {
        let personal = id_of(&generate(&own.client, family, PERIOD).expect(200).json());
        let team = id_of(&generate(&own.client, family, &format!("scope=team%2F%C3%A9&{PERIOD}")).expect(200).json());
        assert_eq!(id_of(&own.client.get(&format!("{family}?scope=team%2F%C3%A9")).expect(200).json()), team);
        assert_eq!(id_of(&own.client.get(family).expect(200).json()), personal);
        expect_failure(own.client.get(&format!("{family}?scope=team")), 404, "Not found.");
        let history = own.client.get(&format!("{family}/history?scope=team%2F%C3%A9")).expect(200).json();
        assert_eq!((&history["reports"][0]["id"], history["reports"].as_array().unwrap().len()), (&json!(team), 1));
        let newest = id_of(&generate(&own.client, family, PERIOD).expect(200).json());
        let both = own.client.get(&format!("{family}/history")).expect(200).json()["reports"].clone();
        assert_eq!(both.as_array().unwrap().len(), 2, "of this version alone");
        let last = own.client.get(&format!("{family}/history?limit=1")).expect(200).json();
        assert_eq!(last["reports"], json!([both[0]]));
        assert!([&personal, &newest].iter().any(|id| both[0]["id"] == json!(id)));
        let outside = own.client.get(&format!("{family}?from=2026-03-23T00:00:00Z&to=2026-04-01T00:00:00Z"));
        expect_failure(outside, 404, "Not found.");
        own.client.get(&format!("{family}?from=2026-03-22T00:00:00Z&to=2026-04-01T00:00:00Z")).expect(200);
    }
}

#[test]
fn a_model_writes_the_words_where_there_is_one() {
    let clock = clock();
    let chapters =
        ["outcome", "speed", "tokens", "prompting", "next"].map(|key| (key, "Well done, <b>all</b> of you."));
    let words = json!({"headline": "A good month", "chapters": chapters.into_iter().collect::<std::collections::BTreeMap<_, _>>()});
    let model = FakeModel::saying(Provider::Anthropic, &words.to_string());
    let server =
        TestServer::start_at(Arc::<ManualClock>::clone(&clock) as _, |config| config.model = Some(model.settings()));
    let own = server.first_tenant();
    work(&own.client, &clock);
    let told = generate(&own.client, FAMILIES[1], PERIOD).expect(200).json();
    assert_eq!((&told["meta"]["narrative"], &told["narrative"]["headline"]), (&json!("llm"), &json!("A good month")));
    assert_eq!(told["narrative"]["chapters"][0]["markdown"], "Well done, all of you.");
    let plain = ask(&own.client, Method::POST, &format!("{}/quick?{PERIOD}", FAMILIES[1]), &[]).expect(200).json();
    assert_eq!((&plain["score"], &plain["tokens"]), (&told["score"], &told["tokens"]), "the numbers stay");
    // It has no chapters of version 2.1: what it says cannot be taken.
    assert_eq!(generate(&own.client, FAMILIES[0], PERIOD).expect(200).json()["meta"]["narrative"], "template");
}
