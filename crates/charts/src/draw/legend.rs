//! Which colour is what.

use maud::{Markup, html};

use super::{LABEL, N, Part, Space};
use crate::text::{fit, width};

/// One name of the legend.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) colour: usize,
    pub(crate) is_previous: bool,
}

const ROW: f64 = 22.0;
const SWATCH: f64 = 16.0;
const GAP: f64 = 20.0;

/// The names in rows, as many as are needed.
pub(crate) fn draw<'a>(entries: impl Iterator<Item = Entry<'a>>, is_line: bool, space: Space) -> Part {
    let (mut x, mut y) = (0.0, 0.0);
    let mut drawn: Vec<Markup> = Vec::new();
    for entry in entries {
        let name = fit(entry.name, (space.width - SWATCH - 8.0).min(320.0), LABEL);
        let taken = SWATCH + 6.0 + width(&name, LABEL);
        if x > 0.0 && x + taken > space.width {
            x = 0.0;
            y += ROW;
        }
        drawn.push(one(&entry, &name, (x, y), is_line));
        x += taken + GAP;
    }
    let height = if drawn.is_empty() { 0.0 } else { y + ROW + 8.0 };
    Part { height, body: html! { g class="legend" { @for entry in &drawn { (entry) } } } }
}

fn one(entry: &Entry<'_>, name: &str, (x, y): (f64, f64), is_line: bool) -> Markup {
    let Entry { colour, is_previous, .. } = entry;
    html! {
        @if is_line {
            line class={ "line l" (colour) @if *is_previous { " previous" } } x1=(N(x)) x2=(N(x + SWATCH)) y1=(N(y + 8.0)) y2=(N(y + 8.0)) {}
        } @else {
            rect class={ "f" (colour) @if *is_previous { " faint" } } x=(N(x + 2.0)) y=(N(y + 2.0)) width="12" height="12" rx="3" {}
        }
        text class="ink" x=(N(x + SWATCH + 6.0)) y=(N(y + 12.0)) font-size=(N(LABEL)) { (name) }
    }
}
