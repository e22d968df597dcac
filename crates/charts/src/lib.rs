#![doc = include_str!("../README.md")]

mod build;
mod countries;
mod days;
mod draw;
mod format;
mod model;
mod palette;
mod png;
mod scale;
mod table;
#[cfg(test)]
mod tests;
mod text;

pub use draw::{MAX_WIDTH, MIN_WIDTH, Medium, drawing, svg, svg_of_all};
pub use format::{Unit, ValueFormat};
pub use model::Chart;
pub use palette::{MAX_SERIES, Theme, stylesheet};
pub use png::png;
pub use table::{Cell, DataTable};
