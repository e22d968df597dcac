#![doc = include_str!("../README.md")]

pub mod distinct_id;
pub mod error;
pub mod flags;
pub mod identity;
pub mod limits;
pub mod otlp;
pub mod parse;
pub mod record;
pub mod request;
pub mod sink;
pub mod timestamp;
pub mod token;

mod decode;
mod envelope;
mod normalize;
mod properties;
mod repair;

/// The beginning of `text`, short enough for an error message.
fn shortened(text: &str) -> String {
    const MOST_CHARS: usize = 60;
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
