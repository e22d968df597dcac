//! Which checks of an alert a client asks for.

use chrono::{DateTime, DurationRound, NaiveDate, NaiveTime, TimeDelta, Utc};
use insights_core::paging::Page;
use insights_core::problem::Problem;

use crate::repository::CheckFilter;

/// Checks where nothing is said.
const DEFAULT_LIMIT: i64 = 5;

/// Most checks of one answer, and as many as there are where a date is given.
const MAX_LIMIT: i64 = 500;

/// Farthest that relative dates reach back, in days.
const MAX_DAYS: i64 = 36_600;

/// The parameters, as they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckQuery {
    /// `-24h`, `-7d`, `2026-01-14`, or an instant: none made before.
    pub date_from: Option<String>,
    /// Likewise: none made after.
    pub date_to: Option<String>,
    /// How many; what is no number counts as absent.
    pub limit: Option<String>,
    /// How many are left out first; likewise.
    pub offset: Option<String>,
}

impl CheckQuery {
    /// What is asked for at `now`. Dates are in UTC.
    ///
    /// # Errors
    /// A refusal that names the date that cannot be read.
    pub fn resolve(&self, now: DateTime<Utc>) -> Result<(CheckFilter, Page), Problem> {
        let date = |attr: &str, text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => parse(text, now)
                .map(Some)
                .ok_or_else(|| Problem::invalid(attr, format!("`{text}` is no date; -24h, -7d and 2026-01-14 are"))),
        };
        let filter = CheckFilter {
            from: date("checks_date_from", &self.date_from)?,
            to: date("checks_date_to", &self.date_to)?,
        };
        let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
        let has_dates = filter != CheckFilter::default();
        let limit = number(&self.limit).unwrap_or(if has_dates { MAX_LIMIT } else { DEFAULT_LIMIT });
        let offset = number(&self.offset).unwrap_or(0).max(0);
        Ok((filter, Page::new(Some(limit.clamp(1, MAX_LIMIT)), Some(offset))))
    }
}

fn parse(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(relative) = text.strip_prefix('-') {
        let unit = relative.chars().next_back()?;
        let count: i64 = relative[..relative.len() - unit.len_utf8()].parse().ok().filter(|count| *count >= 0)?;
        let days = match unit {
            'h' if count <= MAX_DAYS * 24 => return Some(now - TimeDelta::hours(count)),
            'd' => count,
            'w' => count.checked_mul(7)?,
            'm' => count.checked_mul(30)?,
            'y' => count.checked_mul(365)?,
            _ => return None,
        };
        let start = (days <= MAX_DAYS).then(|| now - TimeDelta::days(days))?;
        return start.duration_trunc(TimeDelta::days(1)).ok();
    }
    let instant = DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.with_timezone(&Utc));
    instant.or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN).and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: [&str; 4], expected: &str) {
        let [from, to, limit, offset] = query.map(|text| Some(text.to_owned()));
        let now = "2026-01-14T03:21:34Z".parse().unwrap();
        let query = CheckQuery { date_from: from, date_to: to, limit, offset };
        let read = match query.resolve(now) {
            Ok((filter, page)) => {
                let text = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), |at| at.to_rfc3339());
                format!("{} {} {} {}", text(filter.from), text(filter.to), page.limit(), page.offset())
            }
            Err(problem) => problem.attr.unwrap(),
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn rubbish_is_absent_and_dates_are_not() {
        check(["", "", "", ""], "- - 5 0");
        check(["", "", "x", "y"], "- - 5 0");
        check(["", "", "0", "-3"], "- - 1 0");
        check(["", "", "9999", "7"], "- - 500 7");
        check(["-24h", "", "", ""], "2026-01-13T03:21:34+00:00 - 500 0");
        check(["-7d", "2026-01-10", "2", ""], "2026-01-07T00:00:00+00:00 2026-01-10T00:00:00+00:00 2 0");
        check(["2026-01-10T12:00:00+01:00", "", "", ""], "2026-01-10T11:00:00+00:00 - 500 0");
        check(["soon", "", "", ""], "checks_date_from");
        check(["", "-99999999999y", "", ""], "checks_date_to");
        check(["", "-é", "", ""], "checks_date_to");
    }
}
