use serde_json::json;

use super::*;

fn days(first: &str, step: TimeDelta, n: usize) -> Vec<String> {
    let first: NaiveDateTime = first.parse().unwrap();
    let at = |n| first + step * i32::try_from(n).unwrap();
    (0..n).map(|n| at(n).format("%Y-%m-%d %H:%M:%S").to_string()).collect()
}

#[test]
fn detectors_are_read() {
    let read = |value| Detector::read(&value);
    assert_eq!(read(json!(null)), Ok(None));
    assert_eq!(read(json!({"type": "zscore"})), Ok(Some(Detector::Zscore { threshold: 0.95, window: 30 })));
    let mad = json!({"type": "mad", "threshold": 0.5, "window": 3});
    assert_eq!(read(mad), Ok(Some(Detector::Mad { threshold: 0.5, window: 3 })));
    let seasonal = json!({"type": "seasonal", "periods": 12, "threshold": null});
    assert_eq!(read(seasonal), Ok(Some(Detector::Seasonal { threshold: 0.95, periods: 12 })));
    for bad in [
        json!({}),
        json!("zscore"),
        json!({"type": "magic"}),
        json!({"type": "zscore", "threshold": 1}),
        json!({"type": "zscore", "threshold": 0}),
        json!({"type": "zscore", "window": 2}),
        json!({"type": "zscore", "window": 1001}),
        json!({"type": "zscore", "window": -1}),
        json!({"type": "zscore", "periods": 4}),
        json!({"type": "seasonal", "window": 4}),
        json!({"type": "seasonal", "periods": 13}),
        json!({"type": "zscore", "more": 1}),
    ] {
        assert_eq!(read(bad.clone()).unwrap_err().attr.as_deref(), Some("detector_config"), "{bad}");
    }
}

#[test]
fn what_is_stored_is_read_back() {
    for detector in [
        Detector::Zscore { threshold: 0.9, window: 5 },
        Detector::Mad { threshold: 0.9, window: 5 },
        Detector::Seasonal { threshold: 0.9, periods: 5 },
    ] {
        let stored = serde_json::to_value(detector).unwrap();
        assert_eq!(Detector::read(&stored), Ok(Some(detector)));
        assert_eq!(serde_json::from_value::<Detector>(stored).unwrap(), detector);
    }
}

#[test]
fn a_spike_stands_out_of_its_window() {
    let detector = Detector::Zscore { threshold: 0.99, window: 5 };
    let days = days("2026-01-01T00:00:00", TimeDelta::days(1), 8);
    let values = [10.0, 11.0, 9.0, 10.0, 11.0, 9.0, 10.0, 40.0];
    let judge = |at| detector.judge(Interval::Day, &days, &values, at);
    assert_eq!(judge(2), None, "two numbers let nothing expect");
    assert!(!judge(6).unwrap().is_anomaly);
    let spike = judge(7).unwrap();
    assert!(spike.is_anomaly && spike.score > 0.999 && (spike.expected - 9.8).abs() < 1e-9, "{spike:?}");
    assert_eq!(judge(8), None);
}

#[test]
fn a_season_is_held_against_its_like() {
    // many on weekdays, few at weekends: 2026-01-05 is a Monday
    let days = days("2026-01-05T00:00:00", TimeDelta::days(1), 35);
    let usual = |n: usize| if n % 7 < 5 { 100.0 + (n / 7) as f64 } else { 5.0 + (n / 7) as f64 };
    let mut values: Vec<f64> = (0..35).map(usual).collect();
    let seasonal = Detector::Seasonal { threshold: 0.95, periods: 4 };
    let judge = |values: &[f64], at| seasonal.judge(Interval::Day, &days, values, at).unwrap();
    assert!(!judge(&values, 33).is_anomaly, "few on a Saturday are as ever");
    values[33] = 100.0;
    assert!(judge(&values, 33).is_anomaly, "as many as on a weekday are not");
    assert!((judge(&values, 33).expected - 6.5).abs() < 1e-9);
    assert_eq!(seasonal.judge(Interval::Day, &days, &values, 13), None, "one week before lets nothing expect");
}

#[test]
fn hours_are_compared_by_the_clock() {
    let seasonal = Detector::Seasonal { threshold: 0.95, periods: 3 };
    // the third week lacks an hour, as when clocks go forward: places in the list move, hours of the week do not
    let mut days = days("2026-03-02T00:00:00", TimeDelta::hours(1), 24 * 29);
    days.retain(|day| day != "2026-03-29 02:00:00");
    let values: Vec<f64> = days.iter().map(|day| if day.ends_with("09:00:00") { 50.0 } else { 1.0 }).collect();
    let at = days.iter().position(|day| day == "2026-03-30 09:00:00").unwrap();
    let verdict = seasonal.judge(Interval::Hour, &days, &values, at).unwrap();
    assert!(!verdict.is_anomaly && (verdict.expected - 50.0).abs() < 1e-9, "{verdict:?}");
}

#[test]
fn months_are_compared_over_the_years() {
    let seasonal = Detector::Seasonal { threshold: 0.95, periods: 3 };
    let days: Vec<String> = (0..48).map(|n| format!("{}-{:02}-01", 2023 + n / 12, n % 12 + 1)).collect();
    let values: Vec<f64> = (0..48).map(|n| if n % 12 == 11 { 500.0 + f64::from(n / 12) } else { 10.0 }).collect();
    let verdict = seasonal.judge(Interval::Month, &days, &values, 47).unwrap();
    assert!((verdict.expected - 501.0).abs() < 1e-9, "{verdict:?}");
    assert_eq!(seasonal.n_intervals(Interval::Month), 38);
}
