//! Turns of phrase that say how numbers are to be made and shown, whatever they are of.

use super::dates::{Calendar, Dates, Unit};
use super::words::Sentence;

/// With what a stretch of time is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compare {
    /// `compare_to`; `None` for the stretch before.
    pub(super) to: Option<String>,
    /// The stretch to compare where the question names none.
    pub(super) dates: Option<Dates>,
}

/// Takes the words that ask for a comparison with an earlier time.
pub(super) fn take_compare(sentence: &mut Sentence, calendar: &Calendar) -> Option<Compare> {
    let units = [("week", "-1w", "wow"), ("month", "-1m", "mom"), ("year", "-1y", "yoy"), ("day", "-1d", "dod")];
    for (unit, to, short) in units {
        let name = Unit::named(unit)?;
        let over = [format!("{unit} over {unit}"), format!("{unit} on {unit}"), short.to_owned()];
        if sentence.take(&over.each_ref().map(String::as_str)) {
            return Some(Compare { to: Some(to.to_owned()), dates: Some(this(name, calendar)) });
        }
        for intro in COMPARISONS {
            for end in ["last", "the last", "the previous", "previous", "the prior", "prior", "the"] {
                let before = if end == "the" { " before" } else { "" };
                let phrase = format!("{intro} {end} {unit}{before}");
                if sentence.take(&[&phrase]) {
                    return Some(Compare { to: Some(to.to_owned()), dates: Some(this(name, calendar)) });
                }
            }
        }
    }
    let periods = [
        "the previous period",
        "previous period",
        "the period before",
        "the prior period",
        "prior period",
        "the preceding period",
        "before",
    ];
    for intro in COMPARISONS {
        for period in periods {
            if sentence.take(&[&format!("{intro} {period}")]) {
                return Some(Compare { to: None, dates: None });
            }
        }
    }
    None
}

/// This unit up to now.
fn this(unit: Unit, calendar: &Calendar) -> Dates {
    let n_days = match unit {
        Unit::Day => 1,
        Unit::Week => 7,
        Unit::Month => 30,
        _ => 365,
    };
    Dates::rolling(n_days, Unit::Day, calendar)
}

const COMPARISONS: [&str; 11] = [
    "compared to",
    "compared with",
    "in comparison to",
    "in comparison with",
    "versus",
    "vs",
    "vs.",
    "against",
    "relative to",
    "compare to",
    "compare with",
];

/// Takes the words that say how an answer is to be shown.
pub(super) fn take_display(sentence: &mut Sentence) -> Option<&'static str> {
    let shapes: [(&str, &str); 30] = [
        ("pie chart", "ActionsPie"),
        ("donut chart", "ActionsPie"),
        ("pie", "ActionsPie"),
        ("horizontal bar chart", "ActionsBarValue"),
        ("value bar chart", "ActionsBarValue"),
        ("bar value chart", "ActionsBarValue"),
        ("stacked bar chart", "ActionsBar"),
        ("bar chart", "ActionsBar"),
        ("bar graph", "ActionsBar"),
        ("column chart", "ActionsBar"),
        ("histogram chart", "ActionsBar"),
        ("world map", "WorldMap"),
        ("area chart", "ActionsAreaGraph"),
        ("area graph", "ActionsAreaGraph"),
        ("line chart", "ActionsLineGraph"),
        ("line graph", "ActionsLineGraph"),
        ("big number", "BoldNumber"),
        ("single number", "BoldNumber"),
        ("one number", "BoldNumber"),
        ("calendar heatmap", "CalendarHeatmap"),
        ("heatmap", "CalendarHeatmap"),
        ("cumulatively", "ActionsLineGraphCumulative"),
        ("cumulative", "ActionsLineGraphCumulative"),
        ("running total", "ActionsLineGraphCumulative"),
        ("accumulated", "ActionsLineGraphCumulative"),
        ("as bars", "ActionsBar"),
        ("as a map", "WorldMap"),
        ("on a map", "WorldMap"),
        ("as a table", "ActionsTable"),
        ("as a number", "BoldNumber"),
    ];
    let more: [(&str, &str); 7] = [
        ("in a table", "ActionsTable"),
        ("as table", "ActionsTable"),
        ("table of", "ActionsTable"),
        ("as number", "BoldNumber"),
        ("a map of", "WorldMap"),
        ("as a bar", "ActionsBar"),
        ("as an area", "ActionsAreaGraph"),
    ];
    let (found, display) =
        shapes.iter().chain(&more).find_map(|(phrase, display)| Some((sentence.find(&[phrase])?, *display)))?;
    let mut start = found.start;
    while start > 0
        && sentence.is_any(start - 1, &["a", "an", "as", "in", "on", "the", "of", "with", "using", "show", "me"])
    {
        start -= 1;
    }
    sentence.take_range(start..found.end);
    Some(display)
}

