//! Runs of the events in segments.
