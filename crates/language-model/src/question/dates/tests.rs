use super::*;

fn calendar() -> Calendar {
    // a Saturday
    Calendar { today: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(), week_start: Weekday::Mon }
}

#[track_caller]
fn check(text: &str, expected: Option<(&str, Option<&str>)>, rest: &str) {
    let mut sentence = Sentence::read(text);
    let dates = take(&mut sentence, &calendar());
    let found = dates.as_ref().map(|dates| (dates.from.as_str(), dates.to.as_deref()));
    assert_eq!(found, expected, "{text}");
    let unused: Vec<&str> = sentence.words.iter().filter(|word| !word.is_used).map(|word| word.text.as_str()).collect();
    assert_eq!(unused.join(" "), rest, "{text}");
}

#[test]
fn rolling_stretches_end_now() {
    check("signups in the last 30 days", Some(("-30d", None)), "signups");
    check("signups over the past 6 weeks", Some(("-6w", None)), "signups");
    check("last 24 hours of searches", Some(("-24h", None)), "of searches");
    check("last 24h", Some(("-24h", None)), "");
    check("previous two months", Some(("-2m", None)), "");
    check("in the last couple of weeks", Some(("-2w", None)), "");
    check("during the past few days", Some(("-3d", None)), "");
    check("in the past week", Some(("-7d", None)), "");
    check("in the last month", Some(("-30d", None)), "");
    check("past quarter", Some(("-90d", None)), "");
    check("over the last year", Some(("-1y", None)), "");
    check("last 99999999999 days", None, "last 99999999999 days");
}

#[test]
fn units_of_the_calendar_are_whole() {
    check("signups this month", Some(("mStart", None)), "signups");
    check("this year so far", Some(("yStart", None)), "");
    check("signups last week", Some(("-1wStart", Some("-1wEnd"))), "signups");
    check("last quarter", Some(("-1qStart", Some("-1qEnd"))), "");
    check("how many yesterday", Some(("-1dStart", Some("-1dEnd"))), "how many");
    check("today", Some(("dStart", None)), "");
    check("year to date", Some(("yStart", None)), "");
    check("of all time", Some(("all", None)), "");
}

#[test]
fn moments_are_of_the_calendar() {
    check("since June", Some(("2026-06-01", None)), "");
    check("since December", Some(("2025-12-01", None)), "");
    check("since 3 March 2025", Some(("2025-03-03", None)), "");
    check("since March 3rd, 2025", Some(("2025-03-03", None)), "");
    check("from 1 May onwards", Some(("2026-05-01", None)), "");
    check("since last month", Some(("-1mStart", None)), "");
    check("since the beginning of the year", Some(("yStart", None)), "");
    check("since 3 weeks ago", Some(("-3w", None)), "");
    check("since Monday", Some(("2026-11-16", None)), "");
    check("in March 2026", Some(("2026-03-01", Some("2026-03-31"))), "");
    check("purchases in March", Some(("2026-03-01", Some("2026-03-31"))), "purchases");
    check("for February 2024", Some(("2024-02-01", Some("2024-02-29"))), "");
    check("in 2025", Some(("2025-01-01", Some("2025-12-31"))), "");
    check("in Q1", Some(("2026-01-01", Some("2026-03-31"))), "");
    check("in Q4 of 2025", Some(("2025-10-01", Some("2025-12-31"))), "");
    check("on 2026-02-03", Some(("2026-02-03", Some("2026-02-03"))), "");
    check("between 1 Jan and 15 Feb", Some(("2026-01-01", Some("2026-02-15"))), "");
    check("between 15 Dec and 15 Jan", Some(("2025-12-15", Some("2026-01-15"))), "");
    check("from March to May", Some(("2026-03-01", Some("2026-05-31"))), "");
    check("from 2026-01-01 to 2026-01-31", Some(("2026-01-01", Some("2026-01-31"))), "");
    check("before March", Some(("all", Some("2026-02-28"))), "");
    check("until yesterday", Some(("all", Some("-1dEnd"))), "");
}

#[test]
fn other_words_say_no_time() {
    for text in [
        "purchase after signup",
        "users may buy",
        "top 10 pages",
        "from signup to purchase",
        "day 7 retention",
        "2025 users",
        "",
    ] {
        check(text, None, text);
    }
}
