//! Cohorts by their definition, with no thought of speed.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};
use query_engine::field::Field;
use query_engine::predicate::{OneOf, Predicate, Test};
use query_engine::scan::EventColumn;

use super::criteria::{Ago, Case, Criteria, Criterion, How, LISTED, Property, What, When};
use crate::world::Fact;
use crate::world::generate::midnight_us;

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3_600 * SECOND_US;

/// First instant, and the first that is too late.
type Span = (i64, i64);

/// The first distinct ids of the persons of cohort 3.
pub(super) fn members(case: &Case) -> Vec<String> {
    let persons = 0..case.world.persons.len() as u32;
    let somebody = persons.filter(|person| case.world.created_at_us(*person) != i64::MAX);
    somebody.filter(|person| is_in(case, &case.three, *person)).map(|person| format!("a{person}")).collect()
}

fn is_in(case: &Case, criteria: &Criteria, person: u32) -> bool {
    match criteria {
        Criteria::All(parts) => parts.iter().all(|part| is_in(case, part, person)),
        Criteria::Any(parts) => parts.iter().any(|part| is_in(case, part, person)),
        Criteria::One { criterion, negated } => meets(case, criterion, person) != *negated,
    }
}

fn meets(case: &Case, criterion: &Criterion, person: u32) -> bool {
    match criterion {
        Criterion::Person(property) => {
            let properties = &case.world.persons[person as usize];
            let value = properties.get(property.key).cloned().unwrap_or_default();
            test(property).passes(&value)
        }
        Criterion::Cohort(1) => is_in(case, &case.one, person),
        Criterion::Cohort(_) => LISTED.iter().any(|id| id[1..] == person.to_string()),
        Criterion::Did { what, filter, how } => did(case, person, *what, filter.as_ref(), how),
    }
}

fn did(case: &Case, person: u32, what: What, filter: Option<&Property>, how: &How) -> bool {
    let own: Vec<&Fact> = case.world.facts.iter().filter(|fact| fact.person == person).collect();
    let passes = |fact: &Fact| filter.is_none_or(|filter| has(case, filter, fact));
    let is_it = |fact: &&&Fact| is_of(case, what, fact) && passes(fact);
    let count = |span: Span| own.iter().filter(is_it).filter(|fact| within(span, fact)).count() as u64;
    let first_within = |span: Span| {
        let all = || own.iter().filter(|fact| is_of(case, what, fact));
        let first_us = all().map(|fact| fact.timestamp_us).min();
        all().any(|fact| Some(fact.timestamp_us) == first_us && within(span, fact) && passes(fact))
    };
    match how {
        How::Performed(when) => count(days(case, *when)) > 0,
        How::FirstTime(when) => first_within(days(case, *when)),
        How::Multiple { when, relation, n } => {
            let times = count(instants(case, *when));
            times > 0 && relation.holds(times.cmp(n))
        }
        How::Sequence { when, then, window } => {
            let span = days(case, *when);
            let follows = |first: usize, second: usize| {
                let apart_us = own[second].timestamp_us - own[first].timestamp_us;
                first != second && (0..=window_us(*window)).contains(&apart_us)
            };
            let is_first = |n: &usize| is_it(&&own[*n]) && within(span, own[*n]);
            let is_second = |n: &usize| is_of(case, *then, own[*n]) && within(span, own[*n]);
            (0..own.len())
                .filter(is_first)
                .any(|first| (0..own.len()).filter(is_second).any(|second| follows(first, second)))
        }
        How::Stopped { since, before } => count(days(case, *since)) > 0 && count(days(case, When::Since(*before))) == 0,
        How::Restarted { since, before } => {
            let recent = days(case, When::Since(*before));
            let earlier = (days(case, When::Since(*since)).0, end_of_day_us(case, back(case, *before)));
            count(recent) > 0 && !first_within(recent) && count(earlier) == 0
        }
        How::Regularly { period, relation, n, min_periods, total_periods } => {
            let n_met = periods(case, *period, *total_periods).into_iter().filter(|span| {
                let times = count(*span);
                times > 0 && relation.holds(times.cmp(n))
            });
            n_met.count() as u64 >= *min_periods
        }
    }
}

fn test(property: &Property) -> Test {
    property.is.map_or(Test::IsSet, |text| Test::OneOf(OneOf::new([text])))
}

fn has(case: &Case, property: &Property, fact: &Fact) -> bool {
    let field = Field::Event(EventColumn::Property(property.key.to_owned()));
    case.world.satisfies(&Predicate::test(field, test(property)), fact)
}

fn is_of(case: &Case, what: What, fact: &Fact) -> bool {
    match what {
        What::Event(name) => fact.event == name,
        What::Action => fact.event == "b" || fact.event == "a" && has(case, &Property { key: "p", is: None }, fact),
    }
}

fn within(span: Span, fact: &Fact) -> bool {
    span.0 <= fact.timestamp_us && fact.timestamp_us < span.1
}

