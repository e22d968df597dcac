//! Constructed results whose meaning is known, and noise, which has none.

use chrono::NaiveDate;
use query_engine::results::{
    Breakdown, BreakdownText, Funnel, FunnelStep, LifecycleState, PathLink, PathNode, Period, RetentionCell,
    RetentionCohort, Rows, Series,
};
use rand::SeedableRng;
use rand_distr::{Distribution, Poisson};
use rand_pcg::Pcg64;
use serde_json::json;

use super::series::{Course, Shape};
use super::*;

/// A Monday.
fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

fn starts(n: usize) -> Vec<NaiveDateTime> {
    (0..n).map(|day| (start() + Days::new(day as u64)).into()).collect()
}

fn daily(label: &str, data: &[f64]) -> Series {
    Series {
        label: label.to_owned(),
        custom_name: None,
        order: 0,
        days: starts(data.len()).iter().map(|day| day.format("%Y-%m-%d").to_string()).collect(),
        labels: vec![String::new(); data.len()],
        data: data.iter().copied().map(Some).collect(),
        count: data.iter().sum(),
        aggregated_value: None,
        breakdown: None,
        period: None,
        state: None,
    }
}

fn of_value(value: &str, data: &[f64]) -> Series {
    Series { breakdown: Some(Breakdown(vec![BreakdownText::Value(value.to_owned())])), ..daily(value, data) }
}

/// What is said about `results` on the day after `n_days`.
fn said(results: &Results, query: &Value, n_days: u64) -> String {
    let now = (start() + Days::new(n_days)).into();
    analyze(&Subject { query, interval: Interval::Day, now }, results).to_string()
}

#[track_caller]
fn check_trend(series: &[Series], n_days: u64, expected: &str) {
    let found = said(&Results::Trends(series.to_vec()), &json!({"series": [{"event": "x"}]}), n_days);
    assert_eq!(found, expected, "\n{found}\n");
}

/// Small numbers that follow no order, from -`size` to `size`.
fn jitter(position: usize, size: usize) -> f64 {
    ((position * 7919 + 13) * (position + 3) % (2 * size + 1)) as f64 - size as f64
}

#[test]
fn a_step_is_told_with_its_day() {
    let data: Vec<f64> = (0..30).map(|day| if day < 18 { 100.0 } else { 150.0 } + jitter(day, 3)).collect();
    check_trend(
        &[daily("views", &data)],
        30,
        "views jumped by 51% on 20 March, from about 99 to about 149 a day.
- The total is 3,574, in the mean 119 a day.
- The highest number is 151 on 31 March, the lowest 97 on 6 March.
Look for what changed on 20 March: a release, a campaign or the tracking itself.",
    );
}

#[test]
fn a_weekly_rhythm_is_no_trend() {
    let data: Vec<f64> = (0..28).map(|day| if day % 7 > 4 { 60.0 } else { 100.0 } + jitter(day, 2)).collect();
    let found = said(&Results::Trends(vec![daily("views", &data)]), &json!({"series": [{}]}), 28);
    assert!(found.starts_with("views held steady around "), "{found}");
    assert!(found.contains("- Weekends lie 40% below the other days, week after week."), "{found}");
}

#[test]
fn a_running_day_is_not_a_drop() {
    let mut data = vec![100.0, 104.0, 97.0, 101.0, 99.0, 102.0, 98.0, 100.0];
    data.push(12.0);
    check_trend(
        &[daily("views", &data)],
        8,
        "views held steady around 100 a day over 8 days.
- The day that began on 10 March is still running, with 12 so far; it is left out of all comparisons.
- The total is 801, in the mean 100 a day.
- The highest number is 104 on 3 March, the lowest 97 on 4 March.
Nothing stands out: the numbers vary as chance would have it.",
    );
}

#[test]
fn movers_shares_and_the_period_before_are_told() {
    let flat = [50.0, 52.0, 48.0, 51.0, 49.0, 50.0, 52.0, 48.0];
    let rising = [10.0, 12.0, 11.0, 9.0, 40.0, 42.0, 38.0, 41.0];
    let previous = |series: Series| Series { period: Some(Period::Previous), ..series };
    let current = |series: Series| Series { period: Some(Period::Current), ..series };
    let series =
        [current(of_value("Chrome", &flat)), current(of_value("Safari", &rising)), previous(of_value("Chrome", &flat))];
    let found = said(&Results::Trends(series.to_vec()), &json!({"series": [{}]}), 8);
    assert!(found.contains("- Against the period before it is up by 51%: 603 against 400."), "{found}");
    assert!(
        found.contains(
            "- Safari moved most: up to 3.8 times as much from the first half of the range to the second (42 to 161)."
        ),
        "{found}"
    );
    assert!(found.contains("- Chrome has the largest share: 400 of 603 (66%)."), "{found}");
}

