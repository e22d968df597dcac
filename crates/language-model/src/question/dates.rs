//! When: the words of a question that say over which time it asks.

mod moment;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use self::moment::Moment;
use super::words::Sentence;

/// The day on which a question is asked, and on which weeks begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Today, in the project's time zone.
    pub today: NaiveDate,
    /// The first day of a week.
    pub week_start: Weekday,
}

/// A stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    /// `date_from` of a query; `all` for everything.
    pub(super) from: String,
    /// `date_to`; `None` for now.
    pub(super) to: Option<String>,
    /// How one says it.
    pub(super) said: String,
    /// The first day; `None` for that of the first event.
    pub(super) first: Option<NaiveDate>,
    /// The last day; `None` for today.
    pub(super) last: Option<NaiveDate>,
    /// So many units up to now, where that is what it is.
    pub(super) rolling: Option<(u32, Unit)>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    /// The unit that `word` names.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "minute" | "minutes" | "min" | "mins" => Self::Minute,
            "hour" | "hours" | "hr" | "hrs" | "h" => Self::Hour,
            "day" | "days" | "d" => Self::Day,
            "week" | "weeks" | "wk" | "wks" | "w" => Self::Week,
            "month" | "months" | "mo" | "mos" => Self::Month,
            "quarter" | "quarters" => Self::Quarter,
            "year" | "years" | "yr" | "yrs" | "y" => Self::Year,
            _ => return None,
        })
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Minute => 'M',
            Self::Hour => 'h',
            Self::Day => 'd',
            Self::Week => 'w',
            Self::Month => 'm',
            Self::Quarter => 'q',
            Self::Year => 'y',
        }
    }

    /// So many days, about.
    fn n_days(self) -> u64 {
        match self {
            Self::Minute | Self::Hour => 0,
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 91,
            Self::Year => 365,
        }
    }

    /// The first and the last day of the unit that `day` is in.
    fn around(self, day: NaiveDate, week_start: Weekday) -> (NaiveDate, NaiveDate) {
        let months = |first: Option<NaiveDate>, n: u32| {
            let first = first.unwrap_or(day);
            (first, first + Months::new(n) - Days::new(1))
        };
        match self {
            Self::Minute | Self::Hour | Self::Day => (day, day),
            Self::Week => {
                let week = day.week(week_start);
                (week.first_day(), week.last_day())
            }
            Self::Month => months(day.with_day(1), 1),
            Self::Quarter => months(NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1), 3),
            Self::Year => months(NaiveDate::from_ymd_opt(day.year(), 1, 1), 12),
        }
    }

    fn back(self, day: NaiveDate, n: u32) -> NaiveDate {
        let before = match self {
            Self::Month => day.checked_sub_months(Months::new(n)),
            Self::Quarter => day.checked_sub_months(Months::new(n.saturating_mul(3))),
            Self::Year => day.checked_sub_months(Months::new(n.saturating_mul(12))),
            _ => day.checked_sub_days(Days::new(u64::from(n) * self.n_days())),
        };
        before.unwrap_or(NaiveDate::MIN)
    }
}

/// The most units that a question reaches back; more is no time that anybody means.
const MAX_UNITS: f64 = 10_000.0;

impl Dates {
    /// So many units up to now.
    pub(super) fn rolling(n: u32, unit: Unit, calendar: &Calendar) -> Self {
        // quarters back from now are of no calendar
        let (n, unit) = if unit == Unit::Quarter { (n.saturating_mul(90), Unit::Day) } else { (n, unit) };
        let (n, unit) = match (n, unit) {
            (1, Unit::Day) => (24, Unit::Hour),
            (1, Unit::Week) => (7, Unit::Day),
            (1, Unit::Month) => (30, Unit::Day),
            kept => kept,
        };
        Self {
            from: format!("-{n}{}", unit.letter()),
            to: None,
            said: if n == 1 {
                format!("in the last {}", unit.name())
            } else {
                format!("in the last {n} {}s", unit.name())
            },
            first: Some(unit.back(calendar.today, n)),
            last: None,
            rolling: Some((n, unit)),
        }
    }

    /// The whole unit that is `n` before this one, or as much as there is of this one.
    fn unit(n: u32, unit: Unit, calendar: &Calendar) -> Self {
        let (first, last) =
            unit.around(unit.back(unit.around(calendar.today, calendar.week_start).0, n), calendar.week_start);
        let letter = unit.letter();
        let (from, to, said) = match (n, unit) {
            (0, Unit::Day) => ("dStart".to_owned(), None, "today".to_owned()),
            (0, unit) => (format!("{letter}Start"), None, format!("this {}", unit.name())),
            (1, Unit::Day) => ("-1dStart".to_owned(), Some("-1dEnd".to_owned()), "yesterday".to_owned()),
            (1, unit) => (format!("-1{letter}Start"), Some(format!("-1{letter}End")), format!("last {}", unit.name())),
            (n, unit) => {
                let said = format!("in the {} that was {n} {}s ago", unit.name(), unit.name());
                (format!("-{n}{letter}Start"), Some(format!("-{n}{letter}End")), said)
            }
        };
        Self { from, to, said, first: Some(first), last: (n > 0).then_some(last), rolling: None }
    }

