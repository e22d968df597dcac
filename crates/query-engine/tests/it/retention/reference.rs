//! Retention as slowly and obviously as it can be said: every actor, row and column on its own, by searching through all events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};

use super::question::{Breakdown, Fact, Kind, Period, Question};

/// The numbers of one value of the breakdown: actors and what is added up, by row and column.
pub(super) type Matrix = Vec<Vec<(u64, f64)>>;

/// What is added up in each cell, by row and column, that somebody is in.
type Cells = BTreeMap<(usize, usize), f64>;

/// A fact and when it was.
#[derive(Clone, Copy, Debug)]
struct Event<'a> {
    fact: &'a Fact,
    at: DateTime<Utc>,
}

/// The matrix of each value, in the order of the answer; `None` for all others.
pub(super) fn evaluate(question: &Question, facts: &[Fact]) -> Vec<(Option<String>, Matrix)> {
    let midnight = question.day.and_time(NaiveTime::MIN).and_utc();
    let events = facts.iter().map(|fact| Event { fact, at: midnight + TimeDelta::minutes(fact.minute) });
    let events: Vec<_> = events.filter(|event| !question.only_paid || event.fact.revenue.is_some()).collect();
    let mut by_actor: BTreeMap<String, Vec<Event<'_>>> = BTreeMap::new();
    for event in events {
        let actor = if question.by_company {
            event.fact.company.unwrap_or_default().to_owned()
        } else {
            format!("person {}", event.fact.person)
        };
        if !actor.is_empty() {
            by_actor.entry(actor).or_default().push(event);
        }
    }
    let rows = rows(question);
    let mut by_value: BTreeMap<String, Matrix> = BTreeMap::new();
    for events in by_actor.into_values() {
        for (value, cells) in cells(question, &rows, &events) {
            let zeros = || vec![vec![(0, 0.0); n_columns(question)]; rows.len() - 1];
            let matrix = by_value.entry(value).or_insert_with(zeros);
            for ((row, column), sum) in cells {
                matrix[row][column].0 += 1;
                matrix[row][column].1 += sum;
            }
        }
    }
    if question.averages == Some(true) {
        for (count, sum) in by_value.values_mut().flatten().flatten().filter(|(count, _)| *count > 0) {
            *sum /= *count as f64;
        }
    }
    let n_begun = |matrix: &Matrix| matrix.iter().map(|row| row[0].0).sum::<u64>();
    let mut values: Vec<_> = by_value.into_iter().filter(|(_, matrix)| n_begun(matrix) > 0).collect();
    let Some((_, limit)) = question.breakdown else {
        let zeros = vec![vec![(0, 0.0); n_columns(question)]; rows.len() - 1];
        return vec![(None, values.pop().map_or(zeros, |(_, matrix)| matrix))];
    };
    values.sort_by_key(|(_, matrix)| std::cmp::Reverse(n_begun(matrix)));
    let others = values.split_off(values.len().min(limit));
    let mut shown: Vec<_> = values.into_iter().map(|(value, matrix)| (Some(value), matrix)).collect();
    let others = others.into_iter().map(|(_, matrix)| matrix).reduce(|mut sum, matrix| {
        for (cell, other) in sum.iter_mut().flatten().zip(matrix.iter().flatten()) {
            *cell = (cell.0 + other.0, cell.1 + other.1);
        }
        sum
    });
    shown.extend(others.map(|matrix| (Some("$$_posthog_breakdown_other_$$".to_owned()), matrix)));
    shown
}

