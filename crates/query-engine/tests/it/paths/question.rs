//! Random events and questions about their paths, small enough to collide often.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// An event; `at` in seconds since 1970 UTC.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) event: &'static str,
    pub(super) person: u8,
    pub(super) at: i64,
    /// URL or name of the screen.
    pub(super) place: Option<&'static str>,
    pub(super) browser: Option<&'static str>,
}

impl Row {
    /// Who of those whom a funnel counts did it.
    pub(super) fn actor(&self, is_by_group: bool) -> String {
        if is_by_group { self.company() } else { format!("person {}", self.person) }
    }

    /// The group of type 0.
    pub(super) fn company(&self) -> String {
        format!("company {}", self.person % 2)
    }
}

/// What is asked; numbers of 0 stand for the default.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    pub(super) event_types: Vec<&'static str>,
    pub(super) excluded: Vec<&'static str>,
    pub(super) groupings: Vec<&'static str>,
    pub(super) cleaning: Vec<(&'static str, &'static str)>,
    pub(super) start: Option<&'static str>,
    pub(super) end: Option<&'static str>,
    pub(super) step_limit: u64,
    pub(super) edge_limit: u64,
    pub(super) min_weight: u64,
    pub(super) max_weight: u64,
    pub(super) browser: Option<&'static str>,
    pub(super) is_by_group: bool,
    pub(super) around: Option<Around>,
}

/// The step of a funnel.
#[derive(Clone, Debug)]
pub(super) struct Around {
    pub(super) steps: Vec<&'static str>,
    /// In seconds.
    pub(super) window: i64,
    pub(super) part: &'static str,
    pub(super) step: i64,
}

impl Question {
    /// The query node over `range`.
    pub(super) fn node(&self, range: &Value) -> Value {
        let cleaning = self.cleaning.iter().map(|(regex, alias)| json!({"regex": regex, "alias": alias}));
        let mut node = json!({
            "kind": "PathsQuery",
            "dateRange": range,
            "pathsFilter": {
                "includeEventTypes": self.event_types,
                "excludeEvents": self.excluded,
                "pathGroupings": self.groupings,
                "localPathCleaningFilters": cleaning.collect::<Vec<_>>(),
                "startPoint": self.start,
                "endPoint": self.end,
                "stepLimit": self.step_limit,
                "edgeLimit": self.edge_limit,
                "minEdgeWeight": self.min_weight,
                "maxEdgeWeight": self.max_weight,
            },
        });
        if let Some(browser) = self.browser {
            node["properties"] = json!([{"key": "browser", "value": browser, "operator": "exact", "type": "event"}]);
        }
        // says nothing: paths are those of persons
        if self.is_by_group && self.around.is_none() {
            node["aggregation_group_type_index"] = json!(0);
        }
        if let Some(around) = &self.around {
            let series = around.steps.iter().map(|event| json!({"kind": "EventsNode", "event": event}));
            let mut source = json!({
                "kind": "FunnelsQuery",
                "dateRange": range,
                "series": series.collect::<Vec<_>>(),
                "funnelsFilter": {"funnelWindowInterval": around.window, "funnelWindowIntervalUnit": "second"},
            });
            if self.is_by_group {
                source["aggregation_group_type_index"] = json!(0);
            }
            node["funnelPathsFilter"] =
                json!({"funnelPathType": around.part, "funnelStep": around.step, "funnelSource": source});
        }
        node
    }
}

/// Events from shortly before `from` on.
pub(super) fn rows(from: i64) -> impl Strategy<Value = Vec<Row>> {
    let event = select(vec!["$pageview", "$pageview", "$pageview", "$screen", "buy", "quit", "$autocapture"]);
    let place =
        select(vec![None, Some(""), Some("/"), Some("/a"), Some("/a/"), Some("/b/1"), Some("/b/22/"), Some("/c?x=1")]);
    let browser = select(vec![None, Some("Chrome"), Some("Chrome")]);
    // on both sides of a break, and now and then at one instant
    let later = select(vec![0, 0, 1, 60, 60, 600, 1799, 1800, 1801, 9000]);
    vec((event, 0_u8..4, later, place, browser), 0..40).prop_map(move |rows| {
        let mut now = from - 4000;
        let row = |(event, person, later, place, browser)| {
            now += later;
            Row { event, person, at: now, place, browser }
        };
        rows.into_iter().map(row).collect()
    })
}

/// Questions, mostly with few wishes.
pub(super) fn questions() -> impl Strategy<Value = Question> {
    let places = || option::weighted(0.3, select(vec!["/a", "/a/", "/", "/b/1", "/b/*", "buy", "nowhere"]));
    let names = (
        subsequence(vec!["$pageview", "$screen", "custom_event"], 0..=3),
        subsequence(vec!["", "/a", "buy", "/b/1", "/b/*"], 0..=2),
        prop_oneof![3 => Just(vec![]), 2 => subsequence(vec!["/b/*", "/*?", "u", "*"], 0..=3)],
        subsequence(vec![(r"\?.*", ""), (r"/(\d)\d*", r"/<\1>"), ("a", r"\0\0")], 0..=2),
    );
    let numbers = (
        select(vec![0_u64, 0, 0, 1, 2, 3, 4, 6]),
        select(vec![0_u64, 0, 0, 1, 2, 3, 5]),
        select(vec![0_u64, 0, 0, 1, 2]),
        select(vec![0_u64, 0, 0, 2, 3]),
    );
    let browser = option::weighted(0.2, Just("Chrome"));
    let around = option::weighted(0.3, around());
    (names, places(), places(), numbers, browser, any::<bool>(), around).prop_map(
        |(names, start, end, numbers, browser, is_by_group, around)| {
            let (event_types, excluded, groupings, cleaning) = names;
            let (step_limit, edge_limit, min_weight, max_weight) = numbers;
            Question {
                event_types,
                excluded,
                groupings,
                cleaning,
                start,
                end,
                step_limit,
                edge_limit,
                min_weight,
                max_weight,
                browser,
                is_by_group,
                around,
            }
        },
    )
}

fn around() -> impl Strategy<Value = Around> {
    let steps = vec(select(vec!["$pageview", "$screen", "buy", "quit"]), 2..4);
    let part = select(vec!["funnel_path_before_step", "funnel_path_between_steps", "funnel_path_after_step"]);
    (steps, select(vec![100_i64, 1000, 5000, 50_000]), part, any::<prop::sample::Index>()).prop_map(
        |(steps, window, part, choice)| {
            let n_steps = steps.len() as i64;
            let first = if part == "funnel_path_between_steps" { 2 } else { 1 };
            let valid: Vec<i64> = (first..=n_steps).chain(-n_steps..=-first - 1).collect();
            Around { step: *choice.get(&valid), steps, window, part }
        },
    )
}
