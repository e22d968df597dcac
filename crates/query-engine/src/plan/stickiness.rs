//! The operator behind stickiness.

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveIntervals {}

/// What a [`ActiveIntervals`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct StickinessOutput {}
