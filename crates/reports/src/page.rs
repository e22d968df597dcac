//! Reports as pages for people: what is on a page, before it is HTML or Markdown.

mod html;
mod svg;

use crate::common::{Chapter, Narrative, Order};
use crate::language::Language;
use crate::markdown::{self, Block, escape};
use crate::period::last_day;
use crate::texts::Texts;

/// A page about a report.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) language: Language,
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// How the report came about.
    pub(crate) notes: Vec<String>,
    pub(crate) cards: Vec<Card>,
    pub(crate) sections: Vec<Section>,
}

/// A number with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) label: String,
    pub(crate) value: String,
}

/// A part of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) text: Vec<Block>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) tables: Vec<Table>,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) title: String,
    pub(crate) shape: Shape,
    pub(crate) points: Vec<Point>,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Columns side by side, over time.
    Columns,
    /// A line, over time.
    Line,
    /// Bars one under another, each with its name.
    Bars,
}

/// A number of a chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) label: String,
    /// `None` where there is none, which a line leaves out.
    pub(crate) value: Option<f64>,
    /// The number as it is written.
    pub(crate) shown: String,
}

/// Rows of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// What the table is about; empty where the section says so.
    pub(crate) title: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// What every report says of itself.
#[derive(Debug)]
pub(crate) struct About<'a> {
    pub(crate) title: &'static str,
    pub(crate) order: Order,
    pub(crate) narrative: Narrative,
    pub(crate) cards: Vec<(&'a str, Option<String>)>,
    pub(crate) chapters: &'a [Chapter],
}

impl Page {
    /// A page with a section for each chapter. Cards without a value are left out.
    pub(crate) fn new(about: About<'_>, texts: Texts) -> Self {
        let About { title, order, narrative, cards, chapters } = about;
        let (first, last) = (order.period.from.date_naive(), last_day(order.period));
        let period = [("from", texts.date(first).into()), ("to", texts.date(last).into())];
        let by = match narrative {
            Narrative::Template => "page-by-template",
            Narrative::Llm => "page-by-llm",
        };
        let notes = vec![
            texts.with("page-scope", &[("scope", order.scope.as_str().into())]),
            texts.with("page-made", &[("instant", texts.instant(order.now).into())]),
            texts.get(by),
        ];
        let sections = chapters.iter().map(|chapter| Section {
            title: chapter.title.clone(),
            text: markdown::read(&chapter.markdown),
            ..Section::default()
        });
        Self {
            language: order.language,
            title: texts.get(title),
            subtitle: texts.with("page-period", &period),
            notes,
            cards: cards
                .into_iter()
                .filter_map(|(id, value)| Some(Card { label: texts.get(id), value: value? }))
                .collect(),
            sections: sections.collect(),
        }
    }

    /// Puts a chart and a table into the section of the chapter at `position`; what is empty is left out.
    pub(crate) fn show(&mut self, position: usize, figures: Vec<Figure>, tables: Vec<Table>) {
        if let Some(section) = self.sections.get_mut(position) {
            section.figures.extend(figures.into_iter().filter(Figure::is_worth_showing));
            section.tables.extend(tables.into_iter().filter(|table| !table.rows.is_empty()));
        }
    }

    /// The page as HTML that needs nothing else.
    pub(crate) fn html(&self) -> String {
        html::page(self).into_string()
    }

    /// The page as Markdown; its charts as tables.
    pub(crate) fn markdown(&self) -> String {
        let mut parts = vec![format!("# {}", escape(&self.title)), escape(&self.subtitle)];
        parts.push(self.notes.iter().map(|note| escape(note)).collect::<Vec<_>>().join(" · "));
        if !self.cards.is_empty() {
            let rows = self.cards.iter().map(|card| vec![card.label.clone(), card.value.clone()]);
            let head = vec![Texts::new(self.language).get("page-numbers"), String::new()];
            parts.push(markdown_table(&head, &rows.collect::<Vec<_>>()));
        }
        for section in &self.sections {
            parts.push(format!("## {}", escape(&section.title)));
            if !section.text.is_empty() {
                parts.push(markdown::write(&section.text));
            }
            for figure in &section.figures {
                parts.push(format!("### {}", escape(&figure.title)));
                let rows = figure.points.iter().map(|point| vec![point.label.clone(), point.shown.clone()]);
                let head = vec![String::new(), Texts::new(self.language).get("label-value")];
                parts.push(markdown_table(&head, &rows.collect::<Vec<_>>()));
            }
            for table in &section.tables {
                if !table.title.is_empty() {
                    parts.push(format!("### {}", escape(&table.title)));
                }
                parts.push(markdown_table(&table.head, &table.rows));
            }
        }
        parts.join("\n\n") + "\n"
    }
}

impl Figure {
    /// A chart of numbers that `shown` writes.
    pub(crate) fn new(
        title: String,
        shape: Shape,
        points: impl IntoIterator<Item = (String, Option<f64>)>,
        shown: impl Fn(f64) -> String,
    ) -> Self {
        let point = |(label, value): (String, Option<f64>)| {
            let shown = value.map_or_else(|| "–".to_owned(), &shown);
            Point { label, value, shown }
        };
        Self { title, shape, points: points.into_iter().map(point).collect() }
    }

    fn is_worth_showing(&self) -> bool {
        self.points.iter().any(|point| point.value.is_some_and(|value| value != 0.0))
    }
}

fn markdown_table(head: &[String], rows: &[Vec<String>]) -> String {
    let line =
        |cells: &[String]| format!("| {} |", cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | "));
    let rule = vec!["---"; head.len()].join(" | ");
    let rows = rows.iter().map(|row| line(row));
    [line(head), format!("| {rule} |")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}
