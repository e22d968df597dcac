//! Days, months, quarters and years of the calendar, as people name them.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::{Calendar, Unit};
use crate::question::words::Sentence;

/// One or several days in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    /// As queries count it from now.
    relative: Option<(String, String)>,
    /// Whether its year was not said.
    is_of_any_year: bool,
}

const MONTHS: [(&str, &str); 12] = [
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may", "may"),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
];

const ORDINALS: [&str; 4] = ["first", "second", "third", "fourth"];

/// A year that the calendar can count in everywhere.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

impl Moment {
    /// Reads the moment that begins at `at`, with the number of its words. Only what can mean nothing else is one where nothing before it
    /// says that a time follows (`is_said`).
    pub(super) fn read(sentence: &Sentence, at: usize, calendar: &Calendar, is_said: bool) -> Option<(Self, usize)> {
        let ways = [iso, relative, day_and_month, month_and_day, quarter, month, year, weekday];
        ways.iter().find_map(|way| way(sentence, at, calendar, is_said))
    }

    fn days(first: NaiveDate, last: NaiveDate, is_of_any_year: bool) -> Self {
        Self { first, last, relative: None, is_of_any_year }
    }

    /// The two in order: where the second comes before the first and either's year was not said, that one moves by a year.
    pub(super) fn ordered(from: Self, to: Self) -> (Self, Self) {
        if to.last >= from.first {
            return (from, to);
        }
        let year = Months::new(12);
        if from.is_of_any_year {
            let back = |day: NaiveDate| day.checked_sub_months(year).unwrap_or(day);
            let moved = Self { first: back(from.first), last: back(from.last), ..from };
            return (moved, to);
        }
        if to.is_of_any_year {
            let on = |day: NaiveDate| day.checked_add_months(year).unwrap_or(day);
            let moved = Self { first: on(to.first), last: on(to.last), ..to };
            return (from, moved);
        }
        (to, from)
    }

    /// As `date_from`.
    pub(super) fn from(&self) -> String {
        self.relative.as_ref().map_or_else(|| self.first.to_string(), |(from, _)| from.clone())
    }

    /// As `date_to`.
    pub(super) fn to(&self) -> String {
        self.relative.as_ref().map_or_else(|| self.last.to_string(), |(_, to)| to.clone())
    }

    pub(super) fn said_from(&self) -> String {
        self.first.to_string()
    }

    pub(super) fn said_to(&self) -> String {
        self.last.to_string()
    }

    /// What begins when it ends.
    pub(super) fn next(&self) -> Self {
        let day = self.last.checked_add_days(Days::new(1)).unwrap_or(self.last);
        Self::days(day, day, self.is_of_any_year)
    }

    /// What ends when it begins.
    pub(super) fn day_before(&self) -> Self {
        let day = self.first.checked_sub_days(Days::new(1)).unwrap_or(self.first);
        Self::days(day, day, self.is_of_any_year)
    }
}

/// `2026-01-31` or `2026-01`.
fn iso(sentence: &Sentence, at: usize, _: &Calendar, _: bool) -> Option<(Moment, usize)> {
    let word = sentence.at(at)?;
    if let Ok(day) = word.parse::<NaiveDate>() {
        return YEARS.contains(&day.year()).then(|| (Moment::days(day, day, false), 1));
    }
    let (year, month) = word.split_once('-').filter(|_| word.len() == 7)?;
    Some((month_of(year.parse().ok()?, month.parse().ok()?, false)?, 1))
}

