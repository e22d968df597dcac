//! Ranges of bytes, as HTTP writes them.

use std::ops::Range;

/// What a `Range` header asks for of something with a known size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: there is no header, or one that is not understood, which is to be ignored.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that are not there.
    Unsatisfiable,
}

/// Reads a `Range` header. Several ranges at once are answered with everything, as is allowed.
pub fn read_range(header: &str, size_bytes: u64) -> Wanted {
    let Some((unit, range)) = header.split_once('=') else { return Wanted::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let (first, last) = (first.trim(), last.trim());
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..size_bytes.min(last.saturating_add(1)),
        (Some(first), None) if last.is_empty() => first..size_bytes,
        (None, Some(n_last)) if first.is_empty() => size_bytes.saturating_sub(n_last)..size_bytes,
        _ => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Unsatisfiable } else { Wanted::Part(range) }
}

/// Which bytes a request brings, by its `Content-Range`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Where they lie in the whole.
    pub range: Range<u64>,
    /// Bytes of the whole, where that is said.
    pub total_bytes: Option<u64>,
}

/// Reads a `Content-Range` header: `bytes 0-99/1000`, or `bytes 0-99/*` where the whole is not known yet. `None` where it is none.
pub fn read_content_range(header: &str) -> Option<Brought> {
    let (unit, rest) = header.trim().split_once(' ')?;
    let (range, total) = rest.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    let total_bytes = if total == "*" { None } else { Some(number(total)?) };
    let end = last.checked_add(1)?;
    let fits = first < end && total_bytes.is_none_or(|total| end <= total);
    (unit.eq_ignore_ascii_case("bytes") && fits).then_some(Brought { range: first..end, total_bytes })
}

/// A number of digits alone, which `u64::from_str` is not content with.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for a number is larger than anything that is there.
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Wanted) {
        assert_eq!(read_range(header, 1000), expected, "{header}");
    }

    #[test]
    fn one_range_is_read() {
        check("bytes=0-0", Wanted::Part(0..1));
        check("bytes=0-999", Wanted::Part(0..1000));
        check("bytes=10-5000", Wanted::Part(10..1000));
        check("bytes=999-", Wanted::Part(999..1000));
        check("bytes=-1", Wanted::Part(999..1000));
        check("bytes=-5000", Wanted::Part(0..1000));
        check("Bytes = 5-6 ", Wanted::Part(5..7));
        check("bytes=0-99999999999999999999999", Wanted::Part(0..1000));
    }

    #[test]
    fn what_is_not_there_cannot_be_given() {
        check("bytes=1000-", Wanted::Unsatisfiable);
        check("bytes=2000-3000", Wanted::Unsatisfiable);
        check("bytes=-0", Wanted::Unsatisfiable);
        check("bytes=99999999999999999999999-", Wanted::Unsatisfiable);
        assert_eq!(read_range("bytes=0-", 0), Wanted::Unsatisfiable);
    }

    #[test]
    fn anything_else_is_ignored() {
        for header in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", "bytes=+1-2"]
        {
            check(header, Wanted::Whole);
        }
    }

    #[test]
    fn content_ranges_are_read() {
        let brought = |first, end, total_bytes| Some(Brought { range: first..end, total_bytes });
        assert_eq!(read_content_range("bytes 0-99/1000"), brought(0, 100, Some(1000)));
        assert_eq!(read_content_range("bytes 900-999/1000"), brought(900, 1000, Some(1000)));
        assert_eq!(read_content_range("bytes 5-5/*"), brought(5, 6, None));
        for header in [
            "",
            "bytes",
            "bytes 0-99",
            "bytes 0-1000/1000",
            "bytes 5-4/10",
            "bytes */10",
            "items 0-1/2",
            "bytes -1/2",
            "bytes 0-18446744073709551615/*",
        ] {
            assert_eq!(read_content_range(header), None, "{header}");
        }
    }
}