    fn all() -> Self {
        let said = "since the first event".to_owned();
        Self { from: "all".to_owned(), to: None, said, first: None, last: None, rolling: None }
    }

    /// From a moment on, up to another one, or both.
    fn between(from: Option<&Moment>, to: Option<&Moment>) -> Self {
        let (from_text, said_from) =
            from.map_or(("all".to_owned(), None), |from| (from.from(), Some(from.said_from())));
        let said = match (said_from, to.map(Moment::said_to)) {
            (Some(from), Some(to)) if from == to => format!("on {from}"),
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("since {from}"),
            (None, Some(to)) => format!("until {to}"),
            (None, None) => "since the first event".to_owned(),
        };
        Self {
            from: from_text,
            to: to.map(Moment::to),
            said,
            first: from.map(|from| from.first),
            last: to.map(|to| to.last),
            rolling: None,
        }
    }

    /// How many days it is long, about; `None` where it begins with the first event.
    pub(super) fn n_days(&self, calendar: &Calendar) -> Option<i64> {
        let last = self.last.unwrap_or(calendar.today).min(calendar.today);
        self.first.map(|first| (last - first).num_days() + 1)
    }
}

/// Takes the words that say when out of `sentence`.
pub(super) fn take(sentence: &mut Sentence, calendar: &Calendar) -> Option<Dates> {
    let ways = [whole_phrase, rolling, one_unit, between, since_or_until, within_moment];
    for way in ways {
        for at in 0..sentence.len() {
            let Some((dates, n)) = way(sentence, at, calendar) else { continue };
            let mut start = at;
            while start > 0
                && sentence.is_any(
                    start - 1,
                    &["the", "in", "over", "during", "for", "within", "of", "on", "from", "throughout", "across"],
                )
                && !sentence.words[start - 1].is_used
            {
                start -= 1;
            }
            sentence.take_range(start..at + n);
            sentence.take(&["so far", "only"]);
            return Some(dates);
        }
    }
    None
}

fn whole_phrase(sentence: &Sentence, at: usize, calendar: &Calendar) -> Option<(Dates, usize)> {
    let phrases: [(&str, Option<(u32, Unit)>); 16] = [
        ("of all time", None),
        ("all time", None),
        ("since the very beginning", None),
        ("since launch", None),
        ("ever", None),
        ("year to date", Some((0, Unit::Year))),
        ("ytd", Some((0, Unit::Year))),
        ("quarter to date", Some((0, Unit::Quarter))),
        ("qtd", Some((0, Unit::Quarter))),
        ("month to date", Some((0, Unit::Month))),
        ("mtd", Some((0, Unit::Month))),
        ("week to date", Some((0, Unit::Week))),
        ("wtd", Some((0, Unit::Week))),
        ("day before yesterday", Some((2, Unit::Day))),
        ("yesterday", Some((1, Unit::Day))),
        ("today", Some((0, Unit::Day))),
    ];
    let is_bound = at > 0 && sentence.is_any(at - 1, &["since", "until", "till", "before", "after", "through"]);
    phrases.iter().filter(|_| !is_bound).find_map(|(phrase, unit)| {
        let n = sentence.has_at(at, phrase)?;
        Some((unit.map_or_else(Dates::all, |(n, unit)| Dates::unit(n, unit, calendar)), n))
    })
}

const LAST: [&str; 7] = ["last", "past", "previous", "trailing", "recent", "preceding", "prior"];

/// `last 30 days`, `past 24h`, `last few weeks`, `last couple of months`.
fn rolling(sentence: &Sentence, at: usize, calendar: &Calendar) -> Option<(Dates, usize)> {
    sentence.at(at).filter(|word| LAST.contains(word))?;
    if let Some((n, unit)) = sentence.at(at + 1).and_then(number_with_unit) {
        return Some((Dates::rolling(n, unit, calendar), 2));
    }
    let mut next = at + 1;
    next += usize::from(sentence.at(next) == Some("a"));
    let n = sentence.number_at(next).filter(|n| (1.0..=MAX_UNITS).contains(n) && n.fract() == 0.0)?;
    next += 1;
    next += usize::from(sentence.at(next) == Some("of"));
    next += usize::from(sentence.is_any(next, &["full", "calendar", "complete", "whole", "consecutive"]));
    let unit = Unit::named(sentence.at(next)?)?;
    Some((Dates::rolling(whole(n), unit, calendar), next + 1 - at))
}

