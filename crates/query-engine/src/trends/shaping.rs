//! From the numbers of periods to the items of PostHog's answer.

use chrono::{DateTime, SecondsFormat};
use insights_core::time::Interval;
use serde_json::{Map, Value, json};

use super::planning::is_total_value;
use super::rank::sort_rows;
use crate::answer::QueryContext;
use crate::dates::{Buckets, QueryDates};
use crate::nodes::{Aggregate, BreakdownCohort, BreakdownForm, Display, Entity, Math, TrendsQuery};
use crate::plan::aggregate::{AggregateOutput, AggregateRow, BreakdownValue};
use crate::sampling::extrapolated;

/// How a value is shown that an event does not have.
pub(crate) const NULL_VALUE: &str = "$$_posthog_breakdown_null_$$";

/// How all values beyond the limit are shown.
pub(crate) const OTHER_VALUE: &str = "$$_posthog_breakdown_other_$$";

/// The numbers of one period of a query, ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct Period {
    /// `current` or `previous`, where periods are compared.
    pub(super) label: Option<&'static str>,
    pub(super) dates: QueryDates,
    pub(super) buckets: Buckets,
    /// The rows of each series, in the order in which they are shown.
    pub(super) series: Vec<Vec<AggregateRow>>,
}

impl Period {
    /// The period with the numbers that `output` has for it, cumulated and smoothed as the query asks.
    pub(super) fn new(
        query: &TrendsQuery,
        label: Option<&'static str>,
        dates: QueryDates,
        buckets: Buckets,
        output: AggregateOutput,
    ) -> Self {
        let mut series = of_cohorts(query, output.series);
        if !is_total_value(query) {
            for rows in &mut series {
                for row in rows.iter_mut() {
                    if query.trends.display == Display::Cumulative {
                        cumulate(&mut row.values);
                    }
                    row.values = smoothed(&row.values, query.trends.smoothing_intervals);
                }
                sort_rows(rows);
            }
        }
        let extrapolated_series = query.series.iter().zip(&mut series).filter(|(entity, _)| grows_with_sample(entity));
        for value in extrapolated_series.flat_map(|(_, rows)| rows).flat_map(|row| &mut row.values) {
            *value = extrapolated(*value, query.sampling_factor);
        }
        Self { label, dates, buckets, series }
    }
}

/// Whether the numbers of a series are the greater the more persons are looked at, as means and extremes are not.
fn grows_with_sample(series: &Entity) -> bool {
    match &series.math {
        Some(Math::Property(aggregate, _)) => *aggregate == Aggregate::Sum,
        Some(Math::CountPerActor(_)) => false,
        _ => true,
    }
}

/// The series with a row for each cohort, named by its id, where the query is broken down by cohorts; else as they are.
fn of_cohorts(query: &TrendsQuery, series: Vec<Vec<AggregateRow>>) -> Vec<Vec<AggregateRow>> {
    let Some(cohorts) = query.breakdown.as_ref().and_then(|filter| filter.cohorts()) else { return series };
    let mut ids: Vec<i64> = Vec::with_capacity(cohorts.len());
    for cohort in cohorts {
        if !ids.contains(&cohort.id()) {
            ids.push(cohort.id());
        }
    }
    let named = |(id, rows): (&i64, &Vec<AggregateRow>)| {
        let breakdown = vec![BreakdownValue::Text(id.to_string().into())];
        rows.first().map(|row| AggregateRow { breakdown, values: row.values.clone() })
    };
    series.chunks(ids.len()).map(|of_series| ids.iter().zip(of_series).filter_map(named).collect()).collect()
}

fn cumulate(values: &mut [f64]) {
    let mut sum = 0.0;
    for value in values {
        sum += *value;
        *value = sum;
    }
}

/// The mean of each value and those before it, at most `n_intervals` in all, rounded down.
fn smoothed(values: &[f64], n_intervals: usize) -> Vec<f64> {
    if n_intervals <= 1 {
        return values.to_vec();
    }
    let mean = |end: usize| {
        let window = &values[end.saturating_sub(n_intervals)..end];
        (window.iter().sum::<f64>() / window.len() as f64).floor()
    };
    (1..=values.len()).map(mean).collect()
}

