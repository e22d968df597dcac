//! Pictures of rows: a table, or what its settings make of its columns.

use chrono::DateTime;
use query_engine::results::Rows;
use serde_json::Value;

use super::more;
use super::series::{descending, pie};
use crate::days::Label;
use crate::format::ValueFormat;
use crate::model::{Chart, Item, Number, Picture, Plot, PlotSeries, PlotStyle};
use crate::palette::MAX_SERIES;
use crate::table::{Cell, DataTable};

/// The longest text of a cell, in letters.
const MAX_CELL: usize = 300;
/// The most places of an axis that rows give.
const MAX_PLACES: usize = 5_000;

/// The rows as a table, or as `display` and `chartSettings` of the `DataVisualizationNode` say.
pub(super) fn rows(node: &Value, rows: &Rows) -> Chart {
    let mut table = DataTable::new("Rows", rows.columns.iter().map(|column| column_name(column)));
    table.rows = rows.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    if rows.rows.is_empty() || rows.columns.is_empty() {
        return Chart::made(Picture::Empty, ValueFormat::default(), table);
    }
    let settings = Settings::read(node, rows);
    match settings.display {
        "BoldNumber" => bold_number(&settings, rows, table),
        "ActionsLineGraph" => plot(&settings, rows, table, PlotStyle::Line),
        "ActionsAreaGraph" => plot(&settings, rows, table, PlotStyle::Area),
        "ActionsStackedBar" => plot(&settings, rows, table, PlotStyle::Stacked),
        "ActionsBar" => plot(&settings, rows, table, PlotStyle::Grouped),
        "ActionsPie" => slices(&settings, rows, table),
        _ => Chart::made(Picture::Table, ValueFormat::default(), table),
    }
}

/// Which columns are drawn, and how.
struct Settings<'a> {
    display: &'a str,
    /// Position of the column along the axis.
    axis: Option<usize>,
    /// Positions of the columns of numbers, with their names.
    numbers: Vec<(usize, String)>,
    format: ValueFormat,
}

