//! HogQL run over events in memory.

mod relations;
