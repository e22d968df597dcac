//! A table as a picture, for images; pages have tables of their own.

use maud::html;

use super::{LABEL, N, Part, Space};
use crate::table::DataTable;
use crate::text::{fit, width};

const ROW: f64 = 30.0;
/// The most rows that are drawn.
const MAX_ROWS: usize = 30;
/// The narrowest column, in pixels.
const MIN_COLUMN: f64 = 70.0;

/// The first rows and as many columns as there is room for.
pub(crate) fn draw(table: &DataTable, space: Space) -> Part {
    let rows = &table.rows[..table.rows.len().min(MAX_ROWS)];
    let mut widths: Vec<f64> = Vec::new();
    let mut used = 0.0;
    for (column, header) in table.headers.iter().enumerate() {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| width(&cell.text, LABEL));
        let wanted = (cells.fold(width(header, LABEL), f64::max) + 24.0).clamp(MIN_COLUMN, 320.0);
        if column > 0 && used + MIN_COLUMN > space.width {
            break;
        }
        let given = wanted.min(space.width - used);
        widths.push(given);
        used += given;
    }
    // What is left is shared, so that the table is as wide as its place.
    let extra = (space.width - used).max(0.0) / widths.len().max(1) as f64;
    let mut begin = 0.0;
    let columns: Vec<(f64, f64)> = widths
        .iter()
        .map(|width| {
            let column = (begin, width + extra);
            begin += width + extra;
            column
        })
        .collect();
    let is_number = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.is_number));
    let cell = |column: usize, text: &str, y: f64, class: &str| {
        let (x, width) = columns[column];
        let text = fit(text, width - 14.0, LABEL);
        html! {
            @if is_number(column) {
                text class=(class) x=(N(x + width - 10.0)) y=(N(y)) text-anchor="end" font-size=(N(LABEL)) { (text) }
            } @else {
                text class=(class) x=(N(x + 2.0)) y=(N(y)) font-size=(N(LABEL)) { (text) }
            }
        }
    };
    let left_out = (table.rows.len() - rows.len(), table.headers.len() - columns.len());
    let body = html! {
        @for (column, header) in table.headers.iter().take(columns.len()).enumerate() { (cell(column, header, 18.0, "muted strong")) }
        line class="axis" x1="0" x2=(N(space.width)) y1=(N(ROW - 2.0)) y2=(N(ROW - 2.0)) {}
        @for (position, row) in rows.iter().enumerate() {
            @let y = (position as f64 + 1.0) * ROW;
            @for (column, value) in row.iter().take(columns.len()).enumerate() { (cell(column, &value.text, y + 18.0, "ink")) }
            line class="grid" x1="0" x2=(N(space.width)) y1=(N(y + ROW - 2.0)) y2=(N(y + ROW - 2.0)) {}
        }
        @if let Some(note) = note(left_out) {
            text class="muted" x="2" y=(N((rows.len() as f64 + 1.0) * ROW + 20.0)) font-size=(N(LABEL)) { (note) }
        }
    };
    let n_lines = rows.len() + if left_out == (0, 0) { 1 } else { 2 };
    Part { height: n_lines as f64 * ROW, body }
}

fn note(left_out: (usize, usize)) -> Option<String> {
    match left_out {
        (0, 0) => None,
        (rows, 0) => Some(format!("and {rows} more rows")),
        (0, columns) => Some(format!("and {columns} more columns")),
        (rows, columns) => Some(format!("and {rows} more rows, {columns} more columns")),
    }
}
