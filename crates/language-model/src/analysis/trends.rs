//! Trends: the level and how it went, its rhythm, what stands out, who moved it.

use chrono::NaiveDateTime;
use query_engine::results::{BreakdownText, Period, Series};
use serde_json::Value;

use super::series::{Course, FEW_INTERVALS, Outlier, Pattern, Rhythm, Shape};
use super::statistics::mean;
use super::wording::{change, counted, instant, interval_words, name, number, per_interval, percent, when};
use super::{Analysis, FEW, Subject};

/// What the numbers of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// How often something was done: numbers of intervals add up.
    Events,
    /// By how many it was done: the same ones may be in several intervals.
    People,
    /// Anything else, such as a mean or a formula.
    Value,
    /// A percentage from 0 to 100.
    Rate,
}

impl Measure {
    /// What the series at `order` of `query` has.
    fn of(query: &Value, order: usize) -> Self {
        let filter = &query["trendsFilter"];
        let has_formula = [&filter["formula"], &filter["formulas"], &filter["formulaNodes"]].iter().any(|formula| {
            formula.as_str().is_some_and(|text| !text.is_empty())
                || formula.as_array().is_some_and(|list| !list.is_empty())
        });
        if has_formula {
            return Self::Value;
        }
        match query["series"][order]["math"].as_str() {
            None | Some("total" | "sum") => Self::Events,
            Some(
                "dau" | "weekly_active" | "monthly_active" | "unique_session" | "unique_group" | "first_time_for_user",
            ) => Self::People,
            Some(_) => Self::Value,
        }
    }

    fn is_count(self) -> bool {
        matches!(self, Self::Events | Self::People)
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::Rate => percent(value / 100.0),
            _ => number(value),
        }
    }
}

/// One line of a chart, read.
struct Told<'a> {
    label: String,
    measure: Measure,
    course: Course,
    series: &'a Series,
}

/// Analyses the answer to a `TrendsQuery`.
pub(super) fn analyze(subject: &Subject<'_>, series: &[Series]) -> Analysis {
    let is_current = |series: &&Series| series.period != Some(Period::Previous);
    if series.iter().filter(is_current).any(|series| series.aggregated_value.is_some()) {
        let current: Vec<&Series> = series.iter().filter(is_current).collect();
        return totals(subject, &current);
    }
    courses(subject, series, |order| Measure::of(subject.query, order))
}

/// Analyses the answer to a `FunnelsQuery` over time.
pub(super) fn analyze_rates(subject: &Subject<'_>, series: &[Series]) -> Analysis {
    courses(subject, series, |_| Measure::Rate)
}

fn courses(subject: &Subject<'_>, series: &[Series], measure: impl Fn(usize) -> Measure) -> Analysis {
    let cumulates = subject.query["trendsFilter"]["display"].as_str() == Some("ActionsLineGraphCumulative");
    let read = |series: &'_ Series| {
        let starts: Option<Vec<NaiveDateTime>> = series.days.iter().map(|day| instant(day)).collect();
        let mut values: Vec<f64> = series.data.iter().map(|value| value.unwrap_or(0.0)).collect();
        if cumulates {
            for position in (1..values.len()).rev() {
                values[position] -= values[position - 1];
            }
        }
        Some(Course::new(starts?, values, subject.interval, subject.now))
    };
    let told = |period: fn(Option<Period>) -> bool| -> Vec<Told<'_>> {
        let of_period = series.iter().filter(|series| period(series.period));
        let told = of_period.filter_map(|series| {
            let label = series.custom_name.clone().filter(|_| series.breakdown.is_none());
            let label = name(&label.unwrap_or_else(|| series.label.clone()));
            Some(Told { label, measure: measure(series.order), course: read(series)?, series })
        });
        told.collect()
    };
    let current = told(|period| period != Some(Period::Previous));
    let previous = told(|period| period == Some(Period::Previous));
    let Some(main) = main_course(&current) else {
        return nothing();
    };
    Writing { current: &current, previous: &previous, main: &main }.write()
}

