use insights_core::ids::InsightId;
use insights_core::insight::InsightFields;
use serde_json::{Value, json};

use super::*;
use crate::model::{AlertConfig, CalculationInterval};
use crate::threshold::ThresholdConfiguration;

fn trend(query: Value) -> WatchedTrend {
    let now = "2026-01-14T03:21:34Z".parse().unwrap();
    let mut node = json!({"kind": "TrendsQuery", "series": [{"event": "a"}, {"event": "b"}]});
    node.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    WatchedTrend::of(&InsightFields {
        name: None,
        derived_name: None,
        description: None,
        query: Some(node),
        filters: json!({}),
        order: None,
        deleted: false,
        saved: true,
        favorited: false,
        is_sample: false,
        tags: Vec::new(),
        created_at: now,
        created_by: None,
        updated_at: now,
        last_modified_at: now,
        last_modified_by: None,
    })
    .unwrap()
}

fn settings(condition: Condition, threshold: Value, is_ongoing: bool) -> AlertSettings {
    let configuration = (!threshold.is_null()).then(|| ThresholdConfiguration::read(&threshold).unwrap());
    let threshold = configuration.map(|configuration| Threshold {
        id: uuid::Uuid::nil(),
        created_at: chrono::DateTime::UNIX_EPOCH,
        name: String::new(),
        configuration,
    });
    AlertSettings {
        insight: InsightId(1),
        name: String::new(),
        subscribed_users: Vec::new(),
        destinations: Vec::new(),
        threshold,
        condition: Some(condition),
        config: Some(AlertConfig { series_index: 0, check_ongoing_interval: is_ongoing }),
        detector: None,
        calculation_interval: CalculationInterval::Daily,
        skip_weekend: false,
        enabled: true,
        snoozed_until: None,
    }
}

fn series(label: &str, order: usize, data: &[f64]) -> Series {
    let day = |n: usize| format!("2026-01-{:02}", n + 1);
    Series {
        label: label.to_owned(),
        custom_name: None,
        order,
        days: (0..data.len()).map(day).collect(),
        labels: (0..data.len()).map(day).collect(),
        data: data.iter().map(|value| Some(*value)).collect(),
        count: data.iter().sum(),
        aggregated_value: None,
        breakdown: None,
        period: None,
        state: None,
    }
}

#[track_caller]
fn check(settings: &AlertSettings, data: &[f64], value: f64, breach: &str) {
    let evaluation = evaluate(settings, &trend(json!({})), &[series("b", 1, &[9e9; 3]), series("a", 0, data)]);
    assert_eq!((evaluation.value, evaluation.breaches.join("; ").as_str()), (Some(value), breach));
}

use Condition::{AbsoluteValue, RelativeDecrease, RelativeIncrease};

#[test]
fn the_last_whole_interval_is_held_against_absolute_bounds() {
    let upper = |ongoing| settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"upper": 4}}), ongoing);
    check(
        &upper(false),
        &[1.0, 5.0, 9.0],
        5.0,
        "The insight value (a) for previous day (5) is more than upper threshold (4)",
    );
    check(
        &upper(true),
        &[1.0, 5.0, 9.0],
        9.0,
        "The insight value (a) for current day (9) is more than upper threshold (4)",
    );
    check(&upper(false), &[9.0, 4.0, 9.0], 4.0, "");
    let lower = settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"lower": 2, "upper": 4}}), false);
    check(&lower, &[1.0, 2.0, 9.0], 2.0, "");
    check(
        &lower,
        &[1.0, 1.5, 9.0],
        1.5,
        "The insight value (a) for previous day (1.5) is less than lower threshold (2)",
    );
    check(&lower, &[], 0.0, "The insight value (a) for previous day (0) is less than lower threshold (2)");
}

#[test]
fn changes_are_held_against_relative_bounds() {
    let of = |condition, r#type: &str, bounds: Value, ongoing| {
        settings(condition, json!({"type": r#type, "bounds": bounds}), ongoing)
    };
    let data = [10.0, 15.0, 45.0];
    check(
        &of(RelativeIncrease, "absolute", json!({"upper": 4}), false),
        &data,
        5.0,
        "The insight value (a) for previous day (5) increased more than upper threshold (4)",
    );
    check(
        &of(RelativeIncrease, "absolute", json!({"upper": 29}), true),
        &data,
        30.0,
        "The insight value (a) for current day (30) increased more than upper threshold (29)",
    );
    check(&of(RelativeIncrease, "percentage", json!({"upper": 0.5}), false), &data, 0.5, "");
    check(
        &of(RelativeIncrease, "percentage", json!({"upper": 0.499}), false),
        &data,
        0.5,
        "The insight value (a) for previous day (50.00%) increased more than upper threshold (49.90%)",
    );
    check(
        &of(RelativeDecrease, "absolute", json!({"upper": 4}), false),
        &[15.0, 10.0, 0.0],
        5.0,
        "The insight value (a) for previous day (5) decreased more than upper threshold (4)",
    );
    check(
        &of(RelativeDecrease, "percentage", json!({"lower": 0.0, "upper": 0.2}), false),
        &[10.0, 7.5, 0.0],
        0.25,
        "The insight value (a) for previous day (25.00%) decreased more than upper threshold (20.00%)",
    );
}

#[test]
fn division_by_nothing_is_defined() {
    let up = settings(RelativeIncrease, json!({"type": "percentage", "bounds": {"upper": 100}}), false);
    check(&up, &[0.0, 0.0, 5.0], 0.0, "");
    check(
        &up,
        &[0.0, 1.0, 5.0],
        f64::INFINITY,
        "The insight value (a) for previous day (infinity) increased more than upper threshold (10000.00%)",
    );
}

#[test]
fn one_number_for_the_whole_range_is_checked_as_it_is() {
    let trend = trend(json!({"trendsFilter": {"display": "BoldNumber"}}));
    let settings = settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"upper": 1}}), false);
    assert_eq!(trend.window(&settings), None);
    let total = Series { aggregated_value: Some(2.0), ..series("a", 0, &[]) };
    let evaluation = evaluate(&settings, &trend, &[total]);
    assert_eq!(evaluation.value, Some(2.0));
    assert_eq!(
        evaluation.breaches,
        ["The insight value (a) for current interval (2) is more than upper threshold (1)"]
    );
}

