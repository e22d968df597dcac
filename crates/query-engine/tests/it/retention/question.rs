//! Questions about retention with few enough choices to be answered slowly, and their queries.

use chrono::NaiveDate;
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) event: &'static str,
    pub(super) person: u8,
    /// Minutes after the midnight of [`Question::day`] in UTC.
    pub(super) minute: i64,
    pub(super) browser: Option<&'static str>,
    pub(super) revenue: Option<i32>,
    pub(super) company: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Recurring,
    FirstTime,
    FirstEver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breakdown {
    Browser,
    /// A property of persons: whether their number is odd.
    Tier,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) zone: Tz,
    pub(super) day: NaiveDate,
    pub(super) week_starts_on_monday: bool,
    pub(super) period: Period,
    /// So many days (hours, where these are the period) before the day; `None` for as many intervals as are looked at.
    pub(super) from: Option<u32>,
    pub(super) kind: Kind,
    pub(super) target: Option<&'static str>,
    /// Whether target events must have that browser.
    pub(super) target_browser: Option<&'static str>,
    pub(super) returning: Option<&'static str>,
    /// Whether only events with revenue are seen.
    pub(super) only_paid: bool,
    pub(super) n_intervals: u32,
    pub(super) brackets: Vec<u32>,
    pub(super) is_rolling: bool,
    pub(super) is_cumulative: bool,
    pub(super) min_occurrences: u32,
    /// `Some(true)` for the mean.
    pub(super) averages: Option<bool>,
    pub(super) breakdown: Option<(Breakdown, usize)>,
    pub(super) by_company: bool,
}

const EVENTS: [&str; 3] = ["a", "b", "c"];
const BROWSERS: [&str; 2] = ["Chrome", "Safari"];
/// Around the days on which clocks change in Europe, America and Lord Howe (by half an hour).
const DAYS: [(i32, u32, u32); 4] = [(2024, 3, 31), (2024, 3, 10), (2024, 4, 7), (2024, 11, 3)];
const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kathmandu];

/// A question and events around its day.
pub(super) fn case() -> impl Strategy<Value = (Question, Vec<Fact>)> {
    question().prop_flat_map(|question| {
        let facts = facts(question.period);
        (Just(question), facts)
    })
}

fn facts(period: Period) -> impl Strategy<Value = Vec<Fact>> {
    // steps so wide that events tie and lie on the edges of intervals, and a few intervals are filled
    let step = match period {
        Period::Hour => 5,
        Period::Day => 60,
        Period::Week => 8 * 60,
        Period::Month => 24 * 60,
    };
    let fact = (
        select(EVENTS.to_vec()),
        0_u8..4,
        -150_i64..120,
        prop::option::weighted(0.8, select(BROWSERS.to_vec())),
        prop::option::weighted(0.8, -2_i32..5),
        prop::option::weighted(0.8, select(vec!["x", "y", ""])),
    );
    let fact = fact.prop_map(move |(event, person, n, browser, revenue, company)| Fact {
        event,
        person,
        minute: n * step,
        browser,
        revenue,
        company,
    });
    prop::collection::vec(fact, 0..50)
}

fn question() -> impl Strategy<Value = Question> {
    use Period::{Day, Hour, Month, Week};
    let time = (
        select(ZONES.to_vec()),
        select(DAYS.to_vec()),
        any::<bool>(),
        select(vec![Hour, Day, Week, Month]),
        prop::option::of(0_u32..9),
    );
    let what = (
        select(vec![Kind::Recurring, Kind::FirstTime, Kind::FirstEver]),
        prop::option::weighted(0.8, select(EVENTS.to_vec())),
        prop::option::weighted(0.4, select(BROWSERS.to_vec())),
        prop::option::weighted(0.8, select(EVENTS.to_vec())),
        prop::bool::weighted(0.2),
    );
    let how = (1_u32..9, prop::collection::vec(1_u32..4, 0..3), 0..6_u8, 1_u32..4);
    let by = (
        prop::option::weighted(0.5, (select(vec![Breakdown::Browser, Breakdown::Tier]), 1_usize..4)),
        prop::bool::weighted(0.3),
    );
    (time, what, how, by).prop_map(|(time, what, how, by)| {
        let (zone, (year, month, day), week_starts_on_monday, period, from) = time;
        let (kind, target, target_browser, returning, only_paid) = what;
        let (n_intervals, brackets, mode, min_occurrences) = how;
        let (breakdown, by_company) = by;
        Question {
            zone,
            day: NaiveDate::from_ymd_opt(year, month, day).unwrap(),
            week_starts_on_monday,
            period,
            from: from.map(|n| n * if matches!(period, Week | Month) { 10 } else { 1 }),
            kind,
            target,
            target_browser,
            returning,
            only_paid,
            n_intervals,
            brackets,
            is_rolling: mode == 1,
            is_cumulative: mode == 2,
            min_occurrences,
            averages: (mode >= 4).then_some(mode == 5),
            breakdown,
            by_company,
        }
    })
}

impl Question {
    /// The query that asks it.
    pub(super) fn query(&self) -> Value {
        let entity = |event: Option<&str>, browser: Option<&str>| {
            let filter = browser
                .map(|browser| json!({"key": "browser", "value": browser, "operator": "exact", "type": "event"}));
            json!({"id": event, "type": "events", "properties": filter.into_iter().collect::<Vec<_>>()})
        };
        let (from, to) = match self.period {
            Period::Hour => {
                let hour = self.day.and_hms_opt(12, 0, 0).unwrap();
                let from = self.from.map(|n| (hour - chrono::TimeDelta::hours(n.into())).format("%Y-%m-%dT%H:20:00"));
                (from.map(|from| from.to_string()), hour.format("%Y-%m-%dT%H:30:00").to_string())
            }
            _ => {
                let from = self.from.map(|n| (self.day - chrono::Days::new(n.into())).to_string());
                (from, self.day.to_string())
            }
        };
        let mut query = json!({
            "kind": "RetentionQuery",
            "dateRange": {"date_from": from, "date_to": to},
            "retentionFilter": {
                "period": format!("{:?}", self.period),
                "totalIntervals": self.n_intervals,
                "retentionType": match self.kind {
                    Kind::Recurring => "retention_recurring",
                    Kind::FirstTime => "retention_first_time",
                    Kind::FirstEver => "retention_first_ever_occurrence",
                },
                "targetEntity": entity(self.target, self.target_browser),
                "returningEntity": entity(self.returning, None),
                "retentionCustomBrackets": self.brackets,
                "timeWindowMode": if self.is_rolling { "24_hour_windows" } else { "strict_calendar_dates" },
                "cumulative": self.is_cumulative,
                "minimumOccurrences": self.min_occurrences,
                "aggregationType": self.averages.map_or("count", |averages| if averages { "avg" } else { "sum" }),
                "aggregationProperty": self.averages.map(|_| "revenue"),
            },
        });
        if self.only_paid {
            query["properties"] = json!([{"key": "revenue", "value": "is_set", "operator": "is_set", "type": "event"}]);
        }
        if let Some((breakdown, limit)) = self.breakdown {
            query["breakdownFilter"] = match breakdown {
                Breakdown::Browser => json!({"breakdown": "browser", "breakdown_type": "event"}),
                Breakdown::Tier => json!({"breakdowns": [{"property": "tier", "type": "person"}]}),
            };
            query["breakdownFilter"]["breakdown_limit"] = json!(limit);
        }
        if self.by_company {
            query["aggregation_group_type_index"] = json!(0);
        }
        query
    }
}
