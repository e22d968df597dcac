use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(parse_instant(text), Some(at(expected)), "{text}");
}

#[track_caller]
fn check_unreadable(text: &str) {
    assert_eq!(parse_instant(text), None, "{text}");
}

#[test]
fn iso_8601_is_read_in_all_its_lengths() {
    check("2026-01-31T10:20:30Z", "2026-01-31T10:20:30Z");
    check("2026-01-31T10:20:30.5Z", "2026-01-31T10:20:30.5Z");
    check("2026-01-31T10:20:30.123456789Z", "2026-01-31T10:20:30.123456Z");
    check("2026-01-31 10:20:30.123", "2026-01-31T10:20:30.123Z");
    check("2026-01-31t10:20:30z", "2026-01-31T10:20:30Z");
    check("2026-01-31T10:20", "2026-01-31T10:20:00Z");
    check("2026-01-31", "2026-01-31T00:00:00Z");
    check(" 2026-01-31T10:20:30 UTC ", "2026-01-31T10:20:30Z");
    check("2026-01-31T10:20:30+02:00", "2026-01-31T08:20:30Z");
    check("2026-01-31T10:20:30.25-0530", "2026-01-31T15:50:30.25Z");
    check("2026-01-31T00:20:30 +01", "2026-01-30T23:20:30Z");
    check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
}

#[test]
fn numbers_are_told_apart_by_size() {
    check("1769854830", "2026-01-31T10:20:30Z");
    check("1769854830.25", "2026-01-31T10:20:30.25Z");
    check("1769854830123", "2026-01-31T10:20:30.123Z");
    check("1769854830123456", "2026-01-31T10:20:30.123456Z");
    check("0", "1970-01-01T00:00:00Z");
}

#[test]
fn other_spellings_are_read() {
    check("Sat, 31 Jan 2026 10:20:30 +0000", "2026-01-31T10:20:30Z");
    check("Sat Jan 31 2026 11:20:30 GMT+0100 (Central European Standard Time)", "2026-01-31T10:20:30Z");
}

#[test]
fn what_means_no_instant_is_not_read() {
    for text in [
        "",
        "yesterday",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "2026-01-31T25:00:00Z",
        "2026-01-31T10:61:00Z",
        "2026-01-31T10:20:30.Z",
        "2026-01-31T10:20:30+25:00",
        "2026-01-31T10:20:30Zulu",
        "0000-01-01",
        "1e300",
        "NaN",
        "-",
    ] {
        if text == "2026" {
            // Digits alone are a count of seconds.
            check(text, "1970-01-01T00:33:46Z");
        } else {
            check_unreadable(text);
        }
    }
}

#[track_caller]
fn check_corrected(timestamp: Option<&str>, offset_ms: Option<i64>, sent_at: Option<&str>, expected: &str) {
    let claim = Claim { timestamp: timestamp.map(at), offset_ms, sent_at: sent_at.map(at) };
    assert_eq!(corrected(claim, at("2026-01-31T12:00:00Z")), at(expected), "{claim:?}");
}

#[test]
fn clocks_are_corrected() {
    // An event without a time happened now, or its offset before.
    check_corrected(None, None, None, "2026-01-31T12:00:00Z");
    check_corrected(None, Some(1500), None, "2026-01-31T11:59:58.5Z");
    check_corrected(None, Some(i64::MAX), None, "2026-01-31T12:00:00Z");
    // A client whose clock is an hour ahead.
    check_corrected(Some("2026-01-31T12:59:00Z"), None, Some("2026-01-31T13:00:00Z"), "2026-01-31T11:59:00Z");
    // Without its clock the client is taken at its word, the far future excepted.
    check_corrected(Some("2026-01-31T12:59:00Z"), None, None, "2026-01-31T12:59:00Z");
    check_corrected(Some("2020-01-01T00:00:00Z"), None, None, "2020-01-01T00:00:00Z");
    check_corrected(Some("2026-02-01T11:00:00Z"), None, None, "2026-02-01T11:00:00Z");
    check_corrected(Some("2026-02-01T11:00:01Z"), None, None, "2026-01-31T12:00:00Z");
    check_corrected(Some("9999-12-31T00:00:00Z"), None, Some("0001-01-01T00:00:00Z"), "2026-01-31T12:00:00Z");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,40}") {
        let _ = parse_instant(&text);
    }

    #[test]
    fn text_that_looks_like_a_date_is_read_without_a_panic(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?([zZ]|[+-][0-9]{2}:?[0-9]{2})?") {
        let _ = parse_instant(&text);
    }

    #[test]
    fn what_is_written_is_read_back(micros in -62_135_596_800_000_000_i64..253_402_300_799_999_999) {
        let instant = DateTime::from_timestamp_micros(micros).unwrap();
        prop_assert_eq!(parse_instant(&instant.to_rfc3339()), Some(instant));
    }
}