/// `this month`, `last week`, `the past year`.
fn one_unit(sentence: &Sentence, at: usize, calendar: &Calendar) -> Option<(Dates, usize)> {
    let word = sentence.at(at)?;
    let is_bound = at > 0 && sentence.is_any(at - 1, &["since", "until", "till", "before", "after", "through"]);
    let unit = sentence.at(at + 1).and_then(Unit::named).filter(|_| !is_bound)?;
    let is_rolling = at > 0 && sentence.is_any(at - 1, &["the"]);
    let dates = match word {
        "this" | "current" => Dates::unit(0, unit, calendar),
        "past" | "trailing" | "recent" => Dates::rolling(1, unit, calendar),
        "last" if is_rolling => Dates::rolling(1, unit, calendar),
        "last" | "previous" | "preceding" | "prior" => Dates::unit(1, unit, calendar),
        _ => return None,
    };
    Some((dates, 2))
}

/// `between 1 Jan and 15 Feb`, `from March to May`, `2026-01-01 to 2026-01-31`.
fn between(sentence: &Sentence, at: usize, calendar: &Calendar) -> Option<(Dates, usize)> {
    let n_word = usize::from(sentence.is_any(at, &["between", "from"]) && sentence.at(at).is_some());
    let (from, n_from) = Moment::read(sentence, at + n_word, calendar, n_word > 0)?;
    let join = at + n_word + n_from;
    let n_join = usize::from(["and", "to", "until", "till", "through", "thru"].contains(&sentence.at(join)?));
    let (to, n_to) = Moment::read(sentence, join + n_join, calendar, true).filter(|_| n_join > 0)?;
    // "1 Jan" and "15 Feb" are of one year: the first that has both behind it, or the later one in the next
    let (from, to) = Moment::ordered(from, to);
    Some((Dates::between(Some(&from), Some(&to)), n_word + n_from + n_join + n_to))
}

/// `since June`, `from 1 May on`, `until yesterday`, `before March`.
fn since_or_until(sentence: &Sentence, at: usize, calendar: &Calendar) -> Option<(Dates, usize)> {
    let word = sentence.at(at)?;
    let n_word = match word {
        "since" | "from" | "until" | "till" | "before" | "after" | "starting" | "beginning" | "through" => 1,
        "up" if sentence.is_any(at + 1, &["to", "until"]) => 2,
        _ => return None,
    };
    let n_word = n_word + usize::from(sentence.is_any(at + n_word, &["in", "on", "from", "with", "the"]));
    let (moment, n_moment) = Moment::read(sentence, at + n_word, calendar, true)?;
    let mut n = n_word + n_moment;
    let dates = match word {
        "since" | "starting" | "beginning" => Dates::between(Some(&moment), None),
        "from" => {
            let open = ["onwards", "onward", "on", "forward", "until", "to", "till", "up"];
            if !sentence.is_any(at + n, &open) {
                return None;
            }
            n += 1;
            n += usize::from(
                sentence.is_any(at + n - 1, &["until", "to", "till"]) && sentence.is_any(at + n, &["now", "today"]),
            );
            Dates::between(Some(&moment), None)
        }
        "after" => Dates::between(Some(&moment.next()), None),
        "before" => Dates::between(None, Some(&moment.day_before())),
        _ => Dates::between(None, Some(&moment)),
    };
    n += usize::from(sentence.is_any(at + n, &["onwards", "onward"]));
    Some((dates, n))
}

/// `in March 2026`, `on 3 May`, `for Q1`, `during 2025`, `January`.
fn within_moment(sentence: &Sentence, at: usize, calendar: &Calendar) -> Option<(Dates, usize)> {
    let is_said = at > 0 && sentence.is_any(at - 1, &["in", "on", "for", "during", "of", "from", "throughout"]);
    let (moment, n) = Moment::read(sentence, at, calendar, is_said)?;
    let is_bound = at > 0 && sentence.is_any(at - 1, &["since", "until", "till", "before", "after", "by"]);
    (!is_bound).then(|| (Dates::between(Some(&moment), Some(&moment)), n))
}

/// `30d`, `24h`, `6mo`.
fn number_with_unit(word: &str) -> Option<(u32, Unit)> {
    let n_digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, unit) = word.split_at(n_digits);
    let n: u32 = digits.parse().ok().filter(|n| (1..=10_000).contains(n))?;
    let unit = if unit == "m" { Unit::Month } else { Unit::named(unit)? };
    Some((n, unit))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and at most ten thousand"
)]
fn whole(n: f64) -> u32 {
    n as u32
}

#[cfg(test)]
mod tests;
