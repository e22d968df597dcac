//! What Recall.ai tells of the recordings that it keeps: signed requests, read and checked here.

pub mod news;
pub mod signature;
