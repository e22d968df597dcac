//! The operator behind retention.

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionMatrix {}

/// What a [`RetentionMatrix`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionOutput {}
