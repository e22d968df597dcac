//! Funnels: from a `FunnelsQuery` to its plan, from the plan to numbers, from the numbers to PostHog's answer.

mod actors;
mod attribution;
pub(crate) mod execute;
pub(crate) mod kernel;
mod marks;
mod rates;
mod tally;
mod values;