/// The cells of one actor with the actor's sums, for each value.
fn cells(question: &Question, rows: &[DateTime<Utc>], events: &[Event<'_>]) -> Vec<(String, Cells)> {
    let value = |event: &Event<'_>| match question.breakdown {
        None => String::new(),
        Some((Breakdown::Browser, _)) => event.fact.browser.unwrap_or_default().to_owned(),
        Some((Breakdown::Tier, _)) => tier(event.fact.person).to_owned(),
    };
    let end = rows[rows.len() - 1];
    let ends_with_range = !question.is_rolling || question.kind == Kind::Recurring;
    let events: Vec<_> = events.iter().copied().filter(|event| !ends_with_range || event.at < end).collect();
    if question.kind == Kind::FirstEver {
        let first = events.iter().filter(|event| is_named(event, question.target)).map(|event| event.at).min();
        let of_first = events.iter().filter(|event| is_named(event, question.target) && Some(event.at) == first);
        let Some(value) = of_first.map(value).min() else { return Vec::new() };
        return vec![(value, cells_of_one(question, rows, &events, &events))];
    }
    let values: BTreeSet<String> = events.iter().map(value).collect();
    let of_value = values.into_iter().map(|wanted| {
        let own: Vec<_> = events.iter().copied().filter(|event| value(event) == wanted).collect();
        let beginning = if question.is_rolling { &events } else { &own };
        let cells = cells_of_one(question, rows, beginning, &own);
        (wanted, cells)
    });
    of_value.collect()
}

/// The cells of an actor who begins with one of the events `beginning` and does `own`.
fn cells_of_one(question: &Question, rows: &[DateTime<Utc>], beginning: &[Event<'_>], own: &[Event<'_>]) -> Cells {
    let is_start = |event: &&Event<'_>| {
        let browser = question.target_browser;
        is_named(event, question.target) && (browser.is_none() || event.fact.browser == browser)
    };
    let is_return = |event: &&Event<'_>| is_named(event, question.returning);
    let revenue = |event: &Event<'_>| event.fact.revenue.filter(|_| question.averages.is_some()).map_or(0.0, f64::from);
    let row = |event: &Event<'_>| rows.windows(2).position(|row| row[0] <= event.at && event.at < row[1]);
    // the one beginning, where there is but one
    let starts = beginning.iter().filter(is_start);
    let first = match question.kind {
        Kind::Recurring => starts.filter(|event| row(event).is_some()).map(|event| event.at).min(),
        Kind::FirstTime => starts.map(|event| event.at).min(),
        Kind::FirstEver => {
            let named = beginning.iter().filter(|event| is_named(event, question.target));
            let first = named.map(|event| event.at).min();
            starts.map(|event| event.at).min().filter(|at| Some(*at) == first)
        }
    };
    let Some(first) = first.filter(|first| *first >= rows[0]) else { return Cells::new() };
    let mut cells = Cells::new();
    if question.is_rolling {
        let (begun, n_units) = (unit(question, rows[0], first), units_an_interval(question));
        let relevant = own.iter().any(|event| (is_start(&event) || is_return(&event)) && event.at >= first);
        let row = usize::try_from(begun / n_units).unwrap();
        if row >= rows.len() - 1 || !relevant {
            return cells;
        }
        cells.insert((row, 0), 0.0);
        for event in own.iter().filter(is_return).filter(|event| event.at >= first) {
            let n = (unit(question, rows[0], event.at) - begun) / n_units;
            if let Some(column) = column(question, usize::try_from(n).unwrap()) {
                cells.insert((row, column), 0.0);
            }
        }
        return cells;
    }
    let starts: BTreeSet<usize> = own.iter().filter(is_start).filter_map(&row).collect();
    let first_start = starts.first().copied();
    for &start in &starts {
        let in_row = |event: &&Event<'_>| row(event) == Some(start);
        if question.kind != Kind::Recurring
            && !own.iter().filter(is_start).filter(in_row).any(|event| event.at == first)
        {
            continue;
        }
        let is_same = question.target == question.returning && question.target_browser.is_none();
        let begun = own.iter().filter(is_start).filter(in_row).map(|event| event.at).min().unwrap();
        let in_column_0: f64 = if is_same {
            own.iter().filter(is_start).filter(in_row).map(&revenue).sum()
        } else {
            own.iter().filter(is_return).filter(in_row).filter(|event| event.at > begun).map(&revenue).sum()
        };
        cells.insert((start, 0), in_column_0);
        let base = if question.brackets.is_empty() { start } else { first_start.unwrap() };
        let mut later: BTreeMap<usize, f64> = BTreeMap::new();
        for returned in base + 1..rows.len() - 1 {
            let events: Vec<_> = own.iter().filter(is_return).filter(|event| row(event) == Some(returned)).collect();
            let wanted = if question.averages.is_some() { 1 } else { question.min_occurrences as usize };
            if let Some(column) = column(question, returned - base).filter(|_| events.len() >= wanted) {
                *later.entry(column).or_default() += events.into_iter().map(&revenue).sum::<f64>();
            }
        }
        if question.is_cumulative {
            let last = later.keys().max().copied().unwrap_or(0);
            later = (1..=last).map(|column| (column, 0.0)).collect();
        }
        cells.extend(later.into_iter().map(|(column, sum)| ((start, column), sum)));
    }
    cells
}

