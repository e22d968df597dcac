//! Numbers, money and dates as people of each language write them.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::{Arg, Texts};
use crate::language::Language;
use crate::numbers::rounded;

/// The space that no line is broken at.
const NO_BREAK: char = '\u{a0}';
/// As [`NO_BREAK`], and narrow: what French groups digits by.
const NARROW_NO_BREAK: char = '\u{202f}';

impl Texts {
    /// A number of things.
    pub fn count(self, count: u64) -> String {
        self.grouped(&count.to_string())
    }

    /// A number with exactly so many digits after the point.
    pub fn decimal(self, number: f64, digits: usize) -> String {
        let number = rounded(number, i32::try_from(digits).unwrap_or(0));
        let plain = format!("{:.digits$}", number.abs());
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
        let sign = if number < 0.0 { "−" } else { "" };
        let whole = self.grouped(whole);
        if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{}{part}", self.decimal_point()) }
    }

    /// A rate from 0 to 100.
    pub fn percent(self, rate: f64) -> String {
        let number = self.decimal(rate, usize::from(rate.fract() != 0.0));
        match self.language() {
            Language::En | Language::Pt | Language::Ja | Language::Zh => format!("{number}%"),
            Language::De | Language::Es => format!("{number}{NO_BREAK}%"),
            Language::Fr => format!("{number}{NARROW_NO_BREAK}%"),
        }
    }

    /// US dollars and cents; what is less than a cent in more digits.
    pub fn usd(self, dollars: f64) -> String {
        let digits = if dollars != 0.0 && dollars.abs() < 0.01 { 4 } else { 2 };
        let number = self.decimal(dollars, digits);
        match self.language() {
            Language::En | Language::Ja => format!("${number}"),
            Language::Zh => format!("US${number}"),
            Language::Pt => format!("US${NO_BREAK}{number}"),
            Language::De => format!("{number}{NO_BREAK}$"),
            Language::Es => format!("{number}{NO_BREAK}US$"),
            Language::Fr => format!("{number}{NO_BREAK}$US"),
        }
    }

    /// A day.
    pub fn date(self, day: NaiveDate) -> String {
        let (number, year) = (day.day().to_string(), day.year().to_string());
        let month = Arg::Number(u64::from(day.month()));
        self.with("date", &[("day", number.into()), ("month", month), ("year", year.into())])
    }

    /// A day and a time, UTC.
    pub fn instant(self, instant: DateTime<Utc>) -> String {
        format!("{} {} UTC", self.date(instant.date_naive()), instant.format("%H:%M"))
    }

    /// A span of time in the unit that fits it.
    pub fn duration(self, seconds: f64) -> String {
        let (id, number) = match seconds {
            short if short < 90.0 => ("duration-seconds", self.decimal(short, 0)),
            medium if medium < 5400.0 => ("duration-minutes", self.decimal(medium / 60.0, 0)),
            long => ("duration-hours", self.decimal(long / 3600.0, 1)),
        };
        self.with(id, &[("n", number.into())])
    }

    fn decimal_point(self) -> char {
        match self.language() {
            Language::En | Language::Ja | Language::Zh => '.',
            Language::De | Language::Es | Language::Fr | Language::Pt => ',',
        }
    }

    fn grouped(self, digits: &str) -> String {
        let (mark, at_least) = match self.language() {
            Language::En | Language::Ja | Language::Zh => (',', 4),
            Language::De | Language::Pt => ('.', 4),
            Language::Es => ('.', 5),
            Language::Fr => (NARROW_NO_BREAK, 4),
        };
        if digits.len() < at_least {
            return digits.to_owned();
        }
        let mut grouped = String::with_capacity(digits.len() * 4 / 3);
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(mark);
            }
            grouped.push(digit);
        }
        grouped
    }
}