#[test]
fn each_value_of_a_breakdown_is_checked() {
    let trend = trend(json!({"breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"}}));
    let settings = settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"upper": 4}}), false);
    let of = |numbers: &[(&str, f64)]| {
        let series: Vec<Series> = numbers.iter().map(|(label, n)| series(label, 0, &[0.0, *n, 0.0])).collect();
        evaluate(&settings, &trend, &series)
    };
    let found = of(&[("Chrome", 1.0), ("Safari", 7.0), ("Edge", 8.0)]);
    assert_eq!((found.value, found.breaches.len()), (Some(7.0), 2));
    assert!(found.breaches[0].contains("(Safari)") && found.breaches[1].contains("(Edge)"));
    let quiet = of(&[("Chrome", 1.0), ("Safari", 2.0)]);
    assert_eq!((quiet.value, quiet.breaches.len()), (None, 0));
    assert_eq!(of(&[]), Evaluation::default());
}

#[test]
fn no_data_counts_as_none() {
    let lower = settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"lower": 1}}), false);
    let evaluation = evaluate(&lower, &trend(json!({})), &[]);
    assert_eq!((evaluation.value, evaluation.breaches.len()), (Some(0.0), 1));
    let undefined = Series { data: vec![Some(1.0), None, Some(1.0)], ..series("a", 0, &[1.0; 3]) };
    assert_eq!(evaluate(&lower, &trend(json!({})), &[undefined]).value, Some(0.0));
}

#[test]
fn compared_periods_are_not_watched() {
    let upper = settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"upper": 4}}), false);
    let old = Series { period: Some(Period::Previous), ..series("a", 0, &[9.0; 3]) };
    let new = Series { period: Some(Period::Current), ..series("a", 0, &[1.0; 3]) };
    assert_eq!(evaluate(&upper, &trend(json!({})), &[old, new]).breaches, [""; 0]);
}

#[test]
fn anomalies_fire_in_place_of_bounds() {
    let mut alert = settings(AbsoluteValue, json!(null), false);
    alert.detector = Some(Detector::Zscore { threshold: 0.95, window: 5 });
    let evaluation = evaluate(&alert, &trend(json!({})), &[series("a", 0, &[9.0, 10.0, 11.0, 10.0, 9.0, 50.0, 0.0])]);
    assert_eq!(evaluation.value, Some(50.0));
    assert_eq!(
        evaluation.breaches,
        [
            "The insight value (a) for previous day (50) is an anomaly: about 9.8 was expected (score 1.0000, threshold 0.95)"
        ]
    );
    let anomaly = evaluation.anomaly.unwrap();
    assert_eq!((anomaly.position, anomaly.date.as_str(), anomaly.is_triggered), (5, "2026-01-06", true));
    let quiet = evaluate(&alert, &trend(json!({})), &[series("a", 0, &[9.0, 10.0, 11.0, 10.0, 9.0, 10.0, 0.0])]);
    assert_eq!((quiet.value, quiet.breaches.len(), quiet.anomaly.unwrap().is_triggered), (Some(10.0), 0, false));
}

#[test]
fn the_last_intervals_alone_are_asked_for() {
    let window = |query: Value, settings: &AlertSettings| trend(query).window(settings);
    let absolute = settings(AbsoluteValue, json!({"type": "absolute", "bounds": {"upper": 1}}), false);
    let relative = settings(RelativeIncrease, json!({"type": "absolute", "bounds": {"upper": 1}}), false);
    assert_eq!(window(json!({}), &absolute), Some(json!({"date_from": "-2d"})));
    assert_eq!(window(json!({"interval": "hour"}), &relative), Some(json!({"date_from": "-3h"})));
    let mut seasonal = settings(AbsoluteValue, json!(null), false);
    seasonal.detector = Some(Detector::Seasonal { threshold: 0.9, periods: 4 });
    assert_eq!(window(json!({"interval": "week"}), &seasonal), Some(json!({"date_from": "-210w"})));
}