#[test]
fn an_odd_day_stands_out() {
    let mut data: Vec<f64> = (0..30).map(|day| 100.0 + jitter(day, 4)).collect();
    data[10] = 400.0;
    let found = said(&Results::Trends(vec![daily("views", &data)]), &json!({"series": [{}]}), 30);
    assert!(found.contains("- 400 stands out on 12 March, far above the 97 that"), "{found}");
    assert!(found.ends_with("The level has not changed, but what happened on 12 March is worth a look."), "{found}");
}

#[test]
fn little_is_not_read_as_much() {
    check_trend(
        &[daily("views", &[1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 3.0])],
        7,
        "views came to 7 in 7 complete days: too few to tell a trend from chance.
- The highest number is 3 on 8 March, the lowest 0 on 3 March.
Look at a longer range, or come back when there is more.",
    );
    check_trend(
        &[daily("views", &[0.0; 7])],
        7,
        "There is nothing to tell: no number in this range is above zero.
- Every interval of every series is empty.
Check the range, the filters and the names of the events.",
    );
}

/// The numbers of chance alone: of 400 courses of 30 days, at most 1 in 50 has a change, and 1 in 50 a rhythm or an odd day.
#[test]
fn noise_means_nothing() {
    let mut random = Pcg64::seed_from_u64(20_260_302);
    let (mut n_shapes, mut n_others) = (0, 0);
    for round in 0..400 {
        let level = [5.0, 40.0, 300.0, 5000.0][round % 4];
        let values: Vec<f64> = Poisson::new(level).unwrap().sample_iter(&mut random).take(30).collect();
        let pattern = Course::new(starts(30), values, Interval::Day, NaiveDateTime::MAX).pattern(true);
        n_shapes += usize::from(pattern.shape != Shape::Level);
        n_others += usize::from(pattern.rhythm.is_some() || pattern.outlier.is_some());
    }
    assert!(n_shapes <= 8 && n_others <= 8, "{n_shapes} changes, {n_others} others");
}

/// Of 200 courses with a step of 40% in noise, nearly all are found, and where it is.
#[test]
fn steps_are_found_in_noise() {
    let mut random = Pcg64::seed_from_u64(7);
    let mut n_found = 0;
    for round in 0..200 {
        let at = 8 + round % 14;
        let level = |day| if day < at { 100.0 } else { 140.0 };
        let values = (0..30).map(|day| Poisson::new(level(day)).unwrap().sample(&mut random)).collect();
        let pattern = Course::new(starts(30), values, Interval::Day, NaiveDateTime::MAX).pattern(true);
        n_found += usize::from(matches!(pattern.shape, Shape::Step { at: found, .. } if found.abs_diff(at) <= 1));
    }
    assert!(n_found >= 180, "{n_found}");
}

fn funnel(value: Option<&str>, counts: &[f64]) -> Funnel {
    let breakdown = value.map(|value| Breakdown(vec![BreakdownText::Value(value.to_owned())]));
    let step = |(at, count): (usize, &f64)| FunnelStep {
        name: ["visit", "sign up", "pay"][at].to_owned(),
        custom_name: None,
        count: *count,
        average_seconds: (at > 0).then_some(600.0),
        median_seconds: (at > 0).then_some(90.0 * at as f64),
    };
    Funnel { breakdown, steps: counts.iter().enumerate().map(step).collect() }
}

#[track_caller]
fn check(results: &Results, expected: &str) {
    let found = said(results, &json!({}), 30);
    assert_eq!(found, expected, "\n{found}\n");
}

#[test]
fn a_funnel_tells_its_worst_step() {
    check(
        &Results::Steps(vec![funnel(None, &[1000.0, 400.0, 300.0])]),
        "30% of 1,000 people got from visit to pay (300 in all).
- Most are lost between visit and sign up: 600 of 1,000 go no further (60%).
- The slowest step is from sign up to pay, with 3 minutes in the median.
- The surest step is from sign up to pay: 75% take it.
The step to sign up is the place to begin: what is mended before it is lost there again.",
    );
    check(
        &Results::Steps(vec![funnel(Some("Chrome"), &[500.0, 300.0]), funnel(Some("Safari"), &[500.0, 200.0])]),
        "50% of 1,000 people got from visit to sign up (500 in all).
- Most are lost between visit and sign up: 500 of 1,000 go no further (50%).
- Safari converts worse than the others: 40% of 500 against 60%.
- It takes 10 minutes from visit to sign up in the mean.
See what stops Safari; the difference is no chance.",
    );
    check(
        &Results::Steps(vec![funnel(None, &[4.0, 1.0])]),
        "25% of 4 people got from visit to sign up (1 in all): too few to tell much.
- Most are lost between visit and sign up: 3 of 4 go no further (75%).
- It takes 1.5 minutes from visit to sign up in the median.
Wait for more people, or look at a longer range, before changing anything.",
    );
    check(
        &Results::Steps(vec![funnel(None, &[0.0, 0.0])]),
        "Nobody entered this funnel in the range.
- The first step has no events, so that no other step can have any.
Check the range, the filters and the name of the first event.",
    );
}

