//! Cohorts: people that have something in common.