/// What the items of one query have in common.
pub(super) struct Shaper<'a> {
    query: &'a TrendsQuery,
    context: &'a QueryContext,
    /// The cohorts that the query is broken down by.
    cohorts: Option<Vec<BreakdownCohort>>,
    /// The beginnings of the intervals of the query's own period; every item's action has these.
    action_days: Value,
}

impl<'a> Shaper<'a> {
    /// For the items of `query`, whose own period has the intervals `buckets`.
    pub(super) fn new(query: &'a TrendsQuery, context: &'a QueryContext, buckets: &Buckets) -> Self {
        let starts = buckets.edges()[..buckets.len()].iter().map(|&us| {
            let start = DateTime::from_timestamp_micros(us).expect("an edge was made from an instant");
            start.with_timezone(&context.timezone).to_rfc3339_opts(SecondsFormat::Secs, true)
        });
        let cohorts = query.breakdown.as_ref().and_then(|filter| filter.cohorts());
        Self { query, context, cohorts, action_days: starts.collect() }
    }

    /// The items of all series, period by period. One cohort and everybody are asked for by themselves: cohort by cohort, as given.
    pub(super) fn series_items(&self, periods: &[Period]) -> Vec<Value> {
        let mut items = Vec::new();
        for period in periods {
            let mut rows: Vec<(usize, &Entity, &AggregateRow)> = Vec::new();
            for (order, (series, of_series)) in self.query.series.iter().zip(&period.series).enumerate() {
                rows.extend(of_series.iter().map(|row| (order, series, row)));
            }
            if self.cohorts_stand_alone() {
                rows.sort_by_key(|(order, _, row)| (self.position_of_cohort(&row.breakdown), *order));
            }
            let shown = rows.into_iter().filter(|(_, _, row)| !self.is_hidden(&row.breakdown));
            items.extend(shown.map(|(order, series, row)| self.series_item(period, order, series, row)));
        }
        items
    }

    /// Whether PostHog asks for each cohort by a query of its own.
    fn cohorts_stand_alone(&self) -> bool {
        self.cohorts.as_ref().is_some_and(|cohorts| cohorts.len() == 1 || cohorts.contains(&BreakdownCohort::All))
    }

    fn position_of_cohort(&self, breakdown: &[BreakdownValue]) -> Option<usize> {
        let cohort = self.cohort(breakdown)?;
        self.cohorts.as_ref()?.iter().position(|known| *known == cohort)
    }

    /// The cohort that a row is of, where the query is broken down by cohorts.
    fn cohort(&self, breakdown: &[BreakdownValue]) -> Option<BreakdownCohort> {
        self.cohorts.as_ref()?;
        breakdown.first().and_then(|value| BreakdownCohort::of_text(shown(value)))
    }

    /// Whether the row of that value is left out of the answer.
    pub(super) fn is_hidden(&self, breakdown: &[BreakdownValue]) -> bool {
        self.query.breakdown.as_ref().is_some_and(|filter| filter.hides_other) && is_other(breakdown)
    }

    fn series_item(&self, period: &Period, order: usize, series: &Entity, row: &AggregateRow) -> Value {
        let mut item = self.item(period, &row.breakdown, &row.values);
        let name = series.plain_name(self.context).unwrap_or("All events");
        let n_cohorts = self.cohorts.as_ref().filter(|_| self.cohorts_stand_alone()).map_or(1, Vec::len);
        let label = match self.breakdown_label(&row.breakdown) {
            Some(value) if self.query.series.len() * n_cohorts > 1 => format!("{name} - {value}"),
            Some(value) => value,
            None => name.to_owned(),
        };
        item.insert("label".to_owned(), label.into());
        item.insert("action".to_owned(), self.action(order, series, name));
        item.insert("order".to_owned(), order.into());
        if self.query.trends.display == Display::Cumulative {
            item.insert("count".to_owned(), row.values.last().copied().map_or(json!(0), number));
        }
        Value::Object(item)
    }

    fn action(&self, order: usize, series: &Entity, name: &str) -> Value {
        json!({
            "days": self.action_days,
            "id": series.plain_name(self.context),
            "type": "events",
            "order": order,
            "name": name,
            "custom_name": series.custom_name,
            "math": series.math_name,
            "math_property": series.math_property,
            "math_hogql": series.math_hogql,
            "math_group_type_index": series.math_group_type_index,
            "properties": {},
        })
    }

