//! The operator behind lifecycles.

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleStates {}

/// What a [`LifecycleStates`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleOutput {}
