//! The page of a shared insight or dashboard.

use charts::{Chart, Theme};
use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use crate::chart;
use crate::layout::{document, mark};

/// Everything that a page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Name of the insight or dashboard; may be empty.
    pub title: String,
    /// What people wrote about it; may be empty.
    pub description: String,
    /// The insight, or what is on the dashboard, from top to bottom.
    pub tiles: Vec<Tile>,
    /// Whether it is a dashboard, whose tiles have headings.
    pub is_dashboard: bool,
    /// The project's zone, in which all times are told.
    pub timezone: Tz,
    /// How it is shown.
    pub appearance: Appearance,
    /// Where its files are; `None` where none are offered.
    pub downloads: Option<Downloads>,
    /// What programs read from the page, in `#posthog-exported-data`.
    pub document: Value,
}

/// How a page is shown: the settings of the share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appearance {
    /// Which colours.
    pub theme: Theme,
    /// Whether it is shown in the frame of another page.
    pub is_embedded: bool,
    /// Whether the product is not named (`whitelabel`).
    pub whitelabel: bool,
    /// Whether title and description are left out (`noHeader`). They are there for those who cannot see.
    pub no_header: bool,
    /// Whether the table of numbers is open (`detailed`, `showInspector`).
    pub shows_numbers: bool,
    /// Whether the legend is there for one series too (`legend`). Several series always have one: without, they could not be told apart.
    pub legend: bool,
}

/// Addresses of the page's files, without their endings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloads {
    /// Such as `/shared/<token>`.
    pub base: String,
}

/// Part of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Name of the insight.
    pub title: String,
    /// What people wrote about it; may be empty.
    pub description: String,
    /// What it shows.
    pub content: TileContent,
}

/// What a tile shows.
#[derive(Clone, Debug, PartialEq)]
pub enum TileContent {
    /// An insight with its answer.
    Insight {
        /// The picture of the answer.
        chart: Box<Chart>,
        /// First and last instant that it looks at, where it has a range.
        range: Option<(DateTime<Utc>, DateTime<Utc>)>,
        /// When it was computed, where that is known.
        computed_at: Option<DateTime<Utc>>,
    },
    /// An insight that could not be computed, with the reason where it is fit for strangers.
    Failed(Option<String>),
    /// What people wrote on a dashboard.
    Text(String),
}

impl Tile {
    /// A tile that people wrote.
    pub fn text(body: impl Into<String>) -> Self {
        Self { title: String::new(), description: String::new(), content: TileContent::Text(body.into()) }
    }
}

/// The page as HTML.
pub fn page(page: &Page) -> String {
    let appearance = page.appearance;
    let title = match (page.title.trim(), page.is_dashboard) {
        ("", true) => "Shared dashboard",
        ("", false) => "Shared insight",
        (title, _) => title,
    };
    let body = html! {
        div class="page" {
            header class=[appearance.no_header.then_some("hidden")] {
                h1 { (title) }
                @if !page.description.is_empty() { p class="description" { (page.description) } }
                ul class="facts" {
                    @if !page.is_dashboard { @for tile in &page.tiles { (facts(tile, page.timezone)) } }
                    li { "Time zone " (page.timezone.name().replace('_', " ")) }
                }
            }
            main class="tiles" { @for tile in &page.tiles { (tile_of(tile, page)) } }
            @let offers = page.downloads.as_ref().filter(|_| !appearance.is_embedded);
            @if !appearance.whitelabel || offers.is_some() {
                footer {
                    @if !appearance.whitelabel { (mark("Made with Hindsight")) }
                    @if let Some(downloads) = offers {
                        nav aria-label="Files" {
                            @for (ending, name) in [("csv", "CSV"), ("json", "JSON"), ("png", "PNG"), ("svg", "SVG")] {
                                a href={ (downloads.base) "." (ending) } { (name) }
                            }
                        }
                    }
                }
            }
        }
        script id="posthog-exported-data" type="application/json" { (PreEscaped(for_script(&page.document))) }
    };
    let class = match (page.is_dashboard, appearance.is_embedded) {
        (true, true) => "dashboard embedded",
        (true, false) => "dashboard",
        (false, true) => "embedded",
        (false, false) => "",
    };
    document(title, &page.description, class, appearance.theme, &body)
}