/// Takes the words that say how long the intervals are. A year or a quarter is shown by its months.
pub(super) fn take_interval(sentence: &mut Sentence) -> Option<Unit> {
    let mut found = None;
    for at in 0..sentence.len() {
        let Some(word) = sentence.at(at) else { continue };
        let adverb = match word {
            "hourly" => Some(Unit::Hour),
            "daily" => Some(Unit::Day),
            "weekly" => Some(Unit::Week),
            "monthly" | "quarterly" | "yearly" | "annually" | "annual" => Some(Unit::Month),
            _ => None,
        };
        if adverb.is_some() {
            sentence.take_range(at..at + 1);
            sentence.take(&["basis", "granularity", "interval", "intervals", "buckets"]);
            found = found.or(adverb);
            continue;
        }
        let intro = ["per", "by", "each", "every", "a", "over", "after"].contains(&word);
        let unit = sentence.at(at + 1).and_then(Unit::named).filter(|_| intro);
        let after =
            at > 0 && sentence.is_any(at - 1, &["within", "in", "for", "over", "than", "by", "half"]) && word == "a";
        let plural = sentence.is_any(at + 1, &["days", "weeks", "months", "hours", "years", "d", "h", "w", "y"]);
        let needs_twin = ["over", "after"].contains(&word);
        let twin =
            at > 0 && sentence.words[at - 1].lower == sentence.words.get(at + 1).map_or("", |word| word.lower.as_str());
        if let Some(unit) = unit
            && !after
            && !(plural && word != "by")
            && (!needs_twin || twin)
        {
            let start = if twin { at - 1 } else { at };
            sentence.take_range(start..at + 2);
            found = found.or(Some(if unit > Unit::Month { Unit::Month } else { unit }));
        }
    }
    found
}

/// Takes the words that ask for a course over time; says whether there were any.
pub(super) fn take_over_time(sentence: &mut Sentence) -> bool {
    let phrases = [
        "over time",
        "trend over time",
        "trends over time",
        "time series",
        "timeseries",
        "historically",
        "trending",
        "trends",
        "trend",
        "evolution",
        "growth",
    ];
    let mut any = false;
    while sentence.take(&phrases) {
        any = true;
    }
    any
}

/// Takes `within 7 days`: a number and its unit, as funnels know it.
pub(super) fn take_window(sentence: &mut Sentence) -> Option<(u32, Unit)> {
    for at in 0..sentence.len() {
        let n_intro = match sentence.at(at) {
            Some("within" | "under") => 1,
            Some("in" | "inside") if sentence.is_any(at + 1, &["under"]) => 2,
            Some("in") if sentence.is_any(at + 1, &["less"]) && sentence.is_any(at + 2, &["than"]) => 3,
            Some("in") if sentence.number_at(at + 1).is_some() => 1,
            Some("less") if sentence.is_any(at + 1, &["than"]) => 2,
            _ => continue,
        };
        let mut next = at + n_intro;
        if sentence.is_any(next, &["the"]) && sentence.is_any(next + 1, &["first", "same", "next"]) {
            next += 1;
        }
        next += usize::from(sentence.is_any(next, &["first", "next"]));
        let n = if sentence.is_any(next, &["a", "an", "one", "same"]) { Some(1.0) } else { sentence.number_at(next) };
        let Some(n) = n.filter(|n| (1.0..=10_000.0).contains(n) && n.fract() == 0.0) else { continue };
        let Some(unit) = sentence.at(next + 1).and_then(Unit::named) else { continue };
        let mut end = next + 2;
        // "within 7 days of signing up"
        end += usize::from(sentence.is_any(end, &["of", "from", "after"]) && sentence.is_any(end, &["of"]));
        sentence.take_range(at..end);
        return Some(in_funnel_units(n, unit));
    }
    for at in 0..sentence.len() {
        let n = sentence.number_at(at).filter(|n| (1.0..=10_000.0).contains(n) && n.fract() == 0.0);
        let unit = sentence.at(at + 1).and_then(Unit::named);
        if let (Some(n), Some(unit), Some("window" | "conversion")) = (n, unit, sentence.at(at + 2)) {
            let end = at + 3 + usize::from(sentence.is_any(at + 3, &["window"]));
            sentence.take_range(at..end);
            sentence.take(&["with a", "using a", "in a"]);
            return Some(in_funnel_units(n, unit));
        }
    }
    None
}

/// How many events are listed where a question does not say.
const LATEST: u32 = 10;

