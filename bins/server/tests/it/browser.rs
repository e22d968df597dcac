//! Shared pages as people see them: in a browser, on a phone and on a desk, in the light and in the dark.
//!
//! Screenshots are in `target/tmp/screenshots` afterwards.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::setting::setting;
use crate::support::{Tenant, TestServer};

/// The browser.
const PROGRAM: &str = "HINDSIGHT_TEST_BROWSER";
/// Folder that has the packages that drive it.
const NODE_MODULES: &str = "HINDSIGHT_TEST_BROWSER_MODULES";
/// Turns a skipped test into a failure.
const REQUIRE: &str = "HINDSIGHT_TEST_REQUIRE_BROWSER";

/// Page views by day, from the first of January 2026.
const VIEWS: [usize; 7] = [3, 1, 4, 1, 5, 9, 2];

/// A server with events, whose project's insights can be shared.
struct Fixture {
    server: TestServer,
    own: Tenant,
    pages: Vec<Value>,
}

impl Fixture {
    fn new() -> Self {
        let server = TestServer::start();
        let own = server.first_tenant();
        let batch = json!({"api_key": own.api_token, "batch": events()});
        server.anonymous().post("/batch/", &batch).expect(200);
        Self { server, own, pages: Vec::new() }
    }

    fn make(&self, kind: &str, body: &Value) -> Value {
        self.own.client.post(&format!("/api/environments/{}/{kind}/", self.own.project), body).expect(201).json()
    }

    fn insight(&self, name: &str, query: &Value) -> Value {
        self.make("insights", &json!({"name": name, "description": "Made by <b>nobody</b>", "query": query}))["id"]
            .clone()
    }

    /// Shares a thing, and gives the token of its link.
    fn share(&self, kind: &str, id: &Value, settings: &Value) -> String {
        let path = format!("/api/environments/{}/{kind}/{id}/sharing/", self.own.project);
        let shared = self.own.client.patch(&path, &json!({"enabled": true, "settings": settings})).expect(200).json();
        shared["access_token"].as_str().unwrap().to_owned()
    }

    /// Makes an insight, shares it, and plans a visit.
    fn plan(&mut self, name: &str, query: &Value) {
        let token = self.share("insights", &self.insight(name, query), &json!({}));
        self.pages.push(json!({"name": name, "path": format!("/shared/{token}"), "status": 200, "heading": name}));
    }

    /// What the visits found.
    fn visit(&self, browser: &str, node_modules: &str) -> Value {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
        let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        let plan =
            json!({"browser": browser, "base": self.server.base(), "screenshots": screenshots, "pages": self.pages});
        let mut command = Command::new("node");
        command.arg(scripts.join("visit.mjs")).arg(node_modules).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut visitor = command.stderr(Stdio::piped()).spawn().expect("node starts");
        visitor.stdin.take().unwrap().write_all(plan.to_string().as_bytes()).unwrap();
        let output = visitor.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the script prints JSON")
    }
}

/// Each day as many views as [`VIEWS`] says, each by another person; who comes first also signs up, and buys.
fn events() -> Vec<Value> {
    let browsers = ["Firefox", "Chrome", "Safari"];
    let countries = ["NZ", "DE", "AT", "BR"];
    let mut events = Vec::new();
    for (day, n_views) in VIEWS.into_iter().enumerate() {
        for person in 0..n_views {
            let mut event = |name: &str, minute: usize, more: Value| {
                let mut properties = json!({
                    "$browser": browsers[person % 3],
                    "$geoip_country_code": countries[person % 4],
                    "$current_url": format!("https://example.com/{name}"),
                });
                properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                events.push(json!({
                    "event": name,
                    "distinct_id": format!("person {person}"),
                    "timestamp": format!("2026-01-{:02}T12:{minute:02}:00Z", day + 1),
                    "properties": properties,
                }));
            };
            event("$pageview", person, json!({}));
            if person % 2 == 0 {
                event("signed up", person + 10, json!({}));
            }
            if person % 4 == 0 {
                event("purchase", person + 30, json!({"amount": 12.5 * (person + 1) as f64}));
            }
        }
    }
    events
}

fn range() -> Value {
    json!({"date_from": "2026-01-01", "date_to": "2026-01-07"})
}

fn series(event: &str) -> Value {
    json!({"kind": "EventsNode", "event": event, "name": event})
}

fn trend(display: &str, breakdown: Option<&str>) -> Value {
    let mut source = json!({
        "kind": "TrendsQuery",
        "series": [series("$pageview")],
        "dateRange": range(),
        "trendsFilter": {"display": display},
    });
    if let Some(property) = breakdown {
        source["breakdownFilter"] = json!({"breakdown": property, "breakdown_type": "event"});
    }
    json!({"kind": "InsightVizNode", "source": source})
}

