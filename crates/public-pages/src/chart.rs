//! A picture in a page: drawn for wide and for narrow ground, with tips, and the table of its numbers.

use charts::{Chart, DataTable, Medium, drawing};
use maud::{Markup, html};

use crate::page::Appearance;

/// As wide as the picture of an insight on a desk, in pixels.
const WIDE: u32 = 960;
/// As wide as one of two on a dashboard.
const HALF: u32 = 560;
/// As wide as on a phone.
const NARROW: u32 = 360;
/// The most rows of a table; the whole one is in the files.
const MAX_ROWS: usize = 500;

/// The picture with its table behind it; a table that is the picture is there once.
pub(crate) fn figure(chart: &Chart, name: &str, is_on_dashboard: bool, appearance: Appearance) -> Markup {
    if chart.is_empty() {
        return html! { p class="nothing" { "No data in this range" } };
    }
    if chart.is_table() {
        return html! { (table(chart.table(), name)) @if let Some(note) = chart.note() { p class="more" { (note) } } };
    }
    let chart = if appearance.legend { &chart.clone().with_legend() } else { chart };
    let wide = if is_on_dashboard { HALF } else { WIDE };
    html! {
        div class="plot" {
            div class="wide" { (drawing(chart, wide, Medium::Page, None)) }
            div class="narrow" { (drawing(chart, NARROW, Medium::Page, None)) }
            div class="tip" aria-hidden="true" hidden {}
            input class="scrub" type="range" min="0" max="1" value="0" step="1" hidden aria-label={ "Values of " (name) };
        }
        details class="numbers" open[appearance.shows_numbers] {
            summary { "Show the numbers" }
            (table(chart.table(), name))
        }
    }
}

/// A table that scrolls by itself where it is wider than its place.
fn table(table: &DataTable, name: &str) -> Markup {
    let are_numbers: Vec<bool> = (0..table.headers.len())
        .map(|column| table.rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.is_number)))
        .collect();
    let is_number = |column: usize| are_numbers.get(column).copied().unwrap_or(false);
    let class = |is_number: bool| is_number.then_some("number");
    let n_left_out = table.rows.len().saturating_sub(MAX_ROWS);
    html! {
        div class="scroll" tabindex="0" role="region" aria-label={ "Numbers of " (name) } {
            table {
                caption { (table.caption) }
                thead {
                    tr { @for (column, header) in table.headers.iter().enumerate() { th scope="col" class=[class(is_number(column))] { (header) } } }
                }
                tbody {
                    @for row in table.rows.iter().take(MAX_ROWS) {
                        tr {
                            @for (column, cell) in row.iter().enumerate() {
                                @if column == 0 { th scope="row" class=[class(cell.is_number)] { (cell.text) } }
                                @else { td class=[class(is_number(column))] { (cell.text) } }
                            }
                        }
                    }
                }
            }
        }
        @if n_left_out > 0 { p class="more" { "and " (n_left_out) " more rows in the CSV" } }
    }
}
