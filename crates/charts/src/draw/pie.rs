//! Parts of a whole, as a ring with a legend of numbers.

use std::f64::consts::TAU;

use maud::{Markup, html};

use super::{LABEL, N, Part, Space};
use crate::format::{ValueFormat, percent};
use crate::model::Item;
use crate::scale::{bounded, part_of};
use crate::text::{fit, width};

const ROW: f64 = 28.0;

/// The ring, and beside it (on narrow ground below it) names, numbers and parts.
pub(crate) fn draw(items: &[Item], format: &ValueFormat, space: Space) -> Part {
    let total: f64 = items.iter().map(|item| bounded(item.value)).sum();
    let outer = if space.is_narrow() { (space.width / 2.0 - 20.0).min(120.0) } else { 130.0 };
    let list = items.len() as f64 * ROW;
    let (centre, list_x, list_y, height) = if space.is_narrow() {
        let ring = outer * 2.0 + 24.0;
        ((space.width / 2.0, outer + 4.0), 0.0, ring, ring + list)
    } else {
        let height = (outer * 2.0 + 8.0).max(list);
        ((outer + 8.0, height / 2.0), outer * 2.0 + 56.0, (height - list) / 2.0, height)
    };
    let parts: Vec<f64> = items.iter().map(|item| part_of(item.value, total)).collect();
    let body = html! {
        @for (position, (item, part)) in items.iter().zip(&parts).enumerate() {
            @let begin: f64 = parts[..position].iter().sum();
            @let tip = format!("{}\n{} · {}", item.name, format.full(item.value), percent(*part));
            path class={ "slice stop edge f" (item.colour) } stroke-width="2" d=(slice(centre, outer, begin, *part))
                data-series=(item.name) data-label=(item.name) data-value=(item.value) data-tip=(tip) { (space.title(&tip)) }
        }
        text class="ink strong" x=(N(centre.0)) y=(N(centre.1 + 3.0)) text-anchor="middle" font-size="22" { (format.short(total)) }
        text class="muted" x=(N(centre.0)) y=(N(centre.1 + 21.0)) text-anchor="middle" font-size=(N(LABEL)) { "total" }
        (list_of(items, total, format, (list_x, list_y, (space.width - list_x).min(460.0))))
    };
    Part { height, body }
}

fn list_of(items: &[Item], total: f64, format: &ValueFormat, (x, y, available): (f64, f64, f64)) -> Markup {
    html! {
        @for (position, item) in items.iter().enumerate() {
            @let middle = y + (position as f64 + 0.5) * ROW;
            @let number = format.full(item.value);
            @let room = available - 20.0 - 62.0 - width(&number, LABEL) - 12.0;
            rect class={ "f" (item.colour) } x=(N(x)) y=(N(middle - 6.0)) width="12" height="12" rx="3" {}
            text class="ink" x=(N(x + 20.0)) y=(N(middle + 4.0)) font-size=(N(LABEL)) { (fit(&item.name, room, LABEL)) }
            text class="ink" x=(N(x + available - 62.0)) y=(N(middle + 4.0)) text-anchor="end" font-size=(N(LABEL)) { (number) }
            text class="muted" x=(N(x + available)) y=(N(middle + 4.0)) text-anchor="end" font-size=(N(LABEL)) {
                (percent(part_of(item.value, total)))
            }
        }
    }
}

/// The outline of a part of the ring that begins at `begin` and goes clockwise for `part`, both as parts of the whole.
fn slice((cx, cy): (f64, f64), outer: f64, begin: f64, part: f64) -> String {
    let inner = outer * 0.62;
    // A whole turn would end where it begins, and be drawn as nothing.
    let part = part.min(0.9999);
    let at = |radius: f64, turn: f64| (cx + radius * (turn * TAU).sin(), cy - radius * (turn * TAU).cos());
    let (a, b) = (at(outer, begin), at(outer, begin + part));
    let (c, d) = (at(inner, begin + part), at(inner, begin));
    let large = u8::from(part > 0.5);
    html! {
        "M" (N(a.0)) " " (N(a.1)) "A" (N(outer)) " " (N(outer)) " 0 " (large) " 1 " (N(b.0)) " " (N(b.1))
        "L" (N(c.0)) " " (N(c.1)) "A" (N(inner)) " " (N(inner)) " 0 " (large) " 0 " (N(d.0)) " " (N(d.1)) "Z"
    }
    .into_string()
}
