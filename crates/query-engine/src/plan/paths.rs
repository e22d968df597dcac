//! The operator behind paths.

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct PathEdges {}

/// What a [`PathEdges`] computes.
#[derive(Clone, Debug, PartialEq)]
pub struct PathsOutput {}
