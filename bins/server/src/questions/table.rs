//! Answers as tables in plain text, as assistants read them.

use query_engine::results::{Breakdown, Funnel, Period, Results, RetentionSheet, Series};
use serde_json::Value;

/// Most rows and columns of a table.
const MAX_ROWS: usize = 100;
const MAX_COLUMNS: usize = 20;
/// Longest cell, in characters.
const MAX_CELL_CHARACTERS: usize = 60;

/// Cells under headers.
#[derive(Debug, Default)]
struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The numbers of `results`: lines of cells between bars, and how much was left out.
pub(super) fn text_of(results: &Results) -> String {
    table_of(results).text()
}

fn table_of(results: &Results) -> Table {
    match results {
        Results::Trends(series)
        | Results::Stickiness(series)
        | Results::Lifecycle(series)
        | Results::ConversionRates(series) => of_series(series),
        Results::Steps(funnels) => of_funnels(funnels),
        Results::Durations(durations) => Table {
            headers: texts(["From (seconds)", "People"]),
            rows: durations.bins.iter().map(|(from, n)| vec![number(*from), number(*n)]).collect(),
        },
        Results::Retention(sheets) => of_retention(sheets),
        Results::Paths(links) => Table {
            headers: texts(["From", "To", "People"]),
            rows: links
                .iter()
                .map(|link| vec![link.source.item.clone(), link.target.item.clone(), number(link.count)])
                .collect(),
        },
        Results::Rows(rows) => Table {
            headers: rows.columns.clone(),
            rows: rows.rows.iter().map(|row| row.iter().map(value).collect()).collect(),
        },
    }
}

/// One column a series and one row an interval; one row a series where each has one number.
fn of_series(series: &[Series]) -> Table {
    if series.iter().any(|one| one.aggregated_value.is_some()) {
        let row = |one: &Series| vec![name(one), one.aggregated_value.map_or_else(|| "–".to_owned(), number)];
        return Table { headers: texts(["Series", "Value"]), rows: series.iter().map(row).collect() };
    }
    let Some(longest) = series.iter().max_by_key(|one| one.data.len()) else { return Table::default() };
    let headers = std::iter::once("Interval".to_owned()).chain(series.iter().map(name)).collect();
    let row = |(at, label): (usize, &String)| {
        let cell = |one: &Series| one.data.get(at).copied().flatten().map_or_else(|| "–".to_owned(), number);
        std::iter::once(label.clone()).chain(series.iter().map(cell)).collect()
    };
    Table { headers, rows: longest.labels.iter().enumerate().map(row).collect() }
}

fn name(series: &Series) -> String {
    let label = series.custom_name.as_ref().unwrap_or(&series.label);
    if series.period == Some(Period::Previous) { format!("{label} (previous)") } else { label.clone() }
}

fn of_funnels(funnels: &[Funnel]) -> Table {
    let is_split = funnels.iter().any(|funnel| funnel.breakdown.is_some());
    let mut headers = if is_split { texts(["Breakdown"]) } else { Vec::new() };
    headers.extend(texts(["Step", "People", "Of the first step", "Median seconds from the step before"]));
    let mut rows = Vec::new();
    for funnel in funnels {
        let first = funnel.steps.first().map_or(0.0, |step| step.count);
        for (index, step) in funnel.steps.iter().enumerate() {
            let mut row = if is_split { vec![breakdown(funnel.breakdown.as_ref())] } else { Vec::new() };
            let share = if first > 0.0 { format!("{:.1} %", 100.0 * step.count / first) } else { "–".to_owned() };
            let step_name = step.custom_name.as_ref().unwrap_or(&step.name);
            row.extend([format!("{}. {step_name}", index + 1), number(step.count), share]);
            row.push(step.median_seconds.map_or_else(|| "–".to_owned(), number));
            rows.push(row);
        }
    }
    Table { headers, rows }
}

fn of_retention(sheets: &[RetentionSheet]) -> Table {
    let is_split = sheets.iter().any(|sheet| sheet.breakdown.is_some());
    let mut headers = if is_split { texts(["Breakdown"]) } else { Vec::new() };
    headers.push("Began".to_owned());
    let widest = sheets.iter().flat_map(|sheet| &sheet.cohorts).max_by_key(|cohort| cohort.cells.len());
    headers.extend(widest.into_iter().flat_map(|cohort| cohort.cells.iter().map(|cell| cell.label.clone())));
    let mut rows = Vec::new();
    for sheet in sheets {
        for cohort in &sheet.cohorts {
            let mut row = if is_split { vec![breakdown(sheet.breakdown.as_ref())] } else { Vec::new() };
            row.push(cohort.date.get(..10).unwrap_or(&cohort.date).to_owned());
            row.extend(cohort.cells.iter().map(|cell| number(cell.count)));
            rows.push(row);
        }
    }
    Table { headers, rows }
}

fn breakdown(breakdown: Option<&Breakdown>) -> String {
    breakdown.map_or_else(|| "–".to_owned(), Breakdown::to_string)
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// At most two digits after the point, and none where there is nothing to say.
fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number_of) => number_of.as_f64().map_or_else(|| number_of.to_string(), number),
        other => other.to_string(),
    }
}

impl Table {
    fn text(&self) -> String {
        if self.rows.is_empty() {
            return "There are no results.".to_owned();
        }
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().take(MAX_COLUMNS).map(|cell| clipped(cell)).collect();
            format!("| {} |", cells.join(" | "))
        };
        let rule = vec!["---".to_owned(); self.headers.len()];
        let mut lines = vec![line(&self.headers), line(&rule)];
        lines.extend(self.rows.iter().take(MAX_ROWS).map(|row| line(row)));
        for (n, most, what) in [(self.rows.len(), MAX_ROWS, "rows"), (self.headers.len(), MAX_COLUMNS, "columns")] {
            lines.extend((n > most).then(|| format!("… and {} more {what}", n - most)));
        }
        lines.join("\n")
    }
}

/// A cell on one line, without bars, cut where it is long.
fn clipped(cell: &str) -> String {
    let line: String = cell.chars().map(|c| if c.is_control() || c == '|' { ' ' } else { c }).collect();
    match line.char_indices().nth(MAX_CELL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_cut_where_they_are_long() {
        let rows = (0..150).map(|n| vec![format!("a|{n}"), n.to_string()]).collect();
        let text = Table { headers: vec!["Day".to_owned(), "x".repeat(100)], rows }.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 103);
        assert_eq!(lines[0], format!("| Day | {}… |", "x".repeat(60)));
        assert_eq!(lines[2], "| a 0 | 0 |");
        assert_eq!(lines[102], "… and 50 more rows");
        assert_eq!(Table::default().text(), "There are no results.");
    }

    #[test]
    fn numbers_are_short() {
        for (given, expected) in [(3.0, "3"), (0.5, "0.50"), (1.0 / 3.0, "0.33"), (-2.0, "-2")] {
            assert_eq!(number(given), expected);
        }
    }
}