fn nothing() -> Analysis {
    Analysis::new(
        "There is nothing to tell: no number in this range is above zero.",
        vec!["Every interval of every series is empty.".to_owned()],
        "Check the range, the filters and the names of the events.",
    )
}

/// What the headline is about: the sum of a breakdown's values where they add up, else the first series, or the largest value.
fn main_course<'a>(current: &'a [Told<'a>]) -> Option<Told<'a>> {
    let first_order = current.iter().map(|told| told.series.order).min()?;
    let of_first: Vec<&Told<'_>> = current.iter().filter(|told| told.series.order == first_order).collect();
    let total = |told: &&&Told<'_>| {
        told.course.values.iter().sum::<f64>() + told.course.running.map_or(0.0, |(_, value)| value)
    };
    let largest = of_first.iter().max_by(|a, b| total(a).total_cmp(&total(b)))?;
    let is_empty =
        of_first.iter().all(|told| total(&told) == 0.0 && told.course.values.iter().all(|value| *value == 0.0));
    if is_empty && current.iter().all(|told| total(&&told) == 0.0) {
        return None;
    }
    let is_one = largest.series.breakdown.is_none() || largest.measure != Measure::Events;
    let mut course = largest.course.clone();
    let mut label = largest.label.clone();
    if !is_one {
        for other in of_first.iter().filter(|told| !std::ptr::eq(**told, *largest)) {
            for (sum, value) in course.values.iter_mut().zip(&other.course.values) {
                *sum += value;
            }
            if let (Some((_, sum)), Some((_, value))) = (&mut course.running, other.course.running) {
                *sum += value;
            }
        }
        label = "All values together".to_owned();
    }
    Some(Told { label, measure: largest.measure, course, series: largest.series })
}

struct Writing<'a> {
    current: &'a [Told<'a>],
    previous: &'a [Told<'a>],
    main: &'a Told<'a>,
}

