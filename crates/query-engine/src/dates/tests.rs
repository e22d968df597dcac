use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use insights_core::time::Interval;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::parse::instant_of_local;
use super::*;
use crate::answer::{QueryContext, ResolvedDateRange};
use crate::error::QueryError;
use crate::nodes::reader::Reader;
use crate::value::PropertyValue;

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn context(zone: Tz, now: &str) -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: zone,
        week_start: WeekStart::Sunday,
        now: utc(now),
        definitions: Arc::default(),
    }
}

#[track_caller]
fn check_text(text: &str, zone: Tz, expected: Option<&str>) {
    let instant = DateText::parse(text).map(|date| date.instant(zone));
    assert_eq!(instant, expected.map(utc), "{text} in {zone}");
}

#[test]
fn dates_and_times_in_every_form() {
    let berlin = Tz::Europe__Berlin;
    check_text("2024-02-29", Tz::UTC, Some("2024-02-29T00:00:00Z"));
    check_text("2024-02-29", berlin, Some("2024-02-28T23:00:00Z"));
    check_text("2024-2-9", Tz::UTC, Some("2024-02-09T00:00:00Z"));
    check_text("2024-02-29 13:05", berlin, Some("2024-02-29T12:05:00Z"));
    check_text("2024-02-29T13:05:59.25", berlin, Some("2024-02-29T12:05:59.25Z"));
    check_text("2024-02-29T13:05:59.123456789Z", berlin, Some("2024-02-29T13:05:59.123456Z"));
    check_text("2024-02-29T13:05:59+05:30", berlin, Some("2024-02-29T07:35:59Z"));
    check_text("2024-02-29T13:05:59-0800", berlin, Some("2024-02-29T21:05:59Z"));
    check_text("2024-02-29T13:05:59 +02", berlin, Some("2024-02-29T11:05:59Z"));
    for wrong in [
        "",
        "2024",
        "2024-02-30",
        "2024-13-01",
        "24-01-01",
        "2024-01-01T",
        "2024-01-01T25:00",
        "2024-01-01T1",
        "2024-01-01 10:00:00.",
        "2024-01-01T10:00:00+5",
        "2024-01-01-01",
        "tomorrow",
        "-7d",
    ] {
        check_text(wrong, Tz::UTC, None);
    }
}

#[test]
fn local_times_that_are_shown_twice_or_never() {
    let berlin = Tz::Europe__Berlin;
    check_text("2024-10-27 02:30", berlin, Some("2024-10-27T00:30:00Z"));
    check_text("2024-03-31 02:30", berlin, Some("2024-03-31T01:30:00Z"));
    // In São Paulo that day began at one o'clock; in Apia it was left out.
    check_text("2018-11-04", Tz::America__Sao_Paulo, Some("2018-11-04T03:00:00Z"));
    check_text("2011-12-30", Tz::Pacific__Apia, Some("2011-12-30T10:00:00Z"));
    check_text("2011-12-31", Tz::Pacific__Apia, Some("2011-12-30T10:00:00Z"));
}

#[test]
fn values_of_properties_as_instants() {
    let instant = |value: Value| value_instant_us(&PropertyValue::from_json(&value), Tz::Europe__Berlin);
    assert_eq!(instant(json!(1_617_300_000)), Some(1_617_300_000_000_000));
    assert_eq!(instant(json!(1_617_300_000.5)), Some(1_617_300_000_500_000));
    assert_eq!(instant(json!(1_617_300_000_123_i64)), Some(1_617_300_000_123_000));
    assert_eq!(instant(json!("1617300000")), Some(1_617_300_000_000_000));
    assert_eq!(instant(json!("2021-04-01 20:00:00")), Some(1_617_300_000_000_000));
    for no_instant in [json!(null), json!(true), json!("soon"), json!([1]), json!(1e300), json!("inf")] {
        assert_eq!(instant(no_instant.clone()), None, "{no_instant}");
    }
}

