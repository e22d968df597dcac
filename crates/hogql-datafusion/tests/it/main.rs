//! HogQL run over events in memory.

mod conformance;
mod relations;
