//! Dates: reading them, the ranges and buckets that they bound, and the labels of buckets.

mod buckets;
mod parse;
mod range;
mod relative;

pub use buckets::{Buckets, MAX_BUCKETS};
pub(crate) use parse::DateText;
pub use parse::value_instant_us;
pub use range::{DateRange, QueryDates};
pub(crate) use relative::Relative;
