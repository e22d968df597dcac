//! A picture in one sentence, for those who do not see it.

use crate::format::{ValueFormat, percent};
use crate::model::{Chart, FunnelPicture, Item, Picture, Plot, PlotStyle};
use crate::scale::part_of;

/// How many items a sentence names.
const MAX_NAMED: usize = 3;

impl Chart {
    /// The picture in one sentence: `Line chart of 2 series over 30 days, Thu 1 Jan 2026 to …; pageview ends at 1,234.`
    pub fn summary(&self) -> String {
        match &self.picture {
            Picture::Empty => "No data in this range.".to_owned(),
            Picture::Plot(plot) => of_plot(plot, &self.format),
            Picture::Ranking(items) => of_items("Bar chart", items, &self.format),
            Picture::Pie(items) => of_items("Pie chart", items, &self.format),
            Picture::Number(number) => {
                let value = number.value.map_or_else(|| "no value".to_owned(), |value| self.format.full(value));
                let previous =
                    number.previous.map(|previous| format!(", {} in the period before", self.format.full(previous)));
                format!("{}: {value}{}.", number.name, previous.unwrap_or_default())
            }
            Picture::Funnel(funnel) => of_funnel(funnel),
            Picture::Retention(sheets) => {
                let n_cohorts = sheets.first().map_or(0, |sheet| sheet.rows.len());
                let n_columns = sheets.first().map_or(0, |sheet| sheet.columns.len());
                format!("Retention of {n_cohorts} cohorts over {n_columns} intervals.")
            }
            Picture::Flow(links) => {
                let most = links.first().map(|link| {
                    let number = ValueFormat::default().full(link.value);
                    format!("; most often {} to {}, {number} times", link.source, link.target)
                });
                format!("Paths along {} links{}.", links.len(), most.unwrap_or_default())
            }
            Picture::Table => {
                format!("Table of {} rows and {} columns.", self.table.rows.len(), self.table.headers.len())
            }
        }
    }
}

fn of_plot(plot: &Plot, format: &ValueFormat) -> String {
    let kind = match plot.style {
        PlotStyle::Line => "Line chart",
        PlotStyle::Area => "Area chart",
        PlotStyle::Stacked | PlotStyle::Grouped => "Bar chart",
    };
    let range = match plot.axis.as_slice() {
        [] => String::new(),
        [only] => format!(", {}", only.long),
        [first, .., last] => format!(", {} to {}", first.long, last.long),
    };
    let ends = plot.series.iter().take(MAX_NAMED).filter_map(|series| {
        let last = series.values.iter().rev().flatten().next()?;
        Some(format!("; {} ends at {}", series.name, format.full(*last)))
    });
    let (n_series, n_places, ends) = (plot.series.len(), plot.axis.len(), ends.collect::<String>());
    let plural = if n_places == 1 { "" } else { "s" };
    format!("{kind} of {n_series} series over {n_places} {}{plural}{range}{ends}.", plot.unit)
}

fn of_items(kind: &str, items: &[Item], format: &ValueFormat) -> String {
    let named = items.iter().take(MAX_NAMED).map(|item| format!("{} {}", item.name, format.full(item.value)));
    format!(
        "{kind} of {} items: {}{}.",
        items.len(),
        named.collect::<Vec<_>>().join(", "),
        if items.len() > MAX_NAMED { ", …" } else { "" }
    )
}

fn of_funnel(funnel: &FunnelPicture) -> String {
    let at = |step: usize| funnel.groups.iter().filter_map(|group| group.counts.get(step)).sum::<f64>();
    let (first, last) = (at(0), at(funnel.steps.len().saturating_sub(1)));
    let number = |value| ValueFormat::default().full(value);
    format!(
        "Funnel of {} steps: {} of {} went all the way, {}.",
        funnel.steps.len(),
        number(last),
        number(first),
        percent(part_of(last, first))
    )
}
