//! Rows: how many there are, and what their numbers say.

use query_engine::results::Rows;
use serde_json::Value;

use super::Analysis;
use super::statistics::{mean, median};
use super::wording::{counted, name, number, percent};

/// Analyses an answer in rows.
pub(super) fn analyze(rows: &Rows) -> Analysis {
    let n = rows.rows.len();
    if n == 0 {
        return Analysis::new(
            "The query gives no rows.",
            vec![format!("It has {}.", counted(rows.columns.len() as f64, ("column", "columns")))],
            "Check its conditions and its range.",
        );
    }
    let numbers = |column: usize| -> Option<Vec<f64>> {
        rows.rows.iter().map(|row| row.get(column).and_then(Value::as_f64)).collect()
    };
    let number_column = (0..rows.columns.len()).rev().find_map(|column| Some((column, numbers(column)?)));
    let label_column = (0..rows.columns.len())
        .find(|column| rows.rows.iter().all(|row| row.get(*column).is_some_and(Value::is_string)));
    let shape = format!(
        "{} and {}",
        counted(n as f64, ("row", "rows")),
        counted(rows.columns.len() as f64, ("column", "columns"))
    );
    let Some((column, values)) = number_column else {
        return Analysis::new(
            format!("The query gives {shape}, and no column of numbers."),
            vec![format!(
                "The columns are {}.",
                rows.columns.iter().take(8).map(|column| name(column)).collect::<Vec<_>>().join(", ")
            )],
            "Add an aggregate such as count() to have numbers to compare.",
        );
    };
    let title = name(&rows.columns[column]);
    if n == 1 {
        return Analysis::new(
            format!("{title} is {}.", number(values[0])),
            vec![format!("The query gives {shape}."), "There is nothing beside it to compare with.".to_owned()],
            "Group it by something, or by time, to see what it is made of.",
        );
    }
    let sum: f64 = values.iter().sum();
    let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
    let top = (0..n).max_by(by_value).unwrap_or(0);
    let low = (0..n).min_by(by_value).unwrap_or(0);
    let label = |row: usize| {
        label_column.and_then(|column| rows.rows[row][column].as_str()).map_or_else(|| format!("row {}", row + 1), name)
    };
    let adds_up = values.iter().all(|value| *value >= 0.0) && sum > 0.0;
    let mut points =
        vec![format!("The mean of {title} is {}, the median {}.", number(mean(&values)), number(median(&values)))];
    if adds_up {
        points.push(format!("{} has {} of the sum of {}.", label(top), percent(values[top] / sum), number(sum)));
    }
    points.push(format!("The lowest {title} is {} ({}).", number(values[low]), label(low)));
    let takeaway = match adds_up && values[top] > sum / 2.0 {
        true => format!("{} outweighs all others together.", label(top)),
        false => "The numbers are spread: none of them decides the whole.".to_owned(),
    };
    Analysis::new(
        format!(
            "The highest {title} of {} is {} ({}).",
            counted(n as f64, ("row", "rows")),
            number(values[top]),
            label(top)
        ),
        points,
        takeaway,
    )
}
