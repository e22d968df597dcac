#![doc = include_str!("../README.md")]

mod assets;
mod chart;
mod layout;
mod page;
mod refusals;
#[cfg(test)]
mod tests;

pub use assets::{Frames, content_security_policy};
pub use page::{Appearance, Downloads, Page, Tile, TileContent, page};
pub use refusals::{Unlock, not_found, unlock};
