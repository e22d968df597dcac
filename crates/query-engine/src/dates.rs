//! Dates: reading them, the ranges and buckets that they bound, and the labels of buckets.

mod buckets;
mod parse;
mod range;
mod relative;
#[cfg(test)]
mod tests;
mod text;

pub use buckets::{Buckets, MAX_BUCKETS};
pub use parse::value_instant_us;
pub(crate) use parse::{DateText, instant_of_local};
pub(crate) use range::{DateFrom, DateTo};
pub use range::{DateRange, QueryDates};
pub(crate) use range::{interval_end, interval_start};
pub(crate) use relative::{Relative, start_of_day};
pub use text::{instant_of_text, span_of_text};