#[track_caller]
fn check_relative(text: &str, expected: &str) {
    // A Saturday in the last year, 14:25 in Berlin.
    let now = utc("2024-03-30T13:25:36.5Z");
    let relative = Relative::parse(text).unwrap_or_else(|| panic!("{text} is a relative date"));
    let instant = relative.before(now, Tz::Europe__Berlin, chrono::Weekday::Sun);
    let shown = instant.with_timezone(&Tz::Europe__Berlin).format("%Y-%m-%d %H:%M:%S%.f").to_string();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn relative_dates() {
    check_relative("-7d", "2024-03-23 14:25:36.500");
    check_relative("7d", "2024-03-23 14:25:36.500");
    check_relative("-0d", "2024-03-30 14:25:36.500");
    check_relative("-1h", "2024-03-30 13:25:36.500");
    check_relative("-5M", "2024-03-30 14:20:36.500");
    check_relative("-30s", "2024-03-30 14:25:06.500");
    check_relative("-2w", "2024-03-16 14:25:36.500");
    check_relative("-1m", "2024-02-29 14:25:36.500");
    check_relative("-1q", "2023-12-30 14:25:36.500");
    check_relative("-1y", "2023-03-30 14:25:36.500");
    check_relative("hStart", "2024-03-30 14:00:00");
    check_relative("-1hEnd", "2024-03-30 13:59:59.999999");
    check_relative("dStart", "2024-03-30 00:00:00");
    check_relative("-1dStart", "2024-03-29 00:00:00");
    check_relative("-1dEnd", "2024-03-29 23:59:59.999999");
    check_relative("wStart", "2024-03-24 00:00:00");
    check_relative("wEnd", "2024-03-30 23:59:59.999999");
    check_relative("mStart", "2024-03-01 00:00:00");
    check_relative("-1mStart", "2024-02-01 00:00:00");
    check_relative("-1mEnd", "2024-02-29 23:59:59.999999");
    check_relative("qStart", "2024-01-01 00:00:00");
    check_relative("-1qEnd", "2023-12-31 23:59:59.999999");
    check_relative("yStart", "2024-01-01 00:00:00");
    check_relative("-1yEnd", "2023-12-31 23:59:59.999999");
    for wrong in ["", "-", "d", "-7", "-7x", "-7dstart", "--7d", "+7d", "-99999y", "-99999999999d", "7 d"] {
        assert_eq!(Relative::parse(wrong), None, "{wrong}");
    }
}

fn resolve(range: &Value, interval: Interval, context: &QueryContext) -> Result<QueryDates, QueryError> {
    Ok(DateRange::read(&Reader::root(range))?.resolve(interval, context, None))
}

/// The bounds of `range` and the instant from which events count, in the zone's time.
#[track_caller]
fn check_range(range: Value, interval: Interval, zone: Tz, expected: [&str; 3]) {
    let dates = resolve(&range, interval, &context(zone, "2024-03-20T13:25:36.5Z")).unwrap();
    let counted_from = DateTime::from_timestamp_micros(dates.from_us).unwrap();
    let shown = [dates.range.from, dates.range.to, counted_from]
        .map(|instant| instant.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.f").to_string());
    assert_eq!(shown.each_ref().map(String::as_str), expected, "{range}");
    assert_eq!(dates.until_us, dates.range.to.timestamp_micros() + 1);
}

#[test]
fn ranges_by_day_week_and_month_end_with_their_day() {
    let day_end = "2024-03-20 23:59:59.999999";
    let week_ago = "2024-03-13 00:00:00";
    check_range(json!({}), Interval::Day, Tz::UTC, [week_ago, day_end, week_ago]);
    check_range(json!({"date_from": "-7d"}), Interval::Day, Tz::UTC, [week_ago, day_end, week_ago]);
    check_range(
        json!({"date_from": "", "date_to": null}),
        Interval::Day,
        Tz::Asia__Tokyo,
        [week_ago, day_end, week_ago],
    );
    check_range(
        json!({"date_from": "2024-01-09", "date_to": "2024-01-19"}),
        Interval::Day,
        Tz::US__Pacific,
        ["2024-01-09 00:00:00", "2024-01-19 23:59:59.999999", "2024-01-09 00:00:00"],
    );
    check_range(
        json!({"date_from": "2024-01-10T12:00:00", "date_to": "2024-01-19T10:00:00"}),
        Interval::Week,
        Tz::UTC,
        ["2024-01-10 12:00:00", "2024-01-19 23:59:59.999999", "2024-01-10 00:00:00"],
    );
    check_range(
        json!({"date_from": "2024-01-10", "date_to": "-1d"}),
        Interval::Month,
        Tz::UTC,
        ["2024-01-10 00:00:00", "2024-03-19 23:59:59.999999", "2024-01-01 00:00:00"],
    );
    check_range(
        json!({"date_from": "-24h"}),
        Interval::Day,
        Tz::UTC,
        ["2024-03-19 13:00:00", day_end, "2024-03-19 13:00:00"],
    );
}

#[test]
fn ranges_by_hour_and_minute_end_where_they_say() {
    check_range(
        json!({"date_from": "dStart"}),
        Interval::Hour,
        Tz::UTC,
        ["2024-03-20 00:00:00", "2024-03-20 13:59:59.999999", "2024-03-20 00:00:00"],
    );
    check_range(
        json!({"date_from": "2024-01-01T00:30:00Z", "date_to": "2024-01-02T16:59:59Z"}),
        Interval::Hour,
        Tz::UTC,
        ["2024-01-01 00:30:00", "2024-01-02 16:59:59", "2024-01-01 00:00:00"],
    );
    check_range(
        json!({"date_from": "-1h"}),
        Interval::Minute,
        Tz::UTC,
        ["2024-03-20 12:25:36.500", "2024-03-20 13:25:59.999999", "2024-03-20 12:25:36.500"],
    );
    check_range(
        json!({"date_from": "-3h"}),
        Interval::Hour,
        Tz::Asia__Kolkata,
        ["2024-03-20 15:00:00", "2024-03-20 18:59:59.999999", "2024-03-20 15:00:00"],
    );
}

#[test]
fn explicit_ranges_are_taken_to_the_instant() {
    check_range(
        json!({"date_from": "2024-01-10T12:00:00", "date_to": "2024-01-19T10:00:00", "explicitDate": true}),
        Interval::Day,
        Tz::UTC,
        ["2024-01-10 12:00:00", "2024-01-19 10:00:00", "2024-01-10 12:00:00"],
    );
}

#[test]
fn all_begins_with_the_first_event() {
    let range = DateRange::read(&Reader::root(&json!({"date_from": "all"}))).unwrap();
    let context = context(Tz::UTC, "2024-03-20T13:00:00Z");
    assert!(range.begins_with_first_event());
    let from = |first| range.resolve(Interval::Day, &context, first).range.from;
    assert_eq!(from(Some(utc("2024-03-01T10:00:00Z"))), utc("2024-03-01T10:00:00Z"));
    assert_eq!(from(None), utc("2024-03-13T00:00:00Z"));
}

#[track_caller]
fn check_refused(range: Value, message: &str) {
    let error = resolve(&range, Interval::Day, &context(Tz::UTC, "2024-03-20T13:00:00Z")).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn wrong_ranges_are_refused_with_their_path() {
    let dates = "a date (2024-02-29), a date with a time (2024-02-29T13:05:00, in the project's zone unless one follows), or a relative date (-7d, -1h, -3m, dStart, -1mStart)";
    check_refused(json!({"date_from": "soon"}), &format!("date_from: \"soon\" is not right here; give all, {dates}"));
    check_refused(json!({"date_to": "all"}), &format!("date_to: \"all\" is not right here; give {dates}"));
    check_refused(json!({"date_to": 5}), "date_to: 5 is not right here; give text");
    check_refused(json!({"explicitDate": "x"}), "explicitDate: \"x\" is not right here; give true or false");
    check_refused(json!([]), "[] is not right here; give an object");
}

#[track_caller]
fn check_empty(range: Value, interval: Interval) {
    let dates = resolve(&range, interval, &context(Tz::UTC, "2024-03-20T13:00:00Z")).unwrap();
    for dates in [dates, dates.previous()] {
        let buckets = dates.buckets().unwrap();
        assert!(buckets.is_empty() && buckets.days().is_empty() && buckets.labels().is_empty(), "{range}");
        assert_eq!(buckets.index(dates.from_us), None, "{range}");
        assert_eq!(dates.until_us, dates.from_us, "{range}");
    }
}

#[test]
fn a_range_that_ends_before_it_begins_has_no_intervals() {
    let range = json!({"date_from": "2024-02-02", "date_to": "2024-02-01"});
    [Interval::Minute, Interval::Hour, Interval::Day]
        .into_iter()
        .for_each(|interval| check_empty(range.clone(), interval));
    let range = json!({"date_from": "2024-03-02", "date_to": "2023-11-01"});
    [Interval::Week, Interval::Month].into_iter().for_each(|interval| check_empty(range.clone(), interval));
    check_empty(json!({"date_from": "2024-04-01"}), Interval::Day);
}

#[track_caller]
fn check_previous(range: Value, interval: Interval, expected: [&str; 2]) {
    let dates = resolve(&range, interval, &context(Tz::UTC, "2024-03-20T13:25:00Z")).unwrap().previous();
    let shown = [dates.range.from, dates.range.to].map(|instant| instant.format("%Y-%m-%d %H:%M:%S%.f").to_string());
    assert_eq!(shown.each_ref().map(String::as_str), expected, "{range}");
}

#[test]
fn the_previous_period_is_as_long_and_ends_before() {
    let days = json!({"date_from": "2020-01-15", "date_to": "2020-01-19"});
    check_previous(days, Interval::Day, ["2020-01-10 00:00:00", "2020-01-14 23:59:59.999999"]);
    let day = json!({"date_from": "2020-01-02", "date_to": "2020-01-02"});
    check_previous(day, Interval::Day, ["2020-01-01 00:00:00", "2020-01-01 23:59:59.999999"]);
    // Eight days that share their weekday's beginning with the eight before.
    check_previous(json!({"date_from": "-7d"}), Interval::Day, ["2024-03-06 00:00:00", "2024-03-13 23:59:59.999999"]);
    let hours = json!({"date_from": "2020-01-02T06:00:00", "date_to": "2020-01-02T17:59:59"});
    check_previous(hours, Interval::Hour, ["2020-01-01 06:00:00", "2020-01-01 17:59:59.999999"]);
}

#[test]
fn a_period_moved_back_keeps_its_weekdays() {
    let range = json!({"date_from": "2020-03-15", "date_to": "2020-03-19"});
    let dates = resolve(&range, Interval::Day, &context(Tz::UTC, "2024-03-20T13:25:00Z")).unwrap();
    let from = |by| dates.moved_back(Relative::parse(by).unwrap()).range.from.format("%Y-%m-%d").to_string();
    assert_eq!(from("-2d"), "2020-03-13");
    assert_eq!(from("-1m"), "2020-02-16");
    assert_eq!(from("-1y"), "2019-03-17");
}

fn buckets(range: [&str; 2], interval: Interval, zone: Tz) -> Buckets {
    let range = json!({"date_from": range[0], "date_to": range[1]});
    resolve(&range, interval, &context(zone, "2024-03-20T13:25:00Z")).unwrap().buckets().unwrap()
}

#[track_caller]
fn check_buckets(range: [&str; 2], interval: Interval, zone: Tz, days: &[&str], labels: &[&str]) {
    let buckets = buckets(range, interval, zone);
    assert_eq!(buckets.days(), days);
    assert_eq!(buckets.labels(), labels);
}

#[test]
fn days_and_labels_of_each_interval() {
    let utc = Tz::UTC;
    check_buckets(
        ["2020-01-09", "2020-01-10"],
        Interval::Day,
        Tz::US__Pacific,
        &["2020-01-09", "2020-01-10"],
        &["9-Jan-2020", "10-Jan-2020"],
    );
    check_buckets(
        ["2020-01-09 22:30:00", "2020-01-10 00:00:00"],
        Interval::Hour,
        Tz::Asia__Tokyo,
        &["2020-01-09 22:00:00", "2020-01-09 23:00:00", "2020-01-10 00:00:00"],
        &["9-Jan 22:00", "9-Jan 23:00", "10-Jan 00:00"],
    );
    check_buckets(
        ["2020-01-09 22:30:10", "2020-01-09 22:31:00"],
        Interval::Minute,
        utc,
        &["2020-01-09 22:30:00", "2020-01-09 22:31:00"],
        &["9-Jan 22:30", "9-Jan 22:31"],
    );
    check_buckets(
        ["2020-06-15", "2020-08-01"],
        Interval::Month,
        utc,
        &["2020-06-01", "2020-07-01", "2020-08-01"],
        &["Jun 2020", "Jul 2020", "Aug 2020"],
    );
    check_buckets(
        ["2019-12-28", "2020-01-05"],
        Interval::Week,
        utc,
        &["2019-12-22", "2019-12-29", "2020-01-05"],
        &["28-Dec-2019", "29-Dec-2019 – 4-Jan-2020", "5-Jan-2020"],
    );
    check_buckets(
        ["2020-10-20", "2020-11-02"],
        Interval::Week,
        utc,
        &["2020-10-18", "2020-10-25", "2020-11-01"],
        &["20–24 Oct", "25–31 Oct", "1–2 Nov"],
    );
    check_buckets(
        ["2020-10-27", "2020-11-02"],
        Interval::Week,
        utc,
        &["2020-10-25", "2020-11-01"],
        &["27–31 Oct", "1–2 Nov"],
    );
    check_buckets(["2020-09-27", "2020-10-03"], Interval::Week, utc, &["2020-09-27"], &["27-Sep – 3-Oct"]);
}

#[test]
fn weeks_begin_when_the_project_says() {
    let monday = QueryContext { week_start: WeekStart::Monday, ..context(Tz::UTC, "2024-03-20T13:25:00Z") };
    let range = json!({"date_from": "2020-01-08", "date_to": "2020-01-14"});
    let buckets = resolve(&range, Interval::Week, &monday).unwrap().buckets().unwrap();
    assert_eq!(buckets.days(), ["2020-01-06", "2020-01-13"]);
}

#[test]
fn days_are_as_long_as_the_clock_makes_them() {
    let hours = |range, zone| -> Vec<i64> {
        buckets(range, Interval::Day, zone).edges().windows(2).map(|e| (e[1] - e[0]) / 3_600_000_000).collect()
    };
    assert_eq!(hours(["2024-03-30", "2024-04-01"], Tz::Europe__Berlin), [24, 23, 24]);
    assert_eq!(hours(["2024-10-26", "2024-10-28"], Tz::Europe__Berlin), [24, 25, 24]);
    assert_eq!(hours(["2018-11-03", "2018-11-04"], Tz::America__Sao_Paulo), [24, 23]);
    // The thirtieth was left out.
    let apia = buckets(["2011-12-29", "2011-12-31"], Interval::Day, Tz::Pacific__Apia);
    assert_eq!(apia.days(), ["2011-12-29", "2011-12-31"]);
}

#[test]
fn too_many_buckets_are_refused() {
    let range = json!({"date_from": "2020-01-01", "date_to": "2020-03-01"});
    let dates = resolve(&range, Interval::Minute, &context(Tz::UTC, "2024-03-20T13:25:00Z")).unwrap();
    assert_eq!(
        dates.buckets().unwrap_err().to_string(),
        "interval: the range from 2020-01-01 00:00:00 UTC to 2020-03-01 00:00:00 UTC has more than 50000 of these intervals; choose a longer interval or a shorter range"
    );
    let ages = json!({"date_from": "1000-01-01", "date_to": "2020-03-01"});
    assert!(resolve(&ages, Interval::Day, &context(Tz::UTC, "2024-03-20T13:25:00Z")).unwrap().buckets().is_err());
}

fn any_zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Tz::US__Pacific,
        Tz::Europe__Berlin,
        Tz::America__Sao_Paulo,
        Tz::Asia__Kolkata,
        Tz::Asia__Beirut,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
        Tz::Africa__Casablanca,
    ])
}