/// From the beginning of the day to the end of the day; from the beginning of the hour where it is so many hours or minutes ago.
fn days(case: &Case, when: When) -> Span {
    match when {
        When::Since(ago) => {
            let at = back(case, ago);
            let from_us = match ago.unit {
                "minute" | "hour" => start_of_hour_us(case, at),
                _ => midnight_us(local_day(case, at), case.zone),
            };
            (from_us, end_of_day_us(case, case.now))
        }
        When::Dates { from, to } => {
            let until_us = match to {
                None => end_of_day_us(case, case.now),
                Some(to) => midnight_us(to + Days::new(1), case.zone),
            };
            (midnight_us(from, case.zone), until_us)
        }
    }
}

/// Between two instants, neither of which is in it.
fn instants(case: &Case, when: When) -> Span {
    let soon_us = case.now.timestamp_micros() + 5 * SECOND_US;
    match when {
        When::Since(ago) => (back(case, ago).timestamp_micros() + 1, soon_us),
        When::Dates { from, to } => {
            (midnight_us(from, case.zone) + 1, to.map_or(soon_us, |to| midnight_us(to, case.zone)))
        }
    }
}

/// The periods up to the end of yesterday, or of the minute or hour before, the last first; the earliest may begin late.
fn periods(case: &Case, period: Ago, total: u64) -> Vec<Span> {
    let (n, unit) = if period.unit == "year" { (period.n * 12, "month") } else { (period.n, period.unit) };
    let all = back(case, Ago { n: n * total as u32, unit });
    let last_unit = if matches!(unit, "minute" | "hour") { unit } else { "day" };
    let last = back(case, Ago { n: 1, unit: last_unit });
    let from_us = match unit {
        "minute" => all.timestamp_micros(),
        "hour" => start_of_hour_us(case, all),
        "month" => {
            let day = local_day(case, all);
            midnight_us(day - Days::new(u64::from(day.day0())), case.zone)
        }
        _ => midnight_us(local_day(case, all), case.zone),
    };
    let end_us = match unit {
        "minute" => (last.timestamp_micros() / (60 * SECOND_US) + 1) * 60 * SECOND_US,
        "hour" => start_of_hour_us(case, last) + HOUR_US,
        _ => end_of_day_us(case, last),
    };
    let last_day = local_day(case, last);
    let edge = |n_back: u32| match unit {
        "minute" => end_us - i64::from(n_back) * 60 * SECOND_US,
        "hour" => end_us - i64::from(n_back) * HOUR_US,
        "month" => midnight_us(last_day - Months::new(n_back) + Days::new(1), case.zone),
        unit => {
            let n_days = if unit == "week" { 7 } else { 1 };
            midnight_us(last_day - Days::new(u64::from(n_back) * n_days) + Days::new(1), case.zone)
        }
    };
    let mut spans = Vec::new();
    for n_back in 0.. {
        let span = (edge((n_back + 1) * n).max(from_us), edge(n_back * n));
        if span.1 <= from_us {
            break;
        }
        spans.push(span);
    }
    spans
}

/// So long before now, by the calendar of the zone.
fn back(case: &Case, ago: Ago) -> DateTime<Utc> {
    let now = case.now.with_timezone(&case.zone).naive_local();
    let n = ago.n;
    let local = match ago.unit {
        "minute" => return case.now - TimeDelta::minutes(i64::from(n)),
        "hour" => return case.now - TimeDelta::hours(i64::from(n)),
        "day" => now - Days::new(u64::from(n)),
        "week" => now - Days::new(u64::from(n) * 7),
        "month" => now - Months::new(n),
        _ => now - Months::new(n * 12),
    };
    // a time that clocks show twice is the earlier; one that they skip is meant by the clock of before
    let offset = |local: chrono::NaiveDateTime| local.and_local_timezone(case.zone);
    let found = offset(local).earliest().unwrap_or_else(|| {
        offset(local - TimeDelta::hours(3)).earliest().expect("clocks skip less than three hours") + TimeDelta::hours(3)
    });
    found.with_timezone(&Utc)
}

fn local_day(case: &Case, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&case.zone).date_naive()
}

fn end_of_day_us(case: &Case, at: DateTime<Utc>) -> i64 {
    midnight_us(local_day(case, at) + Days::new(1), case.zone)
}

/// By the hours of UTC, moved by the zone's offset.
fn start_of_hour_us(case: &Case, at: DateTime<Utc>) -> i64 {
    use chrono::Offset as _;
    let offset_us = i64::from(at.with_timezone(&case.zone).offset().fix().local_minus_utc()) * SECOND_US;
    (at.timestamp_micros() + offset_us).div_euclid(HOUR_US) * HOUR_US - offset_us
}

fn window_us(ago: Ago) -> i64 {
    let seconds = match ago.unit {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        "month" => 2_592_000,
        _ => 31_536_000,
    };
    i64::from(ago.n) * seconds * SECOND_US
}