impl Writing<'_> {
    fn write(&self) -> Analysis {
        let Told { label, measure, course, .. } = self.main;
        let n = course.values.len();
        let sum: f64 = course.values.iter().sum();
        if n < FEW_INTERVALS || (measure.is_count() && sum < FEW) {
            return self.too_little(n, sum);
        }
        let pattern = course.pattern(measure.is_count());
        let level = usual_level(course, pattern.outlier);
        let range = format!("{} {}", number(n as f64), interval_words(course.interval).1);
        let show = |value: f64| measure.show(value);
        let per = if *measure == Measure::Rate { String::new() } else { format!(" {}", per_interval(course.interval)) };
        let headline = match pattern.shape {
            Shape::Level => format!("{label} held steady around {}{per} over {range}.", show(level)),
            Shape::Slope { from, to } => {
                format!(
                    "{label} {} {} over {range}, from about {} to about {}{per}.",
                    went(from, to),
                    change_of(from, to),
                    show(from),
                    show(to)
                )
            }
            Shape::Step { at, from, to } => format!(
                "{label} {} {} {}, from about {} to about {}{per}.",
                jumped(from, to),
                change_of(from, to),
                when(course.starts[at], course.interval),
                show(from),
                show(to)
            ),
        };
        Analysis::new(headline, self.points(&pattern, n, sum), self.takeaway(&pattern))
    }

    fn too_little(&self, n: usize, sum: f64) -> Analysis {
        let Told { label, measure, course, .. } = self.main;
        let (one, many) = interval_words(course.interval);
        let complete = counted(n as f64, (&format!("complete {one}"), &format!("complete {many}")));
        let headline = match measure {
            Measure::Events => {
                format!("{label} came to {} in {complete}: too few to tell a trend from chance.", number(sum))
            }
            _ => format!(
                "{label} was {} in the mean of {complete}: too little to tell a trend from chance.",
                measure.show(mean(&course.values))
            ),
        };
        let mut points = Vec::new();
        points.extend(self.compared());
        points.extend(self.busiest());
        points.extend(self.share());
        points.extend(self.running());
        Analysis::new(headline, points, "Look at a longer range, or come back when there is more.")
    }

    fn points(&self, pattern: &Pattern, n: usize, sum: f64) -> Vec<String> {
        let Told { measure, course, .. } = self.main;
        let mut points: Vec<String> = Vec::new();
        points.extend(self.running());
        points.extend(self.compared());
        points.extend(self.movers());
        points.extend(pattern.outlier.map(|outlier| self.outlier(outlier)));
        points.extend(pattern.rhythm.map(rhythm));
        points.extend(self.share());
        points.extend(self.others());
        if points.len() < 3 {
            let level = measure.show(mean(&course.values));
            let per = per_interval(course.interval);
            points.push(match measure {
                Measure::Events => format!("The total is {}, in the mean {level} {per}.", number(sum)),
                _ => format!("The mean of {} {} is {level}.", number(n as f64), interval_words(course.interval).1),
            });
        }
        points.extend(self.busiest());
        points
    }

    /// An interval that is not over is no drop.
    fn running(&self) -> Option<String> {
        let Told { measure, course, .. } = self.main;
        let (start, value) = course.running?;
        let (one, _) = interval_words(course.interval);
        let begun = when(start, course.interval);
        Some(format!(
            "The {one} that began {begun} is still running, with {} so far; it is left out of all comparisons.",
            measure.show(value)
        ))
    }

    /// Against the period before: as many intervals of each as are complete.
    fn compared(&self) -> Option<String> {
        let Told { measure, .. } = self.main;
        let before = main_course(self.previous)?;
        let n = self.main.course.values.len().min(before.course.values.len());
        if n == 0 {
            return None;
        }
        let sum = |course: &Course| course.values[..n].iter().sum::<f64>();
        let (now, earlier) = (sum(&self.main.course), sum(&before.course));
        let (now, earlier) =
            if *measure == Measure::Events { (now, earlier) } else { (now / n as f64, earlier / n as f64) };
        if earlier == 0.0 {
            return Some(format!("The period before had none, this one {}.", measure.show(now)));
        }
        let what = if *measure == Measure::Events { "" } else { ", in the mean" };
        let numbers = format!("{} against {}{what}", measure.show(now), measure.show(earlier));
        let is_chance = measure.is_count() && (now - earlier).abs() < 2.0 * (now + earlier).sqrt();
        Some(if now == earlier {
            format!("It is the same as in the period before: {numbers}.")
        } else if is_chance {
            format!(
                "Against the period before it is {} {}, which may be chance: {numbers}.",
                up(earlier, now),
                change_of(earlier, now)
            )
        } else {
            format!("Against the period before it is {} {}: {numbers}.", up(earlier, now), change_of(earlier, now))
        })
    }

    /// The value of the breakdown that changed most between the two halves of the range.
    fn movers(&self) -> Option<String> {
        let n = self.main.course.values.len();
        if self.main.measure != Measure::Events || n < FEW_INTERVALS {
            return None;
        }
        let half = n / 2;
        let moved = |told: &Told<'_>| {
            let value = breakdown(told)?;
            let (before, after) = (told.course.values.get(..half)?, told.course.values.get(n - half..)?);
            let (before, after) = (before.iter().sum::<f64>(), after.iter().sum::<f64>());
            let is_sure = (after - before).abs() > 4.0 * (after + before).sqrt();
            is_sure.then_some((value, before, after))
        };
        let of_main = self.current.iter().filter(|told| told.series.order == self.main.series.order);
        let (value, before, after) =
            of_main.filter_map(moved).max_by(|a, b| (a.2 - a.1).abs().total_cmp(&(b.2 - b.1).abs()))?;
        Some(if before == 0.0 {
            format!("{value} is new: {} in the second half of the range, none in the first.", number(after))
        } else {
            format!(
                "{value} moved most: {} {} from the first half of the range to the second ({} to {}).",
                up(before, after),
                change_of(before, after),
                number(before),
                number(after)
            )
        })
    }

    /// How much of all the largest value of the breakdown has.
    fn share(&self) -> Option<String> {
        if self.main.measure != Measure::Events {
            return None;
        }
        let of_main = self.current.iter().filter(|told| told.series.order == self.main.series.order);
        let totals: Vec<(String, f64)> =
            of_main.filter_map(|told| Some((breakdown(told)?, told.course.values.iter().sum()))).collect();
        share_of_largest(&totals)
    }

    /// The largest of the other series, beside the one of the headline.
    fn others(&self) -> Option<String> {
        let others = self
            .current
            .iter()
            .filter(|told| told.series.order != self.main.series.order && told.series.breakdown.is_none());
        let told: Vec<String> = others
            .take(2)
            .map(|told| {
                let level = told.measure.show(mean(&told.course.values));
                let pattern = told.course.pattern(told.measure.is_count());
                let how = match pattern.shape {
                    Shape::Slope { from, to } | Shape::Step { from, to, .. } => {
                        format!(" and {} {}", went(from, to), change_of(from, to))
                    }
                    Shape::Level => String::new(),
                };
                format!("{} averages {level} {}{how}", told.label, per_interval(told.course.interval))
            })
            .collect();
        (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
    }

    fn busiest(&self) -> Option<String> {
        let Told { measure, course, .. } = self.main;
        let by_value = |a: &(usize, &f64), b: &(usize, &f64)| a.1.total_cmp(b.1);
        let (at, highest) = course.values.iter().enumerate().max_by(by_value)?;
        let (low_at, lowest) = course.values.iter().enumerate().min_by(by_value)?;
        (highest > lowest).then(|| {
            format!(
                "The highest number is {} {}, the lowest {} {}.",
                measure.show(*highest),
                when(course.starts[at], course.interval),
                measure.show(*lowest),
                when(course.starts[low_at], course.interval)
            )
        })
    }

    fn outlier(&self, outlier: Outlier) -> String {
        let Told { measure, course, .. } = self.main;
        let side = if outlier.value > outlier.expected { "above" } else { "below" };
        format!(
            "{} stands out {}, far {side} the {} that the other intervals lead to expect.",
            measure.show(outlier.value),
            when(course.starts[outlier.at], course.interval),
            measure.show(outlier.expected)
        )
    }

    fn takeaway(&self, pattern: &Pattern) -> String {
        let course = &self.main.course;
        match (pattern.shape, pattern.outlier, pattern.rhythm) {
            (Shape::Step { at, .. }, _, _) => {
                format!("Look for what changed {}: a release, a campaign or the tracking itself.", when(course.starts[at], course.interval))
            }
            (Shape::Slope { from, to }, _, _) if to > from => {
                "The rise is steady, not the work of single days: break it down to see who carries it.".to_owned()
            }
            (Shape::Slope { .. }, _, _) => "The fall is steady: break it down to see who stays away.".to_owned(),
            (Shape::Level, Some(outlier), _) => {
                format!("The level has not changed, but what happened {} is worth a look.", when(course.starts[outlier.at], course.interval))
            }
            (Shape::Level, None, Some(_)) => {
                "The level has not changed: compare with the same time of an earlier week or day, not with the interval before.".to_owned()
            }
            (Shape::Level, None, None) => "Nothing stands out: the numbers vary as chance would have it.".to_owned(),
        }
    }
}

