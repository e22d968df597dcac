//! Numbers, as JSON numbers or as texts.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

/// A number of the type `T`; the type's default for `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number<T>(pub(super) T);

/// A type of numbers.
pub(super) trait Readable: FromStr + Default {
    /// What is expected.
    const NAME: &'static str;

    fn from_i64(number: i64) -> Option<Self>;
    fn from_u64(number: u64) -> Option<Self>;
    fn from_f64(number: f64) -> Option<Self>;
}

/// Reads whole numbers: those with a fraction are none.
macro_rules! whole {
    ($($type:ty => $name:literal),+) => {
        $(impl Readable for $type {
            const NAME: &'static str = $name;

            fn from_i64(number: i64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_u64(number: u64) -> Option<Self> {
                number.try_into().ok()
            }

            fn from_f64(number: f64) -> Option<Self> {
                // Beyond, not every whole number has a form of its own.
                const LARGEST: f64 = 9_007_199_254_740_992.0;
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
                let whole = (number.fract() == 0.0 && number.abs() <= LARGEST).then_some(number as i64);
                whole.and_then(Self::from_i64)
            }
        })+
    };
}

whole!(i64 => "a whole number of 64 bits", u64 => "a whole number of 64 bits that is not negative", u32 => "a whole number of 32 bits that is not negative");

impl Readable for f64 {
    const NAME: &'static str = "a number";

    #[expect(clippy::cast_precision_loss, reason = "a number of this type is what was asked for")]
    fn from_i64(number: i64) -> Option<Self> {
        Some(number as Self)
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of this type is what was asked for")]
    fn from_u64(number: u64) -> Option<Self> {
        Some(number as Self)
    }

    fn from_f64(number: f64) -> Option<Self> {
        Some(number)
    }
}

impl<'de, T: Readable> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor(PhantomData)).map(Self)
    }
}

struct NumberVisitor<T>(PhantomData<T>);

impl<T: Readable> Visitor<'_> for NumberVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        T::from_i64(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        T::from_u64(number).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        T::from_f64(number).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: Readable + PartialEq + fmt::Debug>(json: &str, expected: Option<T>) {
        let read: Option<Number<T>> = serde_json::from_str(json).ok();
        assert_eq!(read.map(|number| number.0), expected, "{json}");
    }

    #[test]
    fn numbers_come_as_numbers_or_as_texts() {
        check("7", Some(7_i64));
        check("\"-7\"", Some(-7_i64));
        check("7.0", Some(7_i64));
        check("null", Some(0_i64));
        check("\"9223372036854775807\"", Some(i64::MAX));
        check::<i64>("7.5", None);
        check::<i64>("\"seven\"", None);
        check::<i64>("true", None);
        check("18446744073709551615", Some(u64::MAX));
        check::<u64>("-1", None);
        check::<u32>("4294967296", None);
        assert!(serde_json::from_str::<Number<f64>>("\"NaN\"").unwrap().0.is_nan());
        check("\"-Infinity\"", Some(f64::NEG_INFINITY));
        check("1", Some(1.0_f64));
        check("1.5e3", Some(1500.0_f64));
    }
}
