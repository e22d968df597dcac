//! Charts of every kind, their numbers read back out of the drawings.

mod kinds;
mod properties;

use query_engine::answer::Query;
use query_engine::results::Results;
use serde_json::{Value, json};

use crate::{Chart, Medium, Theme};
use kinds::{KINDS, days, trend};

#[track_caller]
fn chart(node: &Value, results: &Value, columns: Option<&Value>) -> Chart {
    let query = Query::parse(node).unwrap();
    Chart::new(node, &Results::read(&query, results, columns).unwrap())
}

/// The marks of a drawing as `(series, label, value)`.
fn marks(svg: &str) -> Vec<(String, String, f64)> {
    let attribute = |element: &str, name: &str| {
        let begin = element.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(element[begin..].split('"').next()?.to_owned())
    };
    let elements = svg.split('<').filter(|element| element.contains(" data-series="));
    elements
        .filter_map(|element| {
            let value = attribute(element, "data-value")?.parse().ok()?;
            Some((attribute(element, "data-series")?, attribute(element, "data-label")?, value))
        })
        .collect()
}

#[test]
fn each_kind_is_drawn_as_it_was() {
    for (name, kind) in KINDS {
        let (node, results, columns) = kind();
        let chart = chart(&node, &results, columns.as_ref());
        let drawing = crate::drawing(&chart, 360, Medium::Page, None).into_string().replace("><", ">\n<");
        insta::with_settings!({omit_expression => true}, {
            insta::assert_snapshot!(format!("{name}_drawing"), format!("{}\n{drawing}", chart.summary()));
        });
    }
}

#[test]
fn each_kind_has_numbers_in_its_marks_and_a_table() {
    for (name, kind) in KINDS {
        let (node, results, columns) = kind();
        let chart = chart(&node, &results, columns.as_ref());
        for width in [360, 880] {
            let svg = crate::svg(&chart, width, Theme::System, Some("A <title> & more"));
            assert!(svg.contains("A &lt;title&gt; &amp; more"), "{name}");
            assert!(chart.is_table() || !marks(&svg).is_empty(), "{name} at {width}");
        }
        let table = chart.table();
        assert!(!table.rows.is_empty() && table.rows.iter().all(|row| row.len() == table.headers.len()), "{name}");
    }
}

#[test]
fn a_line_says_its_numbers_place_by_place() {
    let (node, results) = trend("ActionsLineGraph", &[("signed_up", None, &[2.0, 0.0, 3.5])]);
    let svg = crate::svg(&chart(&node, &results, None), 600, Theme::Light, None);
    let expected = [("Thu 1 Jan 2026", 2.0), ("Fri 2 Jan 2026", 0.0), ("Sat 3 Jan 2026", 3.5)];
    let expected: Vec<_> = expected.map(|(label, value)| ("signed_up".to_owned(), label.to_owned(), value)).to_vec();
    assert_eq!(marks(&svg), expected);
}

#[test]
fn what_has_no_number_is_a_gap() {
    let (node, mut results) = trend("ActionsLineGraph", &[("ratio", None, &[2.0, 0.0, 3.0])]);
    results[0]["data"] = json!([2.0, null, 3.0]);
    let chart = chart(&node, &results, None);
    let svg = crate::svg(&chart, 600, Theme::Light, None);
    assert_eq!(marks(&svg).len(), 2);
    assert_eq!(svg.matches("class=\"line l0\"").count(), 2);
    assert_eq!(chart.table().rows[1][1].text, "–");
}

#[test]
fn the_greatest_series_are_drawn_and_the_rest_is_said() {
    let values: Vec<[f64; 2]> = (0..20).map(|size| [f64::from(size), 1.0]).collect();
    let series: Vec<(&str, Option<&str>, &[f64])> =
        values.iter().map(|values| ("event", Some("x"), &values[..])).collect();
    let (node, mut results) = trend("ActionsLineGraph", &series);
    for (position, item) in results.as_array_mut().unwrap().iter_mut().enumerate() {
        item["breakdown_value"] = json!(format!("value {position}"));
    }
    let chart = chart(&node, &results, None);
    assert_eq!(chart.note(), Some("and 12 more in the table"));
    assert_eq!(chart.table().headers.len(), 21);
    let svg = crate::svg(&chart, 600, Theme::Light, None);
    assert!(svg.contains("value 19") && svg.contains("value 12") && !svg.contains("value 11"));
}

