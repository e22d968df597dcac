//! lz-string's base64 form, which older browser clients send as `compression=lz64`.
//!
//! The format is LZ78 over UTF-16 units: codes of growing width, read from 6-bit digits. A short input can unfold to the
//! square of its length, so the output is bounded while it grows.

/// Why a text is not unfolded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LzError {
    /// It is not lz-string, or cut off.
    Malformed,
    /// It unfolds to more than the limit.
    TooLarge,
}

/// Codes with a meaning of their own: an 8-bit unit follows, a 16-bit unit follows, the end.
const UNIT_8: u32 = 0;
const UNIT_16: u32 = 1;
const END: u32 = 2;

/// Unfolds `text`, to at most `limit` UTF-16 units.
pub(crate) fn unfold_base64(text: &[u8], limit: usize) -> Result<String, LzError> {
    let mut bits = Bits { digits: text.iter(), digit: 0, left: 0 };
    let mut output: Vec<u16> = Vec::new();
    // A dictionary entry is the range of the output where its text first stood: every new entry is the previous text
    // and the unit after it, which stand side by side there.
    let mut entries: Vec<(usize, usize)> = Vec::new();

    let first = match bits.read(2).ok_or(LzError::Malformed)? {
        END => return Ok(String::new()),
        code => bits.read_unit(code)?,
    };
    output.push(first);
    entries.push((0, 1));
    let (mut previous_start, mut previous_len) = (0, 1);
    // Three codes are taken, and the first unit has one of the four that 2 bits give.
    let mut width = 3;
    let mut codes_left = 4_u32;
    let mut next_code = 4_usize;
    loop {
        let code = bits.read(width).ok_or(LzError::Malformed)?;
        let start = output.len();
        let mut literal = None;
        match code {
            END => return Ok(String::from_utf16_lossy(&output)),
            UNIT_8 | UNIT_16 => {
                literal = Some(bits.read_unit(code)?);
                entries.push((start, 1));
                next_code += 1;
                codes_left -= 1;
                if codes_left == 0 {
                    codes_left = 1 << width;
                    width += 1;
                }
            }
            _ => {}
        }
        let len = match literal {
            Some(unit) => {
                output.push(unit);
                1
            }
            None => {
                let entry = code as usize - 3;
                // The entry that this very step is about to add: the previous text and its own first unit.
                let (from, len) = match entries.get(entry) {
                    Some(&range) => range,
                    None if code as usize == next_code => (previous_start, previous_len + 1),
                    None => return Err(LzError::Malformed),
                };
                if start + len > limit {
                    return Err(LzError::TooLarge);
                }
                // Unit by unit, as an entry may reach into what is being written.
                for position in from..from + len {
                    output.push(output[position]);
                }
                len
            }
        };
        if output.len() > limit {
            return Err(LzError::TooLarge);
        }
        entries.push((previous_start, previous_len + 1));
        next_code += 1;
        (previous_start, previous_len) = (start, len);
        codes_left -= 1;
        if codes_left == 0 {
            if width >= 31 {
                return Err(LzError::TooLarge);
            }
            codes_left = 1 << width;
            width += 1;
        }
    }
}

/// Bits of base64 digits, the highest of each digit first.
struct Bits<'a> {
    digits: std::slice::Iter<'a, u8>,
    digit: u8,
    left: u32,
}

impl Bits<'_> {
    /// The next `count` bits as a number, the first being the lowest.
    fn read(&mut self, count: u32) -> Option<u32> {
        let mut number = 0;
        for place in 0..count {
            if self.left == 0 {
                self.digit = digit_value(*self.digits.next()?)?;
                self.left = 6;
            }
            self.left -= 1;
            number |= u32::from(self.digit >> self.left & 1) << place;
        }
        Some(number)
    }

    /// The unit that `code` announces.
    fn read_unit(&mut self, code: u32) -> Result<u16, LzError> {
        let unit = match code {
            UNIT_8 => self.read(8),
            UNIT_16 => self.read(16),
            _ => None,
        };
        unit.and_then(|unit| u16::try_from(unit).ok()).ok_or(LzError::Malformed)
    }
}

fn digit_value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        // A plus sign that went through a form unescaped arrives as a space.
        b'+' | b' ' | b'-' => 62,
        b'/' | b'_' => 63,
        // Padding holds no bits.
        b'=' => 0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;

    #[track_caller]
    fn check(text: &str) {
        let folded = lz_str::compress_to_base64(text);
        assert_eq!(unfold_base64(folded.as_bytes(), LIMIT).as_deref(), Ok(text), "{folded}");
    }

    #[test]
    fn what_the_reference_implementation_folds_is_unfolded() {
        check("");
        check("a");
        check("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        check(r#"{"event":"$pageview","distinct_id":"u","properties":{"a":[1,2,3],"b":"ü€😀"}}"#);
        check(&r#"{"event":"x"},"#.repeat(5000));
    }

    #[test]
    fn the_output_is_bounded() {
        let folded = lz_str::compress_to_base64(&"a".repeat(100_000));
        assert!(folded.len() < 1_000);
        assert_eq!(unfold_base64(folded.as_bytes(), 99_999), Err(LzError::TooLarge));
        assert!(unfold_base64(folded.as_bytes(), 100_000).is_ok());
    }

    #[test]
    fn other_text_is_malformed() {
        for text in ["", "!", "{}", "A", "///////"] {
            assert_eq!(unfold_base64(text.as_bytes(), LIMIT), Err(LzError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC{0,300}") {
            check(&text);
        }

        #[test]
        fn repetitive_text_survives(text in "[ab]{0,2000}") {
            check(&text);
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(text in "[A-Za-z0-9+/=]{0,300}") {
            let _ = unfold_base64(text.as_bytes(), 10_000);
        }
    }
}
