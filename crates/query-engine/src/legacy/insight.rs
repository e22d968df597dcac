//! What each kind of legacy insight has of its own.

use serde_json::{Value, json};

use crate::error::QueryError;
use crate::legacy::entities::exclusions;
use crate::legacy::{Insight, Object, flag, number, object, plain, put, put_plain, structure, upgrade_to_query};
use crate::nodes::reader::Reader;

/// Displays of trends that still exist; others are left out, so that the default is shown.
const DISPLAYS: [&str; 11] = [
    "ActionsLineGraph",
    "ActionsLineGraphCumulative",
    "ActionsAreaGraph",
    "ActionsTable",
    "ActionsPie",
    "ActionsBar",
    "ActionsUnstackedBar",
    "ActionsStackedBar",
    "ActionsBarValue",
    "WorldMap",
    "BoldNumber",
];

/// `breakdownFilter`; `None` where there is no breakdown.
pub(super) fn breakdown(filters: &Reader<'_>, insight: Insight) -> Result<Option<Value>, QueryError> {
    let is_text = |key| filters.get(key).is_some_and(|value| value.value().is_string());
    let kind = filters.get("breakdown_type").and_then(|kind| kind.value().as_str());
    if kind == Some("undefined") && !is_text("breakdown") {
        return Ok(None);
    }
    let mut filter = Object::new();
    let mut kind =
        kind.filter(|kind| *kind != "undefined").map(|kind| if kind == "events" { "event" } else { kind }.into());
    let mut property = plain(filters, "breakdown").filter(|property| property != "");
    if let Some(several) = structure(filters, "breakdowns")? {
        match several.as_array().map(Vec::as_slice) {
            Some([only]) => {
                kind = only.get("type").cloned().filter(|kind| !kind.is_null());
                property = only.get("property").cloned().filter(|property| !property.is_null());
            }
            Some([]) => {}
            _ => put(&mut filter, "breakdowns", Some(several)),
        }
    }
    if let Some(Value::Array(values)) = &mut property {
        values.retain(|value| !value.is_null());
    }
    if property.is_some() {
        put(&mut filter, "breakdown_type", Some(kind.unwrap_or_else(|| "event".into())));
        put(&mut filter, "breakdown", property);
    }
    if filter.is_empty() {
        return Ok(None);
    }
    put(&mut filter, "breakdown_normalize_url", flag(filters, "breakdown_normalize_url"));
    put(&mut filter, "breakdown_group_type_index", number(filters, "breakdown_group_type_index"));
    put(&mut filter, "breakdown_hide_other_aggregation", flag(filters, "breakdown_hide_other_aggregation"));
    put(&mut filter, "breakdown_limit", number(filters, "breakdown_limit"));
    if insight == Insight::Trends {
        put(&mut filter, "breakdown_histogram_bin_count", number(filters, "breakdown_histogram_bin_count"));
    }
    Ok(Some(Value::Object(filter)))
}

/// `compareFilter`, where the insight compares.
pub(super) fn compare(filters: &Reader<'_>) -> Option<Value> {
    let mut filter = Object::new();
    put(&mut filter, "compare", flag(filters, "compare"));
    put(&mut filter, "compare_to", plain(filters, "compare_to"));
    object(filter)
}

/// Puts the part of the query that only its own kind has, such as `funnelsFilter`.
pub(super) fn put_own_filter(query: &mut Object, filters: &Reader<'_>, insight: Insight) -> Result<(), QueryError> {
    let (key, filter) = match insight {
        Insight::Trends => ("trendsFilter", trends(filters)),
        Insight::Funnels => ("funnelsFilter", funnels(filters)?),
        Insight::Retention => ("retentionFilter", retention(filters)?),
        Insight::Paths => {
            put(query, "funnelPathsFilter", funnel_paths(filters)?);
            ("pathsFilter", paths(filters)?)
        }
        Insight::Stickiness => ("stickinessFilter", stickiness(filters)),
        Insight::Lifecycle => ("lifecycleFilter", lifecycle(filters)?),
    };
    put(query, key, object(filter));
    Ok(())
}

fn trends(filters: &Reader<'_>) -> Object {
    let mut filter = Object::new();
    let display = plain(filters, "display");
    put(
        &mut filter,
        "display",
        display.filter(|display| display.as_str().is_some_and(|name| DISPLAYS.contains(&name))),
    );
    put_plain(
        &mut filter,
        filters,
        &[
            ("aggregation_axis_format", "aggregationAxisFormat"),
            ("aggregation_axis_prefix", "aggregationAxisPrefix"),
            ("aggregation_axis_postfix", "aggregationAxisPostfix"),
            ("formula", "formula"),
            ("y_axis_scale_type", "yAxisScaleType"),
        ],
    );
    put(&mut filter, "smoothingIntervals", number(filters, "smoothing_intervals"));
    put(&mut filter, "decimalPlaces", number(filters, "decimal_places"));
    put(&mut filter, "showLegend", flag(filters, "show_legend"));
    put(&mut filter, "showValuesOnSeries", flag(filters, "show_values_on_series"));
    put(&mut filter, "showPercentStackView", flag(filters, "show_percent_stack_view"));
    put(&mut filter, "showLabelsOnSeries", flag(filters, "show_labels_on_series"));
    put(&mut filter, "hiddenLegendIndexes", hidden_indexes(filters));
    filter
}