fn is_named(event: &Event<'_>, name: Option<&str>) -> bool {
    name.is_none_or(|name| event.fact.event == name)
}

/// A property of persons.
pub(super) fn tier(person: u8) -> &'static str {
    if person % 2 == 1 { "odd" } else { "" }
}

fn n_columns(question: &Question) -> usize {
    if question.brackets.is_empty() { question.n_intervals as usize } else { question.brackets.len() + 1 }
}

/// The column that is so many intervals after the first.
fn column(question: &Question, n: usize) -> Option<usize> {
    if question.brackets.is_empty() {
        return (n < question.n_intervals as usize).then_some(n);
    }
    let sizes = question.brackets.iter().enumerate();
    let columns = std::iter::once(0).chain(sizes.flat_map(|(index, size)| vec![index + 1; *size as usize]));
    columns.collect::<Vec<_>>().get(n).copied()
}

/// Where rows begin and the last one ends.
fn rows(question: &Question) -> Vec<DateTime<Utc>> {
    let zone = question.zone;
    let midnight =
        |day: NaiveDate| zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest().unwrap().to_utc();
    if question.period == Period::Hour {
        let last = zone.from_local_datetime(&question.day.and_hms_opt(12, 0, 0).unwrap()).unwrap().to_utc();
        let first = match question.from {
            None => last - TimeDelta::hours(i64::from(question.n_intervals) - 1),
            Some(n) => {
                let local = question.day.and_hms_opt(12, 0, 0).unwrap() - TimeDelta::hours(n.into());
                zone.from_local_datetime(&local).earliest().unwrap().to_utc()
            }
        };
        let mut edges = vec![first];
        while edges[edges.len() - 1] <= last {
            edges.push(edges[edges.len() - 1] + TimeDelta::hours(1));
        }
        return edges;
    }
    let first_weekday = if question.week_starts_on_monday { Weekday::Mon } else { Weekday::Sun };
    let start = |day: NaiveDate| match question.period {
        Period::Hour | Period::Day => day,
        Period::Week => day.week(first_weekday).first_day(),
        Period::Month => day.with_day(1).unwrap(),
    };
    let moved = |day: NaiveDate, n: u32| match question.period {
        Period::Hour | Period::Day => day + Days::new(n.into()),
        Period::Week => day + Days::new(7 * u64::from(n)),
        Period::Month => day + Months::new(n),
    };
    let last = start(question.day);
    let n_back = question.n_intervals - 1;
    let first = match (question.from, question.period) {
        (Some(n), _) => start(question.day - Days::new(n.into())),
        (None, Period::Hour | Period::Day) => last - Days::new(n_back.into()),
        (None, Period::Week) => last - Days::new(7 * u64::from(n_back)),
        (None, Period::Month) => last - Months::new(n_back),
    };
    let mut days = vec![first];
    while days[days.len() - 1] <= last {
        days.push(moved(days[days.len() - 1], 1));
    }
    days.into_iter().map(midnight).collect()
}

/// The number of the hour, or of the day where intervals are longer than that, since the first row began.
fn unit(question: &Question, from: DateTime<Utc>, at: DateTime<Utc>) -> i64 {
    match question.period {
        Period::Hour | Period::Day => (at - from).num_hours(),
        Period::Week | Period::Month => {
            let day = |at: DateTime<Utc>| at.with_timezone(&question.zone).date_naive();
            (day(at) - day(from)).num_days()
        }
    }
}

fn units_an_interval(question: &Question) -> i64 {
    match question.period {
        Period::Hour => 1,
        Period::Day => 24,
        Period::Week => 7,
        Period::Month => 30,
    }
}