/// `yesterday`, `last month`, `this week`, `3 weeks ago`, `the beginning of the year`.
fn relative(sentence: &Sentence, at: usize, calendar: &Calendar, is_said: bool) -> Option<(Moment, usize)> {
    let units_back = |n: u32, unit: Unit| {
        let (first, last) =
            unit.around(unit.back(unit.around(calendar.today, calendar.week_start).0, n), calendar.week_start);
        let letter = unit.letter();
        let back = if n == 0 { String::new() } else { format!("-{n}") };
        let relative = Some((format!("{back}{letter}Start"), format!("{back}{letter}End")));
        Moment { first, last, relative, is_of_any_year: false }
    };
    if !is_said {
        return None;
    }
    for (word, n) in [("today", 0), ("yesterday", 1)] {
        if sentence.at(at) == Some(word) {
            return Some((units_back(n, Unit::Day), 1));
        }
    }
    for (phrase, n_words) in [("the beginning of", 3), ("the start of", 3), ("beginning of", 2), ("start of", 2)] {
        if sentence.has_at(at, phrase).is_some() {
            let n_words = n_words + usize::from(sentence.is_any(at + n_words, &["the", "this"]));
            let (n, extra) = if sentence.is_any(at + n_words, &["last"]) { (1, 1) } else { (0, 0) };
            let unit = Unit::named(sentence.at(at + n_words + extra)?)?;
            return Some((units_back(n, unit), n_words + extra + 1));
        }
    }
    let n = match sentence.at(at)? {
        "this" => Some(0),
        "last" | "previous" => Some(1),
        _ => None,
    };
    if let (Some(n), Some(unit)) = (n, sentence.at(at + 1).and_then(Unit::named)) {
        return Some((units_back(n, unit), 2));
    }
    let n = if sentence.is_any(at, &["a", "an"]) { Some(1.0) } else { sentence.number_at(at) };
    let n = n.filter(|n| (1.0..=super::MAX_UNITS).contains(n) && n.fract() == 0.0).map(super::whole)?;
    let unit = Unit::named(sentence.at(at + 1)?).filter(|unit| *unit >= Unit::Day)?;
    sentence.at(at + 2).filter(|word| *word == "ago")?;
    let first = unit.back(calendar.today, n);
    let text = format!("-{n}{}", unit.letter());
    Some((Moment { first, last: first, relative: Some((text.clone(), text)), is_of_any_year: false }, 3))
}

/// `1 Jan 2026`, `3rd of March`.
fn day_and_month(sentence: &Sentence, at: usize, calendar: &Calendar, _: bool) -> Option<(Moment, usize)> {
    let day = day_number(sentence.at(at)?)?;
    let n_of = usize::from(sentence.at(at + 1) == Some("of"));
    let month = month_number(sentence.at(at + 1 + n_of)?)?;
    let (year, n_year) = year_at(sentence, at + 2 + n_of);
    Some((day_of(year, month, day, calendar)?, 2 + n_of + n_year))
}

/// `Jan 1, 2026`, `March 3rd`.
fn month_and_day(sentence: &Sentence, at: usize, calendar: &Calendar, _: bool) -> Option<(Moment, usize)> {
    let month = month_number(sentence.at(at)?)?;
    let n_the = usize::from(sentence.at(at + 1) == Some("the"));
    let day = day_number(sentence.at(at + 1 + n_the)?)?;
    // `March 2026` has no day, and the 20 of `May 20 users` is no day either
    let (year, n_year) = year_at(sentence, at + 2 + n_the);
    Some((day_of(year, month, day, calendar)?, 2 + n_the + n_year))
}

/// `Q1`, `Q2 2025`, `the first quarter of 2026`.
fn quarter(sentence: &Sentence, at: usize, calendar: &Calendar, _: bool) -> Option<(Moment, usize)> {
    let word = sentence.at(at)?;
    let (number, n) = match word.strip_prefix('q') {
        Some(digit) => (digit.parse::<u32>().ok().filter(|n| (1..=4).contains(n))?, 1),
        None => {
            let index = ORDINALS.iter().position(|ordinal| *ordinal == word)?;
            sentence.at(at + 1).filter(|word| *word == "quarter")?;
            (u32::try_from(index).ok()? + 1, 2)
        }
    };
    let n_of = usize::from(sentence.at(at + n) == Some("of"));
    let (year, n_year) = year_at(sentence, at + n + n_of);
    let n_of = if n_year > 0 { n_of } else { 0 };
    let quarter_of = |year: i32| {
        let first = NaiveDate::from_ymd_opt(year, number * 3 - 2, 1)?;
        Some(Moment::days(first, first + Months::new(3) - Days::new(1), false))
    };
    let moment = match year {
        Some(year) => quarter_of(year)?,
        None => quarter_of(calendar.today.year())
            .filter(|quarter| quarter.first <= calendar.today)
            .or_else(|| quarter_of(calendar.today.year() - 1))
            .map(|quarter| Moment { is_of_any_year: true, ..quarter })?,
    };
    Some((moment, n + n_of + n_year))
}