fn tile_of(tile: &Tile, page: &Page) -> Markup {
    let is_text = matches!(tile.content, TileContent::Text(_));
    html! {
        section class={ "tile" @if is_text { " text full" } } aria-label=[(!is_text).then_some(&tile.title)] {
            @if page.is_dashboard && !is_text {
                header {
                    h2 { (tile.title) }
                    @if !tile.description.is_empty() { p class="description" { (tile.description) } }
                    @if matches!(tile.content, TileContent::Insight { .. }) { ul class="facts" { (facts(tile, page.timezone)) } }
                }
            }
            @match &tile.content {
                TileContent::Insight { chart, .. } => (chart::figure(chart, &tile.title, page.is_dashboard, page.appearance)),
                TileContent::Failed(why) => p class="failed" {
                    strong { "This insight could not be computed" }
                    @if let Some(why) = why { (why) }
                },
                TileContent::Text(text) => { @for paragraph in paragraphs(text) { p { (paragraph) } } },
            }
        }
    }
}

/// The range in words, and when it was computed.
fn facts(tile: &Tile, timezone: Tz) -> Markup {
    let TileContent::Insight { range, computed_at, .. } = &tile.content else { return Markup::default() };
    html! {
        @if let Some((from, to)) = range { li { (range_in_words(*from, *to, timezone)) } }
        @if let Some(at) = computed_at {
            @let at = at.with_timezone(&timezone);
            li { "Computed " time datetime=(at.to_rfc3339()) { (at.format("%-d %B %Y, %H:%M")) } }
        }
    }
}

/// `1–30 January 2026`, `28 December 2025 – 3 January 2026`, `3 January 2026, 10:00 – 11:59`.
fn range_in_words(from: DateTime<Utc>, to: DateTime<Utc>, timezone: Tz) -> String {
    let (from, to) = (from.with_timezone(&timezone), to.with_timezone(&timezone));
    let (first, last) = (from.date_naive(), to.date_naive());
    if first == last {
        let is_whole = from.format("%H:%M").to_string() == "00:00" && to.format("%H:%M").to_string() == "23:59";
        let day = first.format("%-d %B %Y");
        return if is_whole {
            day.to_string()
        } else {
            format!("{day}, {} – {}", from.format("%H:%M"), to.format("%H:%M"))
        };
    }
    let begin = if first.year() != last.year() {
        first.format("%-d %B %Y – ")
    } else if first.month() != last.month() {
        first.format("%-d %B – ")
    } else {
        first.format("%-d–")
    };
    format!("{begin}{}", last.format("%-d %B %Y"))
}

/// Text apart at empty lines; Markdown stays as it was written.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

/// JSON that no text within can end the script of.
fn for_script(document: &Value) -> String {
    let json = document.to_string();
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_range(from: (i32, u32, u32, u32), to: (i32, u32, u32, u32), expected: &str) {
        let zone = chrono_tz::Europe::Vienna;
        let instant = |(year, month, day, hour): (i32, u32, u32, u32), rest: u32| {
            zone.with_ymd_and_hms(year, month, day, hour, rest, rest).unwrap().with_timezone(&Utc)
        };
        assert_eq!(range_in_words(instant(from, 0), instant(to, 59), zone), expected);
    }

    #[test]
    fn ranges_are_told_in_the_zone_of_the_project() {
        check_range((2026, 1, 1, 0), (2026, 1, 30, 23), "1–30 January 2026");
        check_range((2026, 1, 28, 0), (2026, 2, 3, 23), "28 January – 3 February 2026");
        check_range((2025, 12, 28, 0), (2026, 1, 3, 23), "28 December 2025 – 3 January 2026");
        check_range((2026, 1, 3, 0), (2026, 1, 3, 23), "3 January 2026");
        check_range((2026, 1, 3, 10), (2026, 1, 3, 11), "3 January 2026, 10:00 – 11:59");
    }

    #[test]
    fn no_text_ends_the_script() {
        let document = json!({"name": "</script><!-- & \u{2028}"});
        let safe = for_script(&document);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']));
        assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), document);
    }

    #[test]
    fn empty_lines_part_paragraphs() {
        assert_eq!(paragraphs("# a\nb\n\n\n c \n\n").collect::<Vec<_>>(), ["# a\nb", "c"]);
    }
}