#[test]
fn compared_periods_share_a_colour_and_are_dashed() {
    let (node, mut results) = trend("ActionsLineGraph", &[("seen", None, &[2.0, 3.0]), ("seen", None, &[1.0, 4.0])]);
    for (position, label) in ["current", "previous"].into_iter().enumerate() {
        results[position]["compare_label"] = label.into();
        results[position]["order"] = 0.into();
    }
    let svg = crate::svg(&chart(&node, &results, None), 600, Theme::Light, None);
    assert!(svg.contains("class=\"line l0 previous\"") && !svg.contains("class=\"line l1"));
    assert!(svg.contains("data-series=\"seen (previous)\""));
}

#[test]
fn nothing_is_said_clearly() {
    for (node, results) in [
        trend("ActionsLineGraph", &[]),
        trend("ActionsBar", &[("seen", None, &[0.0, 0.0])]),
        (json!({"kind": "PathsQuery", "pathsFilter": {}}), json!([])),
        (json!({"kind": "HogQLQuery", "query": "select 1"}), json!([])),
    ] {
        let chart = chart(&node, &results, None);
        assert!(chart.is_empty(), "{node}");
        assert!(crate::svg(&chart, 300, Theme::System, None).contains("No data in this range"));
        assert_eq!(chart.summary(), "No data in this range.");
    }
}

#[test]
fn what_users_wrote_is_escaped() {
    let name = "<script>alert(\"1\")</script>&'";
    let (node, results) = trend("ActionsBarValue", &[(name, None, &[])]);
    let svg = crate::svg(&chart(&node, &results, None), 600, Theme::System, Some(name));
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"));
}

#[test]
fn formats_are_those_of_the_query() {
    let (mut node, results) = trend("ActionsLineGraph", &[("latency", None, &[7_500.0, 60.0])]);
    node["trendsFilter"]["aggregationAxisFormat"] = "duration".into();
    let svg = crate::svg(&chart(&node, &results, None), 600, Theme::System, None);
    assert!(svg.contains("latency: 2h 5m"), "{svg}");
}

#[test]
fn images_have_ink_where_the_line_is() {
    let (node, results) = trend("ActionsLineGraph", &[("seen", None, &[4.0, 4.0, 4.0])]);
    let svg = crate::svg(&chart(&node, &results, None), 600, Theme::Light, None);
    let image = resvg::tiny_skia::Pixmap::decode_png(&crate::png(&svg, 2.0)).unwrap();
    assert_eq!(image.width(), 1200);
    // The line is level: some row is blue from one end to the other.
    let is_blue = |x: u32, y: u32| {
        let pixel = image.pixel(x, y).unwrap();
        pixel.blue() > 180 && pixel.red() < 90
    };
    assert!((0..image.height()).any(|y| (200..1000).all(|x| is_blue(x, y))));
    let has_text = (0..image.height()).any(|y| (0..90).any(|x| image.pixel(x, y).unwrap().red() < 160));
    assert!(has_text, "labels are written with the compiled-in font");
}

#[test]
fn several_charts_make_one_picture() {
    let tiles: Vec<(String, Chart)> = KINDS
        .iter()
        .map(|(name, kind)| {
            let (node, results, columns) = kind();
            ((*name).to_owned(), chart(&node, &results, columns.as_ref()))
        })
        .collect();
    let svg = crate::svg_of_all(&tiles, "All of them", 800, Theme::Dark);
    assert!(KINDS.iter().all(|(name, _)| svg.contains(name)));
    assert!(crate::png(&svg, 0.5).starts_with(b"\x89PNG"));
    assert!(crate::png(&crate::svg_of_all(&[], "None", 800, Theme::Dark), 1.0).starts_with(b"\x89PNG"));
    assert_eq!(days(2), ["2026-01-01", "2026-01-02"]);
}
