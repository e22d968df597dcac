//! Cohorts by the intervals after their first, shaded by how many came back.

use maud::{Markup, html};

use super::{LABEL, N, Part, Space};
use crate::format::{ValueFormat, percent};
use crate::model::{Sheet, SheetCell, SheetRow};
use crate::palette::N_SHADES;
use crate::text::{fit, width};

const ROW: f64 = 32.0;
const HEADER: f64 = 26.0;
const HEADING: f64 = 28.0;
/// The narrowest column, in pixels.
const MIN_COLUMN: f64 = 34.0;

/// The sheets one under another.
pub(crate) fn draw(sheets: &[Sheet], format: &ValueFormat, space: Space) -> Part {
    let mut y = 0.0;
    let mut drawn: Vec<Markup> = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        if !sheet.name.is_empty() {
            drawn.push(html! {
                text class="ink strong" x="0" y=(N(y + 14.0)) font-size="14" { (fit(&sheet.name, space.width, 15.0)) }
            });
            y += HEADING;
        }
        drawn.push(one(sheet, format, y, space));
        y += HEADER + sheet.rows.len() as f64 * ROW + 16.0;
    }
    Part { height: (y - 10.0).max(40.0), body: html! { @for sheet in &drawn { (sheet) } } }
}

fn one(sheet: &Sheet, format: &ValueFormat, top: f64, space: Space) -> Markup {
    let dates = sheet.rows.iter().map(|row| width(&row.label.short, LABEL)).fold(40.0, f64::max).min(96.0) + 10.0;
    let sizes = sheet.rows.iter().map(|row| width(&format.short(row.size), LABEL)).fold(26.0, f64::max) + 12.0;
    let left = dates + sizes;
    let room = space.width - left;
    let n_columns = sheet.columns.len().min(whole(room / MIN_COLUMN)).max(1);
    let column = (room / n_columns as f64).min(110.0);
    let is_cut = n_columns < sheet.columns.len();
    html! {
        text class="muted" x=(N(dates + sizes - 12.0)) y=(N(top + 16.0)) text-anchor="end" font-size=(N(LABEL)) { "Size" }
        @for (position, name) in sheet.columns.iter().take(n_columns).enumerate() {
            @let name = if is_cut && position + 1 == n_columns { format!("{}…", header(name, column)) } else { header(name, column) };
            text class="muted" x=(N(left + (position as f64 + 0.5) * column)) y=(N(top + 16.0)) text-anchor="middle" font-size=(N(LABEL)) {
                (fit(&name, column, LABEL))
            }
        }
        @for (position, row) in sheet.rows.iter().enumerate() {
            @let y = top + HEADER + position as f64 * ROW;
            text class="ink" x="0" y=(N(y + 20.0)) font-size=(N(LABEL)) {
                (fit(&row.label.short, dates - 6.0, LABEL))
            }
            text class="muted" x=(N(dates + sizes - 12.0)) y=(N(y + 20.0)) text-anchor="end" font-size=(N(LABEL)) { (format.short(row.size)) }
            @for (place, cell) in row.cells.iter().take(n_columns).enumerate() {
                (shaded(sheet, row, (place, cell), (left + place as f64 * column, y, column), format, space))
            }
        }
    }
}

/// `Day 3`, or `3` where the column is too narrow for it.
fn header(name: &str, column: f64) -> String {
    if width(name, LABEL) + 4.0 <= column {
        return name.to_owned();
    }
    name.rsplit_once(' ').map_or(name, |(_, number)| number).to_owned()
}

fn shaded(
    sheet: &Sheet,
    row: &SheetRow,
    (place, cell): (usize, &SheetCell),
    (x, y, column): (f64, f64, f64),
    format: &ValueFormat,
    space: Space,
) -> Markup {
    let shade = whole(cell.part * N_SHADES as f64).min(N_SHADES - 1);
    let text = match cell.measured {
        Some(measured) => format.short(measured),
        None if column < 46.0 => format!("{:.0}%", cell.part * 100.0),
        None => percent(cell.part),
    };
    let name = sheet.columns.get(place).map_or("", String::as_str);
    let tip = format!(
        "{}, {name}\n{} of {} · {}",
        row.label.long,
        format.full(cell.count),
        format.full(row.size),
        percent(cell.part)
    );
    html! {
        rect class={ "cell stop h" (shade) } x=(N(x + 1.0)) y=(N(y + 1.0)) width=(N(column - 2.0)) height=(N(ROW - 2.0)) rx="3"
            data-series=(row.label.long) data-label=(name) data-value=(cell.measured.unwrap_or(cell.count)) data-tip=(tip) { (space.title(&tip)) }
        text class={ "t" (shade) } x=(N(x + column / 2.0)) y=(N(y + 20.0)) text-anchor="middle" font-size="11" pointer-events="none" {
            (fit(&text, column, 11.0))
        }
    }
}

/// How many whole ones there are in a number that is not below zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the number is small and not below zero")]
fn whole(number: f64) -> usize {
    number.clamp(0.0, 1e6) as usize
}