/// `March`, `March 2026`, `last June`.
fn month(sentence: &Sentence, at: usize, calendar: &Calendar, is_said: bool) -> Option<(Moment, usize)> {
    let n_last = usize::from(sentence.is_any(at, &["last", "this"]) && sentence.at(at).is_some());
    let word = sentence.at(at + n_last)?;
    let month = month_number(word)?;
    let n_of = usize::from(sentence.at(at + n_last + 1) == Some("of"));
    let (year, n_year) = year_at(sentence, at + n_last + 1 + n_of);
    let n_of = if n_year > 0 { n_of } else { 0 };
    let is_plain = is_said || n_year > 0 || (word.len() > 3 && word != "march");
    let moment = match year.filter(|_| is_plain) {
        Some(year) => month_of(year, month, false)?,
        None if is_plain => {
            let this_year = month_of(calendar.today.year(), month, true)?;
            if this_year.first <= calendar.today {
                this_year
            } else {
                month_of(calendar.today.year() - 1, month, true)?
            }
        }
        None => return None,
    };
    Some((moment, n_last + 1 + n_of + n_year))
}

/// `2025`, where a time must follow.
fn year(sentence: &Sentence, at: usize, _: &Calendar, is_said: bool) -> Option<(Moment, usize)> {
    let (year, n) = year_at(sentence, at);
    let year = year.filter(|_| is_said)?;
    let (first, last) = (NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?);
    // with what counts after it, it is a number
    let is_number = sentence.words.get(at + n).is_some_and(|word| Unit::named(&word.lower).is_some());
    (!is_number).then_some((Moment::days(first, last, false), n))
}

/// `Monday`, where a time must follow: the latest one.
fn weekday(sentence: &Sentence, at: usize, calendar: &Calendar, is_said: bool) -> Option<(Moment, usize)> {
    let n_last = usize::from(is_said && sentence.is_any(at, &["last", "this"]) && sentence.at(at).is_some());
    let word = sentence.at(at + n_last).filter(|word| is_said && word.len() > 3 && word.ends_with("day"))?;
    let weekday: Weekday = word.parse().ok()?;
    let n_back = (7 + calendar.today.weekday().num_days_from_monday() - weekday.num_days_from_monday()) % 7;
    let day = calendar.today.checked_sub_days(Days::new(n_back.into()))?;
    Some((Moment::days(day, day, false), n_last + 1))
}

fn month_number(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.');
    let index = MONTHS
        .iter()
        .position(|(long, short)| word == *long || word == *short || (word == "sept" && *short == "sep"))?;
    u32::try_from(index).ok().map(|index| index + 1)
}

/// `1`, `3rd`, `21st`.
fn day_number(word: &str) -> Option<u32> {
    let n_digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, ending) = word.split_at(n_digits);
    let fits = ["", "st", "nd", "rd", "th"].contains(&ending);
    digits.parse().ok().filter(|day| fits && (1..=31).contains(day))
}

/// The year at `at`, after a comma or not, with the number of its words.
fn year_at(sentence: &Sentence, at: usize) -> (Option<i32>, usize) {
    let n_comma = usize::from(sentence.at(at) == Some(","));
    let word = sentence.at(at + n_comma).filter(|word| word.len() == 4);
    let year = word.and_then(|word| word.parse().ok()).filter(|year| YEARS.contains(year));
    (year, if year.is_some() { n_comma + 1 } else { 0 })
}

fn month_of(year: i32, month: u32, is_of_any_year: bool) -> Option<Moment> {
    let first = NaiveDate::from_ymd_opt(year, month, 1).filter(|_| YEARS.contains(&year))?;
    Some(Moment::days(first, first + Months::new(1) - Days::new(1), is_of_any_year))
}

fn day_of(year: Option<i32>, month: u32, day: u32, calendar: &Calendar) -> Option<Moment> {
    let one = |year: i32| NaiveDate::from_ymd_opt(year, month, day);
    let found = match year {
        Some(year) => one(year)?,
        None => one(calendar.today.year())
            .filter(|day| *day <= calendar.today)
            .or_else(|| one(calendar.today.year() - 1))
            .or_else(|| one(calendar.today.year()))?,
    };
    Some(Moment::days(found, found, year.is_none()))
}