fn cohort(day: u64, counts: &[f64]) -> RetentionCohort {
    let cell = |(at, count): (usize, &f64)| RetentionCell {
        label: format!("Day {at}"),
        count: *count,
        aggregation_value: None,
    };
    RetentionCohort {
        label: format!("Day {day}"),
        date: format!("{}T00:00:00Z", start() + Days::new(day)),
        cells: counts.iter().enumerate().map(cell).collect(),
    }
}

#[test]
fn retention_tells_where_it_flattens_and_takes_no_running_cell_for_a_loss() {
    let sheet = |cohorts| Results::Retention(vec![query_engine::results::RetentionSheet { breakdown: None, cohorts }]);
    let full = [100.0, 40.0, 25.0, 24.0, 24.0, 23.0];
    let cohorts = vec![cohort(0, &full), cohort(1, &full), cohort(28, &[100.0, 40.0, 0.0, 0.0, 0.0, 0.0])];
    check(
        &sheet(cohorts),
        "40% of those who began come back in the next day (120 of 300).
- The curve flattens from day 2 on, at about 25%: who is there then tends to stay.
- 300 people began in 3 days.
What happens before day 2 decides who stays.",
    );
    check(
        &sheet(vec![cohort(0, &[200.0, 80.0]), cohort(1, &[200.0, 150.0]), cohort(2, &[200.0, 85.0])]),
        "52% of those who began come back in the next day (315 of 600).
- There is no second day yet that is complete for enough people.
- Those who began on 3 March came back better: 75% of 200 against 41% of the others.
- 600 people began in 3 days.
See what was different for those who began on 3 March; the difference is no chance.",
    );
    check(
        &sheet(vec![cohort(29, &[50.0, 0.0])]),
        "50 people began; none of them has had a complete day to come back in yet.
- Retention is only told from intervals that are over.
Come back in a day, or look at an earlier range.",
    );
}

#[test]
fn stickiness_lifecycle_paths_and_rows_are_read() {
    check(
        &Results::Stickiness(vec![daily("visit", &[60.0, 20.0, 10.0, 10.0])]),
        "100 people did visit in 1.7 of 4 days, in the mean.
- 60% came in one day only (60 people).
- 20% came in more than half of all days (20 people).
Most people come once: a reason for a second day would change most.",
    );
    let state = |state, data: &[f64]| Series { state: Some(state), ..daily("x", data) };
    check(
        &Results::Lifecycle(vec![
            state(LifecycleState::New, &[20.0, 20.0]),
            state(LifecycleState::Returning, &[50.0, 50.0]),
            state(LifecycleState::Resurrecting, &[5.0, 5.0]),
            state(LifecycleState::Dormant, &[-50.0, -50.0]),
        ]),
        "For each one who goes, 0.5 come: more go than come in 2 complete days.
- 40 are new, 10 came back after a break, 100 stayed away.
- 67% of those active in a day had been active in the one before.
Keeping those who are there would do more than winning new ones.",
    );
    let node = |step, item: &str| PathNode { step, item: item.to_owned() };
    let link = |from: &str, step, to: &str, count| PathLink {
        source: node(step, from),
        target: node(step + 1, to),
        count,
        average_ms: 30_000.0,
    };
    check(
        &Results::Paths(vec![link("/", 1, "/docs", 80.0), link("/", 1, "/buy", 20.0), link("/docs", 2, "/buy", 10.0)]),
        "The busiest way is from / to /docs, with 80 passages.
- Most begin with /: 100 of 100 (100%).
- Most end at /docs (step 2): 70 of 80 go no further (88%).
- From / to /docs it takes 30 seconds in the mean.
See what people look for at /docs and do not find.",
    );
    let rows = Rows {
        columns: vec!["browser".to_owned(), "n".to_owned()],
        rows: vec![vec![json!("Chrome"), json!(70)], vec![json!("Safari"), json!(30)]],
    };
    check(
        &Results::Rows(rows),
        "The highest n of 2 rows is 70 (Chrome).
- The mean of n is 50, the median 50.
- Chrome has 70% of the sum of 100.
- The lowest n is 30 (Safari).
Chrome outweighs all others together.",
    );
}

#[test]
fn totals_are_compared() {
    let total = |value: &str, n: f64| Series {
        aggregated_value: Some(n),
        data: vec![],
        days: vec![],
        labels: vec![],
        ..of_value(value, &[])
    };
    check_trend(
        &[total("Chrome", 70.0), total("Safari", 20.0), total("Edge", 10.0)],
        30,
        "Chrome is the largest of 3, with 70.
- Chrome has the largest share: 70 of 100 (70%).
- Safari follows with 20.
- Edge is the smallest, with 10.
Most of it is Chrome: what changes there changes the whole.",
    );
}
