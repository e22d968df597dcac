//! Numbers as people read them.

use serde_json::Value;

/// What a number measures, and how it is to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueFormat {
    unit: Unit,
    prefix: String,
    postfix: String,
    /// How many decimals at most; by default two.
    decimals: Option<usize>,
}

/// What a number measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// A count or any other plain number.
    #[default]
    Number,
    /// Seconds.
    Seconds,
    /// Thousandths of seconds.
    Milliseconds,
    /// Hundredths: 12 is 12%.
    Percent,
    /// A part of one: 0.12 is 12%.
    Part,
}

/// The most decimals that are ever written.
const MAX_DECIMALS: usize = 10;
/// Longest prefix and postfix, in letters.
const MAX_AFFIX: usize = 20;

impl ValueFormat {
    /// Plain numbers of that unit.
    pub fn of(unit: Unit) -> Self {
        Self { unit, ..Self::default() }
    }

    /// As a `trendsFilter` asks: `aggregationAxisFormat`, `aggregationAxisPrefix`, `aggregationAxisPostfix`, `decimalPlaces`. What is not
    /// understood is as if it was not there.
    pub fn of_filter(filter: &Value) -> Self {
        let unit = match filter["aggregationAxisFormat"].as_str() {
            Some("duration") => Unit::Seconds,
            Some("duration_ms") => Unit::Milliseconds,
            Some("percentage") => Unit::Percent,
            Some("percentage_scaled") => Unit::Part,
            _ => Unit::Number,
        };
        Self::read(unit, &filter["aggregationAxisPrefix"], &filter["aggregationAxisPostfix"], &filter["decimalPlaces"])
    }

    /// As the `settings.formatting` of a column ask: `style`, `prefix`, `suffix`, `decimalPlaces`.
    pub fn of_column(formatting: &Value) -> Self {
        let unit = if formatting["style"] == "percent" { Unit::Part } else { Unit::Number };
        Self::read(unit, &formatting["prefix"], &formatting["suffix"], &formatting["decimalPlaces"])
    }

    fn read(unit: Unit, prefix: &Value, postfix: &Value, decimals: &Value) -> Self {
        let affix = |value: &Value| value.as_str().unwrap_or_default().chars().take(MAX_AFFIX).collect();
        let decimals = decimals.as_u64().and_then(|n| usize::try_from(n).ok()).map(|n| n.min(MAX_DECIMALS));
        Self { unit, prefix: affix(prefix), postfix: affix(postfix), decimals }
    }

    /// What it measures.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// For reading: `1,234.5`, `45.2%`, `2h 5m`.
    pub fn full(&self, value: f64) -> String {
        self.with_affixes(match self.unit {
            Unit::Number => decimal(value, self.decimals.unwrap_or(2)),
            Unit::Seconds => duration(value),
            Unit::Milliseconds => duration(value / 1000.0),
            Unit::Percent => format!("{}%", decimal(value, self.decimals.unwrap_or(1))),
            Unit::Part => format!("{}%", decimal(value * 100.0, self.decimals.unwrap_or(1))),
        })
    }

    /// For axes and narrow places: `12.3k`, `4M`, `2h`.
    pub fn short(&self, value: f64) -> String {
        match self.unit {
            Unit::Number => self.with_affixes(compact(value)),
            _ => self.full(value),
        }
    }

    fn with_affixes(&self, number: String) -> String {
        if self.prefix.is_empty() && self.postfix.is_empty() {
            return number;
        }
        match number.strip_prefix('−') {
            Some(positive) => format!("−{}{positive}{}", self.prefix, self.postfix),
            None => format!("{}{number}{}", self.prefix, self.postfix),
        }
    }
}

/// With thousands set apart and every digit that tells it from other numbers.
pub(crate) fn exact(value: f64) -> String {
    group(&format!("{value}"))
}

/// As `part` of 1 in percent: `45.2%`, `100%`.
pub(crate) fn percent(part: f64) -> String {
    format!("{}%", decimal(part * 100.0, 1))
}

/// With at most so many decimals, without zeros at the end.
fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    group(if text == "-0" { "0" } else { text })
}