fn any_interval() -> impl Strategy<Value = Interval> {
    let intervals =
        [Interval::Second, Interval::Minute, Interval::Hour, Interval::Day, Interval::Week, Interval::Month];
    prop::sample::select(intervals.to_vec())
}

proptest! {
    #[test]
    fn every_instant_of_a_range_is_in_exactly_one_bucket(
        zone in any_zone(),
        interval in any_interval(),
        from_s in 1_300_000_000_i64..1_700_000_000,
        length_s in 0_i64..40_000_000,
        points in prop::collection::vec(0_i64..=1000, 20),
        monday in any::<bool>(),
    ) {
        let length_s = match interval {
            Interval::Second => length_s % 2_000,
            Interval::Minute => length_s % 100_000,
            Interval::Hour => length_s % 8_000_000,
            Interval::Day | Interval::Week | Interval::Month => length_s,
        };
        let at = |s| DateTime::from_timestamp(s, 0).unwrap();
        let range = ResolvedDateRange { from: at(from_s), to: at(from_s + length_s) };
        let week_start = if monday { WeekStart::Monday } else { WeekStart::Sunday };
        let buckets = Buckets::new(range, interval, zone, week_start.weekday()).unwrap();
        let edges = buckets.edges();
        prop_assert!(edges.is_sorted_by(|one, next| one < next), "{:?}", edges);
        prop_assert!(edges[0] <= range.from.timestamp_micros());
        prop_assert!(edges[buckets.len()] > range.to.timestamp_micros());
        prop_assert!(edges[buckets.len() - 1] <= range.to.timestamp_micros(), "the last bucket touches the range");
        prop_assert_eq!(buckets.days().len(), buckets.len());
        prop_assert_eq!(buckets.labels().len(), buckets.len());
        let (from_us, to_us) = (range.from.timestamp_micros(), range.to.timestamp_micros());
        let inside = points.iter().map(|part| from_us + (to_us - from_us) / 1000 * part);
        for us in inside.chain(edges[..buckets.len()].iter().copied()).chain([to_us]) {
            // The edges ascend, so that the bucket whose edges are around an instant is the only one.
            let index = buckets.index(us);
            prop_assert!(index.is_some_and(|i| edges[i] <= us && us < edges[i + 1]), "{} is not in {:?}", us, index);
        }
        prop_assert_eq!(buckets.index(edges[0] - 1), None);
        prop_assert_eq!(buckets.index(edges[buckets.len()]), None);
    }

    #[test]
    fn a_day_begins_with_its_first_instant(zone in any_zone(), n_days in 0_u64..9000) {
        let day = NaiveDate::from_ymd_opt(2005, 1, 1).unwrap() + chrono::Days::new(n_days);
        let start = instant_of_local(day.and_hms_opt(0, 0, 0).unwrap(), zone);
        let is_before = |instant: DateTime<Utc>| instant.with_timezone(&zone).date_naive() < day;
        prop_assert!(!is_before(start));
        prop_assert!(is_before(start - chrono::TimeDelta::microseconds(1)));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in ".{0,30}") {
        let _ = (DateText::parse(&text), Relative::parse(&text));
    }
}
