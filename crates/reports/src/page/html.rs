//! A page as HTML: one file with its style, no scripts, nothing from elsewhere. Whatever users wrote is escaped.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::svg::chart;
use super::{Page, Section, Table};
use crate::markdown::{Block, runs};

const STYLE: &str = include_str!("page.css");

pub(super) fn page(page: &Page) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(page.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " · " (page.subtitle) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (page.title) }
                    p.subtitle { (page.subtitle) }
                    p.notes { (page.notes.join(" · ")) }
                    @if !page.cards.is_empty() {
                        dl.cards {
                            @for card in &page.cards { div { dt { (card.label) } dd { (card.value) } } }
                        }
                    }
                    @for section in &page.sections { (part(section)) }
                }
            }
        }
    }
}

fn part(section: &Section) -> Markup {
    html! {
        section {
            h2 { (section.title) }
            (text(&section.text))
            @if !section.figures.is_empty() {
                div.figures {
                    @for figure in &section.figures {
                        figure { figcaption { (figure.title) } (chart(figure)) }
                    }
                }
            }
            @for of in &section.tables { (table(of)) }
        }
    }
}

/// Paragraphs, and lists of the items that follow one another.
fn text(blocks: &[Block]) -> Markup {
    let is_item = |block: &Block| matches!(block, Block::Item(_));
    html! {
        @for group in blocks.chunk_by(|a, b| is_item(a) && is_item(b)) {
            @if is_item(&group[0]) {
                ul { @for block in group { li { (words(block)) } } }
            } @else {
                @for block in group { p { (words(block)) } }
            }
        }
    }
}

fn words(block: &Block) -> Markup {
    let (Block::Paragraph(markdown) | Block::Item(markdown)) = block;
    html! {
        @for run in runs(markdown) {
            @if run.is_strong { strong { (run.text) } } @else { (run.text) }
        }
    }
}

fn table(table: &Table) -> Markup {
    html! {
        @if !table.title.is_empty() { h3 { (table.title) } }
        div.wide {
            table {
                thead { tr { @for cell in &table.head { th scope="col" { (cell) } } } }
                tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    }
}