fn funnel(more: &Value) -> Value {
    let mut source = json!({
        "kind": "FunnelsQuery",
        "series": [series("$pageview"), series("signed up"), series("purchase")],
        "dateRange": range(),
    });
    source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"kind": "InsightVizNode", "source": source})
}

/// An insight of every kind and display.
fn kinds() -> Vec<(&'static str, Value)> {
    let mut compared = trend("ActionsLineGraph", None);
    compared["source"]["compareFilter"] = json!({"compare": true});
    let of = |kind: &str, more: Value| {
        let mut source = json!({"kind": kind, "dateRange": range()});
        source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"kind": "InsightVizNode", "source": source})
    };
    let target = json!({"id": "$pageview", "name": "$pageview", "type": "events"});
    let by_browser =
        "SELECT properties.$browser AS browser, count() AS views FROM events GROUP BY browser ORDER BY browser";
    let sql = json!({"kind": "HogQLQuery", "query": by_browser});
    vec![
        ("Views by day", trend("ActionsLineGraph", None)),
        ("Views and those before", compared),
        ("Views so far", trend("ActionsLineGraphCumulative", Some("$browser"))),
        ("Views as areas", trend("ActionsAreaGraph", Some("$browser"))),
        ("Views in stacks", trend("ActionsBar", Some("$browser"))),
        ("Views side by side", trend("ActionsUnstackedBar", Some("$browser"))),
        ("Views by browser", trend("ActionsBarValue", Some("$browser"))),
        ("Parts of views", trend("ActionsPie", Some("$browser"))),
        ("Views by country", trend("WorldMap", Some("$geoip_country_code"))),
        ("All views", trend("BoldNumber", None)),
        ("Views in a table", trend("ActionsTable", Some("$browser"))),
        ("Funnel", funnel(&json!({}))),
        (
            "Funnel by browser",
            funnel(&json!({"breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"}})),
        ),
        ("Funnel by day", funnel(&json!({"funnelsFilter": {"funnelVizType": "trends"}}))),
        ("Time to convert", funnel(&json!({"funnelsFilter": {"funnelVizType": "time_to_convert"}}))),
        (
            "Retention",
            of(
                "RetentionQuery",
                json!({"retentionFilter": {
                    "period": "Day", "totalIntervals": 7, "targetEntity": target, "returningEntity": target,
                }}),
            ),
        ),
        ("Lifecycle", of("LifecycleQuery", json!({"series": [series("$pageview")], "interval": "day"}))),
        ("Stickiness", of("StickinessQuery", json!({"series": [series("$pageview")], "interval": "day"}))),
        ("Paths", of("PathsQuery", json!({"pathsFilter": {"includeEventTypes": ["$pageview", "custom_event"]}}))),
        ("SQL in a table", json!({"kind": "DataVisualizationNode", "source": sql})),
        ("SQL in bars", json!({"kind": "DataVisualizationNode", "source": sql, "display": "ActionsBar"})),
        (
            "Events",
            json!({"kind": "DataTableNode", "source": {
                "kind": "EventsQuery", "select": ["event", "timestamp", "person_display_name -- Person"], "after": "2026-01-01", "limit": 20,
            }}),
        ),
        ("Nothing", {
            let mut nothing = trend("ActionsLineGraph", None);
            nothing["source"]["series"][0]["event"] = json!("never");
            nothing
        }),
    ]
}

#[test]
fn pages_of_all_kinds_work_for_pointers_keyboards_and_those_who_do_not_see() {
    let (Some(browser), Some(node_modules)) = (setting(PROGRAM, REQUIRE), setting(NODE_MODULES, REQUIRE)) else {
        return;
    };
    let mut fixture = Fixture::new();
    for (name, query) in kinds() {
        fixture.plan(name, &query);
    }
    let settings = json!({"noHeader": true, "whitelabel": true, "legend": true, "detailed": true, "theme": "dark"});
    let shown = fixture.insight("In a frame", &trend("ActionsLineGraph", None));
    let embedded = format!("/embedded/{}", fixture.share("insights", &shown, &settings));
    fixture.pages.push(json!({"name": "embedded", "path": embedded, "status": 200, "heading": "In a frame"}));
    fixture.pages.push(dashboard(&fixture));
    fixture.pages.push(protected(&fixture));
    let nowhere =
        json!({"name": "nowhere", "path": "/shared/no-such-token", "status": 404, "heading": "Nothing is shared here"});
    fixture.pages.push(nowhere);

    let found = fixture.visit(&browser, &node_modules);
    assert_eq!(found["problems"], json!([]), "{:#}", found["problems"]);
    for page in &fixture.pages {
        let name = page["name"].as_str().unwrap();
        assert_eq!(found["pages"][name]["visits"], 4, "{name}");
    }
    let by_day: Vec<Value> = (VIEWS.iter().zip(["Thu 1", "Fri 2", "Sat 3", "Sun 4", "Mon 5", "Tue 6", "Wed 7"]))
        .map(|(n, day)| json!(["$pageview", format!("{day} Jan 2026"), n]))
        .collect();
    assert_eq!(found["pages"]["Views by day"]["marks"], json!(by_day));
    assert_eq!(found["pages"]["protected"]["marks"], json!(by_day));
    let all = json!(["$pageview", "$pageview", VIEWS.iter().sum::<usize>()]);
    assert_eq!(found["pages"]["All views"]["marks"], json!([all]));
    let says = |page: &str, text: &str| {
        assert!(found["pages"][page]["text"].as_str().unwrap().contains(text), "{page}: {}", found["pages"][page]);
    };
    says("Nothing", "No data in this range");
    says("dashboard", "Hello <script>");
    says("dashboard", "This insight could not be computed");
    says("SQL in a table", "Firefox");
    says("Views by country", "New Zealand");
}