impl<'a> Settings<'a> {
    /// As the node says; where it names no columns, the first one that is no number is the axis, and the numbers are drawn.
    fn read(node: &'a Value, rows: &Rows) -> Self {
        let settings = &node["chartSettings"];
        let position = |name: &Value| rows.columns.iter().position(|column| name.as_str() == Some(column));
        let is_number = |column: &usize| rows.rows.iter().any(|row| number(row, *column).is_some());
        let axis = position(&settings["xAxis"]["column"]);
        let axis = axis.or_else(|| (0..rows.columns.len()).find(|column| !is_number(column)));
        let chosen = settings["yAxis"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut numbers: Vec<(usize, String)> = chosen
            .iter()
            .filter_map(|chosen| {
                let column = position(&chosen["column"])?;
                let label = chosen["settings"]["display"]["label"].as_str().filter(|label| !label.is_empty());
                Some((column, label.unwrap_or(&rows.columns[column]).to_owned()))
            })
            .collect();
        if numbers.is_empty() {
            let others = (0..rows.columns.len()).filter(|column| Some(*column) != axis).filter(is_number);
            numbers = others.map(|column| (column, rows.columns[column].clone())).collect();
        }
        let format =
            ValueFormat::of_column(chosen.first().map_or(&Value::Null, |first| &first["settings"]["formatting"]));
        Self { display: node["display"].as_str().unwrap_or_default(), axis, numbers, format }
    }

    fn label(&self, row: &[Value], position: usize) -> Label {
        match self.axis.and_then(|axis| row.get(axis)) {
            Some(Value::String(text)) => Label::of_interval(text, if text.len() > 10 { "hour" } else { "day" }),
            Some(value) => Label::plain(cell(value).text),
            None => Label::plain((position + 1).to_string()),
        }
    }
}

fn bold_number(settings: &Settings<'_>, rows: &Rows, table: DataTable) -> Chart {
    let (column, name) = settings.numbers.first().cloned().unwrap_or_default();
    let value = number(&rows.rows[0], column);
    let number = Number { name, value, previous: None };
    Chart::made(Picture::Number(number), settings.format.clone(), table)
}

fn plot(settings: &Settings<'_>, rows: &Rows, table: DataTable, style: PlotStyle) -> Chart {
    if settings.numbers.is_empty() {
        return Chart::made(Picture::Table, ValueFormat::default(), table);
    }
    let shown = &rows.rows[..rows.rows.len().min(MAX_PLACES)];
    let series = settings.numbers.iter().take(MAX_SERIES).enumerate().map(|(colour, (column, name))| PlotSeries {
        name: name.clone(),
        colour,
        is_previous: false,
        values: shown.iter().map(|row| number(row, *column)).collect(),
    });
    let axis = shown.iter().enumerate().map(|(position, row)| settings.label(row, position)).collect();
    let plot = Plot { style, unit: "row".to_owned(), axis, series: series.collect() };
    let note = more(settings.numbers.len().saturating_sub(MAX_SERIES).max(rows.rows.len() - shown.len()));
    Chart::made(Picture::Plot(plot), settings.format.clone(), table).with_note(note)
}

fn slices(settings: &Settings<'_>, rows: &Rows, table: DataTable) -> Chart {
    let Some((column, _)) = settings.numbers.first() else {
        return Chart::made(Picture::Table, ValueFormat::default(), table);
    };
    let item = |(position, row): (usize, &Vec<Value>)| {
        let name = settings.label(row, position).long;
        number(row, *column).map(|value| Item { name, value, colour: 0, is_previous: false })
    };
    let mut items: Vec<Item> = rows.rows.iter().enumerate().filter_map(item).collect();
    items.sort_by(|a, b| descending(a.value, b.value));
    pie(items, settings.format.clone(), table)
}

/// The number of that column: a number, or text that reads as one.
fn number(row: &[Value], column: usize) -> Option<f64> {
    let value = row.get(column)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
}

/// The name of a column without the expression that a comment names: `person_display_name -- Person` is `Person`.
fn column_name(column: &str) -> &str {
    column.rsplit_once("--").map(|(_, name)| name.trim()).filter(|name| !name.is_empty()).unwrap_or(column)
}

/// An instant as people read it, `2026-01-07 12:30:00 UTC`; `None` for other text.
fn instant(text: &str) -> Option<String> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    let zone = if instant.offset().local_minus_utc() == 0 { "UTC".to_owned() } else { instant.offset().to_string() };
    Some(format!("{} {zone}", instant.format("%Y-%m-%d %H:%M:%S%.f")))
}

fn cell(value: &Value) -> Cell {
    let short = |text: &str| match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    match value {
        Value::Null => Cell::text("–"),
        Value::String(text) => Cell::text(instant(text).unwrap_or_else(|| short(text))),
        Value::Number(number) => match number.as_f64() {
            // Numbers with a whole part that names things, such as ids and years, stay as they are written.
            Some(value) if value.fract() != 0.0 => Cell::number(crate::format::exact(value)),
            _ => Cell::number(number.to_string()),
        },
        Value::Bool(flag) => Cell::text(flag.to_string()),
        Value::Object(person) if person.contains_key("display_name") => cell(&person["display_name"]),
        Value::Object(event) if event.contains_key("event") => cell(&event["event"]),
        other => Cell::text(short(&other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        assert_eq!(cell(value).text, expected);
    }

    #[test]
    fn cells_are_made_for_reading() {
        check(&json!("2026-01-07T12:30:00.000000Z"), "2026-01-07 12:30:00 UTC");
        check(&json!("2026-01-07T12:30:00.25+02:00"), "2026-01-07 12:30:00.250 +02:00");
        check(&json!("2026-01-07"), "2026-01-07");
        check(&json!(2026), "2026");
        check(&json!(1234.5), "1,234.5");
        check(&json!({"display_name": "Ada", "id": "1"}), "Ada");
        check(&json!(null), "–");
        check(&json!("x".repeat(400)), &format!("{}…", "x".repeat(300)));
    }

    #[test]
    fn columns_go_by_the_names_in_their_comments() {
        let cases = [("event", "event"), ("person_display_name -- Person", "Person"), ("a --", "a --")];
        for (column, expected) in cases {
            assert_eq!(column_name(column), expected);
        }
    }
}
