//! Pages whole, as HTML. How they look and behave is tested in a browser, with the server's own tests.

use charts::{Chart, Theme};
use chrono::{DateTime, TimeZone, Utc};
use query_engine::answer::Query;
use query_engine::results::Results;
use serde_json::{Value, json};

use crate::{
    Appearance, Downloads, Frames, Page, Tile, TileContent, Unlock, content_security_policy, not_found, page, unlock,
};

fn instant(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, day, hour, 0, 0).unwrap()
}

fn tile(title: &str, data: &Value) -> Tile {
    let node = json!({"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "seen"}]});
    let days = ["2026-01-01", "2026-01-02", "2026-01-03"];
    let answer = json!([{"label": "<b>seen</b>", "data": data, "days": days, "labels": days, "count": 6}]);
    let results = Results::read(&Query::parse(&node).unwrap(), &answer, None).unwrap();
    let chart = Box::new(Chart::new(&node, &results));
    let content =
        TileContent::Insight { chart, range: Some((instant(1, 0), instant(3, 23))), computed_at: Some(instant(3, 12)) };
    Tile { title: title.to_owned(), description: "How many\nwere seen".to_owned(), content }
}

fn insight(appearance: Appearance) -> Page {
    Page {
        title: "Seen & heard".to_owned(),
        description: "How many\nwere seen".to_owned(),
        tiles: vec![tile("Seen & heard", &json!([1, 2, 3]))],
        is_dashboard: false,
        timezone: chrono_tz::Europe::Vienna,
        appearance,
        downloads: Some(Downloads { base: "/shared/token".to_owned() }),
        document: json!({"type": "scene", "name": "</script><script>alert(1)</script>"}),
    }
}

/// The page without its style, script and drawings.
fn bones(html: &str) -> String {
    let mut kept = String::new();
    let mut rest = html;
    while let Some((name, begin)) = ["style", "svg", "script>"]
        .iter()
        .filter_map(|name| rest.find(&format!("<{name}")).map(|at| (*name, at)))
        .min_by_key(|(_, at)| *at)
    {
        kept.push_str(&rest[..begin]);
        let end = format!("</{}>", name.trim_end_matches('>'));
        rest = rest[begin..].split_once(&end).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.replace("><", ">\n<")
}

#[test]
fn an_insight() {
    let html = page(&insight(Appearance::default()));
    insta::assert_snapshot!("insight_page", bones(&html));
    assert_eq!(html.matches("<svg xmlns").count(), 2, "one drawing for a desk, one for a phone");
    assert!(html.contains("data-series=\"&lt;b&gt;seen&lt;/b&gt;\" data-label=\"Sat 3 Jan 2026\" data-value=\"3\""));
}

#[test]
fn a_dashboard() {
    let failed = TileContent::Failed(Some("The query took too long.".to_owned()));
    let page_of = Page {
        is_dashboard: true,
        tiles: vec![
            Tile::text("# Welcome\n\n**Bold** <i>text</i>"),
            tile("First", &json!([1, 2, 3])),
            tile("Nothing", &json!([0, 0, 0])),
            Tile { title: "Failed".to_owned(), description: String::new(), content: failed },
        ],
        ..insight(Appearance { is_embedded: true, theme: Theme::Light, ..Appearance::default() })
    };
    insta::assert_snapshot!("dashboard_page", bones(&page(&page_of)));
}

#[test]
fn settings_change_what_is_there() {
    let plain = page(&insight(Appearance::default()));
    assert!(
        plain.contains("Made with Hindsight")
            && plain.contains("<header>")
            && !plain.contains("<details class=\"numbers\" open")
    );
    assert!(!plain.contains("class=\"legend\"><line"));
    let changed = page(&insight(Appearance {
        whitelabel: true,
        no_header: true,
        shows_numbers: true,
        legend: true,
        ..Appearance::default()
    }));
    assert!(!changed.contains("Hindsight") && changed.contains("<header class=\"hidden\">"));
    assert!(changed.contains("<details class=\"numbers\" open") && changed.contains("class=\"legend\"><line"));
    let embedded = page(&insight(Appearance { is_embedded: true, ..Appearance::default() }));
    assert!(embedded.contains("<body class=\"embedded\">") && !embedded.contains("/shared/token.csv"));
}

#[test]
fn nothing_comes_from_elsewhere() {
    let pages = [page(&insight(Appearance::default())), unlock(&Unlock::default()), not_found()];
    for html in pages {
        for outside in ["src=\"http", "href=\"http", "url(", "@import", "style=\"", " onclick", " onload"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }
}

#[test]
fn browsers_run_the_one_script_and_the_one_style() {
    let policy = content_security_policy(Frames::Allowed);
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"));
    assert!(policy.ends_with("frame-ancestors *") && content_security_policy(Frames::Refused).ends_with("'none'"));
}

#[test]
fn the_password_form_says_what_went_wrong() {
    insta::assert_snapshot!("unlock_page", bones(&unlock(&Unlock::default())));
    let wrong = unlock(&Unlock { was_wrong: true, whitelabel: true, ..Unlock::default() });
    assert!(wrong.contains("role=\"alert\">That password is not right.") && !wrong.contains("Hindsight"));
    let slowed = unlock(&Unlock { wait_seconds: 40, ..Unlock::default() });
    assert!(slowed.contains("Try again in 40 seconds.") && slowed.contains("data-wait=\"40\""));
}

#[test]
fn a_link_that_leads_nowhere_says_so() {
    insta::assert_snapshot!("not_found_page", bones(&not_found()));
}