/// The mean without the interval that stands out.
fn usual_level(course: &Course, outlier: Option<Outlier>) -> f64 {
    let usual = course.values.iter().enumerate().filter(|(at, _)| outlier.is_none_or(|outlier| outlier.at != *at));
    mean(&usual.map(|(_, value)| *value).collect::<Vec<_>>())
}

fn rhythm(rhythm: Rhythm) -> String {
    const DAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
    match rhythm {
        Rhythm::Weekend { part } if part < 1.0 => {
            format!("Weekends lie {} below the other days, week after week.", percent(1.0 - part))
        }
        Rhythm::Weekend { part } => {
            format!("Weekends lie {} above the other days, week after week.", percent(part - 1.0))
        }
        Rhythm::Weekday { busiest, quietest, part } => format!(
            "There is a weekly rhythm: {} are the busiest, {} above the mean, {} the quietest.",
            DAYS[busiest],
            percent(part - 1.0),
            DAYS[quietest]
        ),
        Rhythm::Hour { busiest, quietest, part } => format!(
            "There is a daily rhythm: the hour from {busiest}:00 is the busiest, {} above the mean, that from {quietest}:00 the quietest.",
            percent(part - 1.0)
        ),
    }
}

/// Numbers of the whole range, one for each series or value.
fn totals(subject: &Subject<'_>, series: &[&Series]) -> Analysis {
    let value = |series: &Series| series.aggregated_value.unwrap_or(0.0);
    let largest = series.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
    let Some(largest) = largest.filter(|largest| value(largest) != 0.0) else { return nothing() };
    let measure = Measure::of(subject.query, largest.order);
    let shown = |series: &Series| {
        let label = series
            .breakdown
            .as_ref()
            .map_or_else(|| series.custom_name.clone().unwrap_or_else(|| series.label.clone()), ToString::to_string);
        name(&label)
    };
    if series.len() == 1 {
        return Analysis::new(
            format!("{} comes to {} over the whole range.", shown(largest), measure.show(value(largest))),
            vec![
                "It is one number for all, without parts to compare.".to_owned(),
                "Shown by day it would tell how it came about.".to_owned(),
            ],
            "Break it down or show it over time to see what it is made of.",
        );
    }
    let mut ordered: Vec<(String, f64)> = series.iter().map(|series| (shown(series), value(series))).collect();
    ordered.sort_by(|a, b| b.1.total_cmp(&a.1));
    let adds_up = measure == Measure::Events && series.iter().all(|other| other.order == largest.order);
    let headline = format!(
        "{} is the largest of {}, with {}.",
        ordered[0].0,
        number(ordered.len() as f64),
        measure.show(ordered[0].1)
    );
    let mut points = Vec::new();
    points.extend(if adds_up { share_of_largest(&ordered) } else { None });
    points.push(format!("{} follows with {}.", ordered[1].0, measure.show(ordered[1].1)));
    let last = &ordered[ordered.len() - 1];
    if ordered.len() > 2 {
        points.push(format!("{} is the smallest, with {}.", last.0, measure.show(last.1)));
    } else if points.len() < 2 {
        points.push(format!("Together there are {} numbers in the answer.", ordered.len()));
    }
    let top_has_most = ordered[0].1 > ordered.iter().skip(1).map(|(_, value)| value).sum::<f64>();
    let takeaway = match top_has_most && adds_up {
        true => format!("Most of it is {}: what changes there changes the whole.", ordered[0].0),
        false => {
            "No single part makes up the whole: compare the parts over time before drawing a conclusion.".to_owned()
        }
    };
    Analysis::new(headline, points, takeaway)
}

