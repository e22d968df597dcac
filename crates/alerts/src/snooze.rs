//! Reading until when an alert is left alone.

use chrono::{DateTime, DurationRound, Months, TimeDelta, Utc};
use insights_core::problem::Problem;
use serde_json::Value;

/// The longest that an alert is left alone, in days.
const MAX_DAYS: i64 = 3660;

/// Reads `snoozed_until`: so many hours (`2h`), days (`1d`), weeks (`1w`), months (`1m`) or years (`1y`) from `now` on, cut to the beginning of
/// the hour or, for all others, of the day in UTC. Null ends a snooze.
///
/// # Errors
/// A refusal that names the field.
pub fn read(value: &Value, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Problem> {
    let refuse = |detail: &str| Problem::invalid("snoozed_until", detail);
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        _ => return Err(refuse("snoozed_until has to be passed in string format")),
    };
    let until = parse(text, now).ok_or_else(|| {
        refuse("snoozed_until has to be a time from now on such as 2h, 1d, 1w or 1m, of ten years at most")
    })?;
    Ok(Some(until))
}

fn parse(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let unit = text.chars().next_back()?;
    let count: u32 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let number = i64::from(count);
    if count == 0 || number > MAX_DAYS * 24 {
        return None;
    }
    let (until, cut) = match unit {
        'h' => (now + TimeDelta::hours(number), TimeDelta::hours(1)),
        'd' => (now + TimeDelta::days(number), TimeDelta::days(1)),
        'w' => (now + TimeDelta::weeks(number), TimeDelta::days(1)),
        'm' => (now.checked_add_months(Months::new(count))?, TimeDelta::days(1)),
        'y' => (now.checked_add_months(Months::new(count.checked_mul(12)?))?, TimeDelta::days(1)),
        _ => return None,
    };
    let within = until - now <= TimeDelta::days(MAX_DAYS);
    within.then(|| until.duration_trunc(cut).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, expected: Option<&str>) {
        let now = "2026-01-14T03:21:34Z".parse().unwrap();
        let until = read(&value, now).ok().flatten();
        assert_eq!(until.map(|until| until.to_rfc3339()).as_deref(), expected, "{value}");
    }

    #[test]
    fn snoozes_are_cut_to_their_unit() {
        check(json!("2h"), Some("2026-01-14T05:00:00+00:00"));
        check(json!("1d"), Some("2026-01-15T00:00:00+00:00"));
        check(json!("1w"), Some("2026-01-21T00:00:00+00:00"));
        check(json!("2m"), Some("2026-03-14T00:00:00+00:00"));
        check(json!("1y"), Some("2027-01-14T00:00:00+00:00"));
        for bad in ["", "h", "0h", "d1", "1x", "1é", "99999999999h", "4000000000y", "1.5h", "2026-01-20"] {
            check(json!(bad), None);
            assert!(read(&json!(bad), DateTime::UNIX_EPOCH).is_err(), "{bad}");
        }
        assert_eq!(read(&json!(null), DateTime::UNIX_EPOCH), Ok(None));
        let problem = read(&json!(5), DateTime::UNIX_EPOCH).unwrap_err();
        assert_eq!(problem.detail, "snoozed_until has to be passed in string format");
    }
}