fn funnels(filters: &Reader<'_>) -> Result<Object, QueryError> {
    let mut filter = Object::new();
    // Before there was a type of its own, funnels drawn as lines were trends.
    let older =
        || filters.get("display").filter(|display| display.value() == "ActionsLineGraph").map(|_| json!("trends"));
    put(&mut filter, "funnelVizType", plain(filters, "funnel_viz_type").or_else(older));
    put_plain(
        &mut filter,
        filters,
        &[
            ("funnel_order_type", "funnelOrderType"),
            ("funnel_window_interval_unit", "funnelWindowIntervalUnit"),
            ("funnel_step_reference", "funnelStepReference"),
            ("breakdown_attribution_type", "breakdownAttributionType"),
            ("bin_count", "binCount"),
            ("layout", "layout"),
            ("funnel_aggregate_by_hogql", "funnelAggregateByHogQL"),
        ],
    );
    put(&mut filter, "funnelFromStep", number(filters, "funnel_from_step"));
    put(&mut filter, "funnelToStep", number(filters, "funnel_to_step"));
    let window = number(filters, "funnel_window_interval").or_else(|| number(filters, "funnel_window_days"));
    put(&mut filter, "funnelWindowInterval", window);
    put(&mut filter, "breakdownAttributionValue", number(filters, "breakdown_attribution_value"));
    put(&mut filter, "exclusions", exclusions(filters)?);
    put(&mut filter, "hiddenLegendBreakdowns", hidden_breakdowns(filters));
    Ok(filter)
}

fn retention(filters: &Reader<'_>) -> Result<Object, QueryError> {
    let mut filter = Object::new();
    put_plain(
        &mut filter,
        filters,
        &[
            ("retention_type", "retentionType"),
            ("retention_reference", "retentionReference"),
            ("period", "period"),
            ("mean_retention_calculation", "meanRetentionCalculation"),
        ],
    );
    put(&mut filter, "totalIntervals", number(filters, "total_intervals"));
    put(&mut filter, "cumulative", flag(filters, "cumulative"));
    put(&mut filter, "returningEntity", structure(filters, "returning_entity")?);
    put(&mut filter, "targetEntity", structure(filters, "target_entity")?);
    Ok(filter)
}

fn paths(filters: &Reader<'_>) -> Result<Object, QueryError> {
    let mut filter = Object::new();
    put_plain(
        &mut filter,
        filters,
        &[("paths_hogql_expression", "pathsHogQLExpression"), ("start_point", "startPoint"), ("end_point", "endPoint")],
    );
    for (from, to) in [
        ("include_event_types", "includeEventTypes"),
        ("path_groupings", "pathGroupings"),
        ("exclude_events", "excludeEvents"),
        ("local_path_cleaning_filters", "localPathCleaningFilters"),
    ] {
        put(&mut filter, to, structure(filters, from)?);
    }
    for (from, to) in [
        ("step_limit", "stepLimit"),
        ("edge_limit", "edgeLimit"),
        ("min_edge_weight", "minEdgeWeight"),
        ("max_edge_weight", "maxEdgeWeight"),
    ] {
        put(&mut filter, to, number(filters, from));
    }
    put(&mut filter, "pathReplacements", flag(filters, "path_replacements"));
    put(&mut filter, "showFullUrls", flag(filters, "show_full_urls"));
    Ok(filter)
}

/// The funnel around whose steps paths were drawn.
fn funnel_paths(filters: &Reader<'_>) -> Result<Option<Value>, QueryError> {
    let Some(part) = plain(filters, "funnel_paths").filter(|part| part != "") else { return Ok(None) };
    let Some(mut funnel) = structure(filters, "funnel_filter")?.filter(Value::is_object) else { return Ok(None) };
    funnel["insight"] = "FUNNELS".into();
    let funnel = Reader::at(&funnel, filters.path_of("funnel_filter"));
    let mut filter = Object::new();
    put(&mut filter, "funnelPathType", Some(part));
    put(&mut filter, "funnelStep", number(&funnel, "funnel_step"));
    put(&mut filter, "funnelSource", Some(upgrade_to_query(&funnel)?));
    Ok(Some(Value::Object(filter)))
}

fn stickiness(filters: &Reader<'_>) -> Object {
    let mut filter = Object::new();
    put(&mut filter, "showLegend", flag(filters, "show_legend"));
    put(&mut filter, "showValuesOnSeries", flag(filters, "show_values_on_series"));
    put(&mut filter, "hiddenLegendIndexes", hidden_indexes(filters));
    let display = plain(filters, "display");
    put(
        &mut filter,
        "display",
        display.filter(|display| display.as_str().is_some_and(|name| DISPLAYS.contains(&name))),
    );
    filter
}

fn lifecycle(filters: &Reader<'_>) -> Result<Object, QueryError> {
    let mut filter = Object::new();
    put(&mut filter, "toggledLifecycles", structure(filters, "toggledLifecycles")?);
    put(&mut filter, "showLegend", flag(filters, "show_legend"));
    put(&mut filter, "showValuesOnSeries", flag(filters, "show_values_on_series"));
    Ok(filter)
}

/// The keys of `hidden_legend_keys` that are set.
fn hidden_keys<'a>(filters: &Reader<'a>) -> impl Iterator<Item = &'a String> {
    let keys = filters.get("hidden_legend_keys").and_then(|keys| keys.value().as_object());
    keys.into_iter().flatten().filter(|(_, hidden)| **hidden == json!(true)).map(|(key, _)| key)
}

fn hidden_indexes(filters: &Reader<'_>) -> Option<Value> {
    let indexes: Vec<u32> = hidden_keys(filters).filter_map(|key| key.parse().ok()).collect();
    (!indexes.is_empty()).then(|| indexes.into())
}

/// Those that are no positions are values of the breakdown.
fn hidden_breakdowns(filters: &Reader<'_>) -> Option<Value> {
    let values: Vec<_> = hidden_keys(filters).filter(|key| key.parse::<u32>().is_err()).map(String::as_str).collect();
    (!values.is_empty()).then(|| values.into())
}
