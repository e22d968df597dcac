//! One number, large.

use maud::html;

use super::{N, Part, Space};
use crate::format::{ValueFormat, percent};
use crate::model::Number;
use crate::text::{fit, width};

/// The number with its name, and how it changed.
pub(crate) fn draw(number: &Number, format: &ValueFormat, space: Space) -> Part {
    let text = number.value.map_or_else(|| "–".to_owned(), |value| format.full(value));
    let size = (space.width / width(&text, 1.0).max(1.0)).min(72.0);
    let middle = space.width / 2.0;
    let change = number.value.zip(number.previous).map(|(value, previous)| change(value, previous, format));
    let body = html! {
        text class="stop number ink strong" x=(N(middle)) y="92" text-anchor="middle" font-size=(N(size)) data-series=(number.name)
            data-label=(number.name) data-value=[number.value] data-tip={ (number.name) "\n" (text) } { (text) }
        text class="muted" x=(N(middle)) y="124" text-anchor="middle" font-size="15" { (fit(&number.name, space.width, 15.0)) }
        @if let Some(change) = &change {
            text class="ink" x=(N(middle)) y="152" text-anchor="middle" font-size="14" data-value=[number.previous] data-series="previous" {
                (fit(change, space.width, 14.0))
            }
        }
    };
    Part { height: if change.is_some() { 172.0 } else { 148.0 }, body }
}

fn change(value: f64, previous: f64, format: &ValueFormat) -> String {
    let before = format.full(previous);
    if previous == 0.0 {
        return format!("{before} in the period before");
    }
    let change = (value - previous) / previous.abs();
    match change {
        change if change > 0.0 => format!("Up {} from {before}", percent(change)),
        change if change < 0.0 => format!("Down {} from {before}", percent(-change)),
        _ => format!("Unchanged from {before}"),
    }
}