fn share_of_largest(totals: &[(String, f64)]) -> Option<String> {
    let sum: f64 = totals.iter().map(|(_, total)| total).sum();
    let (label, largest) = totals.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (totals.len() > 1 && sum > 0.0).then(|| {
        format!("{label} has the largest share: {} of {} ({}).", number(*largest), number(sum), percent(largest / sum))
    })
}

/// The value that a series is of, unless it is of all that are beyond the limit.
fn breakdown(told: &Told<'_>) -> Option<String> {
    let values = told.series.breakdown.as_ref()?;
    (!values.0.contains(&BreakdownText::Other)).then(|| match values.0.as_slice() {
        [BreakdownText::Missing] => "What has no value".to_owned(),
        _ => name(&values.to_string()),
    })
}

fn went(from: f64, to: f64) -> &'static str {
    if to > from { "rose" } else { "fell" }
}

fn jumped(from: f64, to: f64) -> &'static str {
    if to > from { "jumped" } else { "dropped" }
}

fn up(from: f64, to: f64) -> &'static str {
    if to > from { "up" } else { "down" }
}

/// By how much, in words that fit after a verb; percent says nothing of what begins at nothing.
fn change_of(from: f64, to: f64) -> String {
    if from > 0.0 { change(from, to) } else { format!("by {}", number((to - from).abs())) }
}
