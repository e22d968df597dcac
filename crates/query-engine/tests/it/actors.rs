//! Actors: who is behind the numbers of insights.

pub(crate) mod agreement;