/// Sets thousands apart, and writes a real minus sign.
fn group(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::with_capacity(text.len() + whole.len() / 3 + 2);
    grouped.push_str(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// `950`, `12.3k`, `4M`, `1.2B`, `3T`; beyond that as a power of ten.
fn compact(value: f64) -> String {
    let size = value.abs();
    let (divisor, suffix) = match size {
        size if size < 1e3 => return decimal(value, if size < 1.0 { 4 } else { 2 }),
        size if size < 1e6 => (1e3, "k"),
        size if size < 1e9 => (1e6, "M"),
        size if size < 1e12 => (1e9, "B"),
        size if size < 1e15 => (1e12, "T"),
        _ => return format!("{value:.1e}").replace('-', "−"),
    };
    format!("{}{suffix}", decimal(value / divisor, 2))
}

/// The two greatest units: `850ms`, `2.5s`, `45s`, `2m 5s`, `3h`, `4d 2h`.
pub(crate) fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "m"), (1.0, "s")];
    let sign = if seconds < 0.0 { "−" } else { "" };
    let size = seconds.abs();
    if size == 0.0 {
        return "0s".to_owned();
    }
    if size < 1.0 {
        return format!("{sign}{}ms", decimal(size * 1000.0, if size < 0.01 { 2 } else { 0 }));
    }
    if size < 10.0 {
        return format!("{sign}{}s", decimal(size, 1));
    }
    let mut whole = size.round();
    // Of two units side by side, the smaller is rounded to.
    if whole >= 86_400.0 {
        whole = (whole / 3_600.0).round() * 3_600.0;
    } else if whole >= 3_600.0 {
        whole = (whole / 60.0).round() * 60.0;
    }
    let (position, (length, unit)) = UNITS
        .into_iter()
        .enumerate()
        .find(|(_, (length, _))| whole >= *length)
        .expect("what is at least ten seconds is at least one");
    let first = (whole / length).floor();
    let rest = UNITS.get(position + 1).map(|(smaller, unit)| (((whole - first * length) / smaller).floor(), unit));
    let first = group(&format!("{first:.0}"));
    match rest {
        Some((rest, smaller)) if rest > 0.0 => format!("{sign}{first}{unit} {rest:.0}{smaller}"),
        _ => format!("{sign}{first}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(format: &ValueFormat, value: f64, full: &str, short: &str) {
        assert_eq!((format.full(value).as_str(), format.short(value).as_str()), (full, short));
    }

    #[test]
    fn plain_numbers() {
        let plain = ValueFormat::default();
        check(&plain, 0.0, "0", "0");
        check(&plain, -0.0, "0", "0");
        check(&plain, 1234.5, "1,234.5", "1.23k");
        check(&plain, 999.999, "1,000", "1,000");
        check(&plain, -12_345.0, "−12,345", "−12.35k");
        check(&plain, 4_000_000.0, "4,000,000", "4M");
        check(&plain, 0.0123, "0.01", "0.0123");
        check(&plain, 1e18, "1,000,000,000,000,000,000", "1.0e18");
    }

    #[test]
    fn units_and_affixes() {
        check(&ValueFormat::of(Unit::Percent), 45.23, "45.2%", "45.2%");
        check(&ValueFormat::of(Unit::Part), 0.4523, "45.2%", "45.2%");
        check(&ValueFormat::of(Unit::Milliseconds), 2500.0, "2.5s", "2.5s");
        let euros = json!({"aggregationAxisPrefix": "€", "aggregationAxisPostfix": " net", "decimalPlaces": 1});
        check(&ValueFormat::of_filter(&euros), -1234.56, "−€1,234.6 net", "−€1.23k net");
        let seconds = json!({"aggregationAxisFormat": "duration", "decimalPlaces": -3});
        check(&ValueFormat::of_filter(&seconds), 7500.0, "2h 5m", "2h 5m");
        check(&ValueFormat::of_filter(&json!(null)), 3.0, "3", "3");
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let cases = [
            (0.0, "0s"),
            (0.0012, "1.2ms"),
            (0.85, "850ms"),
            (2.5, "2.5s"),
            (45.4, "45s"),
            (60.0, "1m"),
            (125.0, "2m 5s"),
            (3_599.6, "1h"),
            (7_530.0, "2h 6m"),
            (356_400.0, "4d 3h"),
            (-125.0, "−2m 5s"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn exact_numbers_keep_their_digits() {
        assert_eq!(exact(1234.56789), "1,234.56789");
        assert_eq!(exact(-5.0), "−5");
    }
}
