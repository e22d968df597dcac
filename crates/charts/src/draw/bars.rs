//! Horizontal bars, one under another.

use maud::html;

use super::{LABEL, N, Part, Space};
use crate::format::ValueFormat;
use crate::model::Item;
use crate::scale::Scale;
use crate::text::{fit, width};

const ROW: f64 = 32.0;

/// Name, bar and number of each item; on narrow ground the name stands above its bar.
pub(crate) fn draw(items: &[Item], format: &ValueFormat, space: Space) -> Part {
    let numbers: Vec<String> = items.iter().map(|item| format.full(item.value)).collect();
    let for_numbers = numbers.iter().map(|text| width(text, LABEL)).fold(0.0, f64::max).min(space.width / 3.0) + 10.0;
    let names = items.iter().map(|item| width(&item.name, LABEL)).fold(0.0, f64::max);
    let for_names = if space.is_narrow() { 0.0 } else { names.min(space.width * 0.3) + 14.0 };
    let (name_height, row) = if space.is_narrow() { (18.0, ROW + 12.0) } else { (0.0, ROW) };
    let scale = Scale::new(items.iter().map(|item| item.value), 1, format.unit());
    let highest = items.iter().map(|item| item.value).fold(0.0, f64::max);
    let lowest = items.iter().map(|item| item.value).fold(0.0, f64::min);
    // The longest bar ends where its number begins: no axis says more than the numbers do.
    let (from, to) = (scale.part(lowest), scale.part(highest).max(scale.part(lowest) + 1e-9));
    let room = space.width - for_names - for_numbers;
    let x = |value: f64| for_names + (scale.part(value) - from) / (to - from) * room;
    let zero = x(0.0);
    let body = html! {
        @for (position, (item, number)) in items.iter().zip(&numbers).enumerate() {
            @let top = position as f64 * row;
            @let (left, right) = (zero.min(x(item.value)), zero.max(x(item.value)));
            @let middle = top + name_height + (ROW - 8.0) / 2.0;
            @if space.is_narrow() {
                text class="ink" x="0" y=(N(top + 13.0)) font-size=(N(LABEL)) { (fit(&item.name, space.width, LABEL)) }
            } @else {
                text class="ink" x=(N(for_names - 12.0)) y=(N(middle + 4.0)) text-anchor="end" font-size=(N(LABEL)) {
                    (fit(&item.name, for_names - 12.0, LABEL))
                }
            }
            rect class={ "bar stop f" (item.colour) @if item.is_previous { " faint line previous l" (item.colour) } }
                x=(N(left)) y=(N(top + name_height)) width=(N((right - left).max(1.0))) height=(N(ROW - 8.0)) rx="3"
                data-series=(item.name) data-label=(item.name) data-value=(item.value) data-tip={ (item.name) "\n" (number) } {
                (space.title(&format!("{}: {number}", item.name)))
            }
            text class="ink" x=(N(right + 8.0)) y=(N(middle + 4.0)) font-size=(N(LABEL)) { (fit(number, for_numbers, LABEL)) }
        }
    };
    Part { height: items.len() as f64 * row, body }
}