/// Takes `the 20 most recent`, `latest 5`: how many of the latest events are asked for.
pub(super) fn take_latest(sentence: &mut Sentence) -> Option<u32> {
    let found = sentence.find(&["most recent", "latest", "newest", "recent"])?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and at most a thousand")]
    let whole = |n: f64| (n.fract() == 0.0 && (1.0..=1000.0).contains(&n)).then_some(n as u32);
    let before = found.start.checked_sub(1).and_then(|at| Some((at, sentence.number_at(at).and_then(whole)?)));
    let after = sentence.number_at(found.end).and_then(whole).map(|n| (found.end, n));
    sentence.take_range(found);
    let said = before.or(after);
    if let Some((at, _)) = said {
        sentence.take_range(at..at + 1);
    }
    Some(said.map_or(LATEST, |(_, n)| n))
}

/// Takes `for 8 weeks`, `8 week retention`, `day 7 retention`: how many intervals to look at.
pub(super) fn take_horizon(sentence: &mut Sentence) -> Option<(u32, Unit)> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and at most a hundred")]
    let whole = |n: Option<f64>| n.filter(|n| (1.0..=100.0).contains(n) && n.fract() == 0.0).map(|n| n as u32);
    for at in 0..sentence.len() {
        // "day 7", "d30": the day itself is to be seen
        let Some(word) = sentence.at(at) else { continue };
        let short = word.strip_prefix(['d', 'w', 'm']).and_then(|digits| digits.parse::<f64>().ok());
        let short_unit = Unit::named(&word[..word.chars().next().map_or(0, char::len_utf8)])
            .or((word.starts_with('m')).then_some(Unit::Month));
        if let (Some(n), Some(unit)) = (whole(short), short_unit) {
            sentence.take_range(at..at + 1);
            return Some((n + 1, unit));
        }
        if let (Some(unit), Some(n)) =
            (Unit::named(word).filter(|unit| *unit <= Unit::Month), whole(sentence.number_at(at + 1)))
        {
            sentence.take_range(at..at + 2);
            return Some((n + 1, unit));
        }
        let n_intro = match word {
            "for" | "over" | "across" | "after" | "through" => 1,
            _ if sentence.number_at(at).is_some()
                && !(at > 0 && sentence.is_any(at - 1, &["last", "past", "previous", "top"])) =>
            {
                0
            }
            _ => continue,
        };
        let n_intro = n_intro
            + usize::from(
                n_intro == 1
                    && sentence.is_any(at + 1, &["the"])
                    && sentence.is_any(at + 2, &["first", "next", "following"]),
            );
        let n_intro = n_intro + usize::from(sentence.is_any(at + n_intro, &["first", "next", "following"]));
        let n = whole(sentence.number_at(at + n_intro));
        let unit = sentence.at(at + n_intro + 1).and_then(Unit::named).filter(|unit| *unit <= Unit::Month);
        if let (Some(n), Some(unit)) = (n, unit)
            && !sentence.is_any(at + n_intro + 2, &["ago"])
        {
            sentence.take_range(at..at + n_intro + 2);
            return Some((n, unit));
        }
    }
    None
}

fn in_funnel_units(n: f64, unit: Unit) -> (u32, Unit) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and at most ten thousand")]
    let n = n as u32;
    match unit {
        Unit::Quarter => (n * 3, Unit::Month),
        Unit::Year => (n * 12, Unit::Month),
        unit => (n, unit),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, Weekday};

    use super::*;

    #[test]
    fn turns_of_phrase_are_taken() {
        let display = |text| take_display(&mut Sentence::read(text));
        assert_eq!(display("purchases as a pie chart"), Some("ActionsPie"));
        assert_eq!(display("signups as a table"), Some("ActionsTable"));
        assert_eq!(display("signups"), None);

        let interval = |text| take_interval(&mut Sentence::read(text));
        assert_eq!(interval("weekly signups"), Some(Unit::Week));
        assert_eq!(interval("signups per day"), Some(Unit::Day));
        assert_eq!(interval("signups each month"), Some(Unit::Month));
        assert_eq!(interval("signups by hour"), Some(Unit::Hour));
        assert_eq!(interval("within a week"), None);
        assert_eq!(interval("signups"), None);

        let window = |text| take_window(&mut Sentence::read(text));
        assert_eq!(window("from a to b within 7 days"), Some((7, Unit::Day)));
        assert_eq!(window("within an hour"), Some((1, Unit::Hour)));
        assert_eq!(window("with a 3 day conversion window"), Some((3, Unit::Day)));
        assert_eq!(window("within the last 30 days"), None);

        let calendar = Calendar { today: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(), week_start: Weekday::Mon };
        let compare = |text| take_compare(&mut Sentence::read(text), &calendar).map(|compare| compare.to);
        assert_eq!(compare("signups compared to last month"), Some(Some("-1m".to_owned())));
        assert_eq!(compare("signups vs the previous period"), Some(None));
        assert_eq!(compare("signups week over week"), Some(Some("-1w".to_owned())));
        assert_eq!(compare("signups vs purchases"), None);
    }
}
