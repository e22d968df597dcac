//! Whatever an answer says, it can be drawn.

use proptest::prelude::*;
use query_engine::results::{
    Breakdown, BreakdownText, Durations, Funnel, FunnelStep, LifecycleState, PathLink, PathNode, Period, Results,
    RetentionCell, RetentionCohort, RetentionSheet, Rows, Series,
};
use serde_json::{Value, json};
use test_support::cases::n_property_cases;

use crate::{Chart, Medium, Theme};

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        5 => (-5i32..1000).prop_map(f64::from),
        1 => any::<f64>().prop_filter("numbers", |number| number.is_finite()),
        1 => prop::sample::select(vec![0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e15, -1e-9]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z<>&\" ]{1,12}", any::<String>(), Just("W".repeat(400))]
}

fn breakdown() -> impl Strategy<Value = Option<Breakdown>> {
    let value =
        prop_oneof![text().prop_map(BreakdownText::Value), Just(BreakdownText::Missing), Just(BreakdownText::Other)];
    prop::option::of(prop::collection::vec(value, 1..3).prop_map(Breakdown))
}

fn series() -> impl Strategy<Value = Series> {
    let states =
        [LifecycleState::New, LifecycleState::Returning, LifecycleState::Resurrecting, LifecycleState::Dormant];
    (
        (text(), prop::option::of(text()), 0usize..3, number()),
        prop::collection::vec(prop::option::weighted(0.9, number()), 0..40),
        prop::option::of(number()),
        breakdown(),
        prop::option::of(prop::sample::select(vec![Period::Current, Period::Previous])),
        prop::option::weighted(0.1, prop::sample::select(states.to_vec())),
        0usize..50,
    )
        .prop_map(
            |((label, custom_name, order, count), data, aggregated_value, breakdown, period, state, n_days)| Series {
                label,
                custom_name,
                order,
                days: (0..n_days).map(|day| format!("2026-01-{:02}", day + 1)).collect(),
                labels: (0..n_days).map(|day| day.to_string()).collect(),
                data,
                count,
                aggregated_value,
                breakdown,
                period,
                state,
            },
        )
}

fn all_series() -> impl Strategy<Value = Vec<Series>> {
    prop::collection::vec(series(), 0..12)
}

fn funnel() -> impl Strategy<Value = Funnel> {
    let step = (text(), number(), prop::option::of(number()));
    (breakdown(), prop::collection::vec(step, 1..5)).prop_map(|(breakdown, steps)| Funnel {
        breakdown,
        steps: steps
            .into_iter()
            .map(|(name, count, seconds)| FunnelStep {
                name,
                custom_name: None,
                count,
                average_seconds: seconds,
                median_seconds: seconds,
            })
            .collect(),
    })
}

fn sheet() -> impl Strategy<Value = RetentionSheet> {
    let cell = (text(), number(), prop::option::weighted(0.2, number()))
        .prop_map(|(label, count, aggregation_value)| RetentionCell { label, count, aggregation_value });
    let cohort = (text(), text(), prop::collection::vec(cell, 0..20))
        .prop_map(|(label, date, cells)| RetentionCohort { label, date, cells });
    (breakdown(), prop::collection::vec(cohort, 0..6))
        .prop_map(|(breakdown, cohorts)| RetentionSheet { breakdown, cohorts })
}

fn link() -> impl Strategy<Value = PathLink> {
    (1usize..6, 0usize..5, 0usize..5, number(), number()).prop_map(|(step, source, target, count, average_ms)| {
        PathLink {
            source: PathNode { step, item: format!("/{source}") },
            target: PathNode { step: step + 1, item: format!("/{target}") },
            count,
            average_ms,
        }
    })
}

fn rows() -> impl Strategy<Value = Rows> {
    let value = prop_oneof![
        Just(Value::Null),
        number().prop_map(|number| json!(number)),
        text().prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        Just(json!({"event": "a", "properties": {}})),
        Just(json!([1, [2]])),
    ];
    (0usize..5).prop_flat_map(move |n| {
        let row = prop::collection::vec(value.clone(), n);
        (prop::collection::vec(text(), n), prop::collection::vec(row, 0..6))
            .prop_map(|(columns, rows)| Rows { columns, rows })
    })
}

fn results() -> impl Strategy<Value = Results> {
    prop_oneof![
        3 => all_series().prop_map(Results::Trends),
        2 => all_series().prop_map(|mut series| {
            series.iter_mut().for_each(|series| series.data.clear());
            Results::Trends(series)
        }),
        1 => all_series().prop_map(Results::Stickiness),
        1 => all_series().prop_map(Results::Lifecycle),
        1 => all_series().prop_map(Results::ConversionRates),
        1 => prop::collection::vec(funnel(), 0..10).prop_map(Results::Steps),
        1 => (prop::collection::vec((number(), number()), 0..20), prop::option::of(number()))
            .prop_map(|(bins, average_seconds)| Results::Durations(Durations { bins, average_seconds })),
        1 => prop::collection::vec(sheet(), 0..6).prop_map(Results::Retention),
        1 => prop::collection::vec(link(), 0..20).prop_map(Results::Paths),
        2 => rows().prop_map(Results::Rows),
    ]
}

fn node() -> impl Strategy<Value = Value> {
    let displays = vec![
        "ActionsLineGraph",
        "ActionsAreaGraph",
        "ActionsBar",
        "ActionsStackedBar",
        "ActionsUnstackedBar",
        "ActionsBarValue",
        "ActionsPie",
        "ActionsTable",
        "BoldNumber",
        "WorldMap",
        "nonsense",
    ];
    let formats = vec!["numeric", "duration", "duration_ms", "percentage", "percentage_scaled"];
    (prop::sample::select(displays), prop::sample::select(formats), text()).prop_map(|(display, format, prefix)| {
        let filter = json!({"display": display, "aggregationAxisFormat": format, "aggregationAxisPrefix": prefix, "period": "Week"});
        let source = json!({"trendsFilter": filter, "stickinessFilter": filter, "retentionFilter": filter, "interval": "day"});
        json!({"kind": "DataVisualizationNode", "display": display, "source": source})
    })
}

/// Every number of an attribute that says a place or a size.
fn check_coordinates(svg: &str) {
    for name in
        [" x=\"", " y=\"", " width=\"", " height=\"", " cx=\"", " cy=\"", " x1=\"", " y2=\"", " font-size=\"", " rx=\""]
    {
        for rest in svg.split(name).skip(1) {
            let text = rest.split('"').next().unwrap_or_default();
            if text == "100%" {
                continue;
            }
            let place: f64 = text.parse().unwrap_or_else(|_| panic!("{name}{text}"));
            assert!(place.is_finite() && place.abs() < 1e6, "{name}{text}");
            assert!(place >= 0.0 || !name.contains("width") && !name.contains("height"), "{name}{text}");
        }
    }
    for d in svg.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!d.contains("NaN") && !d.contains("inf"), "{d}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn whatever_the_answer_says_can_be_drawn(node in node(), results in results(), width in 0u32..2000) {
        let chart = Chart::new(&node, &results);
        prop_assert!(chart.summary().ends_with('.'));
        for row in &chart.table().rows {
            prop_assert_eq!(row.len(), chart.table().headers.len());
        }
        let alone = crate::svg(&chart, width, Theme::System, Some("title"));
        check_coordinates(&alone);
        check_coordinates(&crate::drawing(&chart, width, Medium::Page, None).into_string());
        let options = resvg::usvg::Options::default();
        prop_assert!(resvg::usvg::Tree::from_str(&alone, &options).is_ok(), "{}", alone);
    }
}