    /// What an item of a series and one of a formula have in common; the label, the action and the order are the caller's.
    pub(super) fn item(&self, period: &Period, breakdown: &[BreakdownValue], values: &[f64]) -> Map<String, Value> {
        let mut item = Map::new();
        if is_total_value(self.query) {
            item.insert("data".to_owned(), json!([]));
            item.insert("days".to_owned(), json!([]));
            item.insert("count".to_owned(), json!(0));
            item.insert("aggregated_value".to_owned(), values.first().copied().map_or(json!(0), number));
        } else {
            item.insert("data".to_owned(), values.iter().copied().map(number).collect());
            item.insert("labels".to_owned(), period.buckets.labels().into());
            item.insert("days".to_owned(), period.buckets.days().into());
            item.insert("count".to_owned(), number(values.iter().sum()));
        }
        item.insert("filter".to_owned(), self.filter(period));
        if let Some(label) = period.label {
            item.insert("compare".to_owned(), true.into());
            item.insert("compare_label".to_owned(), label.into());
        }
        if self.query.breakdown.is_some() {
            item.insert("breakdown_value".to_owned(), self.breakdown_value(breakdown));
        }
        item
    }

    fn filter(&self, period: &Period) -> Value {
        let instant = |instant: DateTime<chrono::Utc>| {
            instant.with_timezone(&self.context.timezone).to_rfc3339_opts(SecondsFormat::AutoSi, true)
        };
        json!({
            "insight": "TRENDS",
            "entity_type": "events",
            "filter_test_accounts": self.query.filters_test_accounts,
            "date_from": instant(period.dates.range.from),
            "date_to": instant(period.dates.range.to),
            "interval": interval_name(self.query.interval),
        })
    }

    /// A list where the breakdown was asked for as one, even of one property.
    fn breakdown_value(&self, breakdown: &[BreakdownValue]) -> Value {
        let form = self.query.breakdown.as_ref().map(|filter| filter.form);
        match self.cohort(breakdown) {
            Some(BreakdownCohort::All) => return "all".into(),
            Some(BreakdownCohort::Id(id)) => return id.into(),
            None => {}
        }
        match breakdown {
            [value] if form != Some(BreakdownForm::Several) => shown(value).into(),
            values => values.iter().map(shown).collect(),
        }
    }

    fn breakdown_label(&self, breakdown: &[BreakdownValue]) -> Option<String> {
        self.query.breakdown.as_ref()?;
        if let Some(cohort) = self.cohort(breakdown) {
            return Some(cohort.name(self.context).to_owned());
        }
        Some(breakdown.iter().map(shown).collect::<Vec<_>>().join("::"))
    }
}

/// Whether it stands for all values beyond the limit.
pub(super) fn is_other(breakdown: &[BreakdownValue]) -> bool {
    breakdown.contains(&BreakdownValue::Other)
}

/// A value of a breakdown as it is shown.
pub(super) fn shown(value: &BreakdownValue) -> &str {
    match value {
        BreakdownValue::Text(text) => text,
        BreakdownValue::Null => NULL_VALUE,
        BreakdownValue::Other => OTHER_VALUE,
    }
}

/// The value that is shown so.
pub(super) fn value_of_shown(text: &str) -> BreakdownValue {
    match text {
        NULL_VALUE | "" => BreakdownValue::Null,
        OTHER_VALUE => BreakdownValue::Other,
        text => BreakdownValue::Text(text.into()),
    }
}

/// A number as JSON: whole ones without a fraction, as they are counted.
pub(super) fn number(value: f64) -> Value {
    /// Whole numbers up to here are exact.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= MAX_EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number that 64 bits hold exactly")]
        let whole = value as i64;
        whole.into()
    } else {
        json!(value)
    }
}

fn interval_name(interval: Interval) -> &'static str {
    match interval {
        Interval::Second => "second",
        Interval::Minute => "minute",
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_takes_the_mean_of_what_there_is_and_rounds_down() {
        let values = [1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 2.0, 0.0, 1.0, 0.0, 1.0];
        assert_eq!(smoothed(&values, 7), [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(smoothed(&values, 1), values);
        assert_eq!(smoothed(&[], 3), [0.0; 0]);
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        for (value, expected) in [(3.0, "3"), (-0.0, "0"), (0.5, "0.5"), (1e300, "1e+300"), (f64::NAN, "null")] {
            assert_eq!(number(value).to_string(), expected);
        }
    }
}