/// A dashboard with a text, two pictures and an insight that cannot be answered.
fn dashboard(fixture: &Fixture) -> Value {
    let id =
        fixture.make("dashboards", &json!({"name": "All at a glance", "description": "Every Monday."}))["id"].clone();
    let later = json!({"kind": "FunnelCorrelationQuery", "source": funnel(&json!({}))["source"]});
    let tiles = [
        ("Views by day", trend("ActionsLineGraph", None)),
        ("Parts of views", trend("ActionsPie", Some("$browser"))),
        ("Correlation", later),
    ];
    for (name, query) in tiles {
        fixture.make("insights", &json!({"name": name, "query": query, "dashboards": [id]}));
    }
    let tiles = json!({"tiles": [{"text": {"body": "# Hello <script>\n\nEverybody."}}]});
    let path = format!("/api/environments/{}/dashboards/{id}/", fixture.own.project);
    fixture.own.client.patch(&path, &tiles).expect(200);
    let token = fixture.share("dashboards", &id, &json!({}));
    json!({"name": "dashboard", "path": format!("/shared/{token}"), "status": 200, "heading": "All at a glance"})
}

/// An insight behind a password.
fn protected(fixture: &Fixture) -> Value {
    let id = fixture.insight("Behind a password", &trend("ActionsLineGraph", None));
    let token = fixture.share("insights", &id, &json!({}));
    let path = format!("/api/environments/{}/insights/{id}/sharing/", fixture.own.project);
    fixture.own.client.patch(&path, &json!({"password_required": true})).expect(200);
    fixture.own.client.post(&format!("{path}passwords/"), &json!({"raw_password": "correct horse"})).expect(201);
    json!({
        "name": "protected", "path": format!("/shared/{token}"), "status": 200, "heading": "Behind a password",
        "password": {"wrong": "battery staple", "right": "correct horse"},
    })
}

/// The value of an attribute of an element's text.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let begin = element.find(&format!(" {name}=\""))? + name.len() + 3;
    element[begin..].split('"').next()
}

#[test]
fn a_known_trend_is_drawn_with_its_numbers_and_has_ink_along_its_line() {
    let fixture = Fixture::new();
    let token = fixture.share("insights", &fixture.insight("Views", &trend("ActionsLineGraph", None)), &json!({}));
    let svg = fixture.server.anonymous().get(&format!("/shared/{token}.svg")).expect(200);
    assert!(svg.header("content-type").starts_with("image/svg+xml"));
    let svg = svg.text();
    let points: Vec<&str> = svg.split('<').filter(|element| element.starts_with("circle")).collect();
    let values: Vec<usize> =
        points.iter().map(|point| attribute(point, "data-value").unwrap().parse().unwrap()).collect();
    assert_eq!(values, VIEWS);

    let png = fixture.server.anonymous().get(&format!("/shared/{token}.png")).expect(200);
    assert_eq!(png.header("content-type"), "image/png");
    let image = resvg::tiny_skia::Pixmap::decode_png(&png.body).unwrap();
    let number = |element: &str, name: &str| attribute(element, name).unwrap().parse::<f64>().unwrap();
    let scale = f64::from(image.width()) / number(&svg, "width");
    let shift = svg.split("translate(").nth(1).unwrap().split(')').next().unwrap();
    let (left, top) =
        shift.split_once(' ').map(|(x, y)| (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap())).unwrap();
    let is_blue = |x: f64, y: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in an image")]
        let pixel = image.pixel(((x + left) * scale) as u32, ((y + top) * scale) as u32).unwrap();
        pixel.blue() > 150 && pixel.red() < 120
    };
    for pair in points.windows(2) {
        let middle = |name: &str| f64::midpoint(number(pair[0], name), number(pair[1], name));
        assert!(is_blue(middle("cx"), middle("cy")), "between {} and {}", pair[0], pair[1]);
        assert!(!is_blue(middle("cx"), middle("cy") - 30.0), "away from the line");
    }
}
