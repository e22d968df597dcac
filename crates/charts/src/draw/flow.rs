//! Ways between items, step by step: columns of nodes with ribbons between them.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{LABEL, N, Part, Space, bars};
use crate::build::series::descending;
use crate::format::{ValueFormat, duration};
use crate::model::{FlowLink, Item};
use crate::scale::{bounded, part_of};
use crate::text::fit;

/// How high the busiest column is, without the gaps, in pixels.
const FULL: f64 = 280.0;
const NODE: f64 = 10.0;
/// The least distance between the middles of two nodes: that of two lines of text.
const MIN_ROW: f64 = 22.0;
const GAP: f64 = 8.0;

/// The columns from left to right; where they have no room beside one another, the ways as bars.
pub(crate) fn draw(links: &[FlowLink], space: Space) -> Part {
    let n_columns = links.iter().map(|link| link.column + 2).max().unwrap_or(2);
    if space.width / (n_columns as f64) < 96.0 {
        return as_bars(links, space);
    }
    let columns = Columns::new(links, n_columns, space.width);
    let body = html! {
        @for (link, ends) in columns.ribbons(links) { (ribbon(link, ends, &columns, space)) }
        @for node in columns.nodes.values() { (node_mark(node, &columns)) }
    };
    Part { height: columns.height, body }
}

struct Node<'a> {
    column: usize,
    item: &'a str,
    value: f64,
    arriving: f64,
    leaving: f64,
    /// Top and height.
    place: (f64, f64),
}

struct Columns<'a> {
    nodes: BTreeMap<(usize, &'a str), Node<'a>>,
    pitch: f64,
    height: f64,
    /// Value of the busiest column.
    most: f64,
}

impl<'a> Columns<'a> {
    fn new(links: &'a [FlowLink], n_columns: usize, width: f64) -> Self {
        let mut nodes: BTreeMap<(usize, &str), Node<'_>> = BTreeMap::new();
        for link in links {
            for (column, item, is_source) in [(link.column, &link.source, true), (link.column + 1, &link.target, false)]
            {
                let node = nodes.entry((column, item)).or_insert(Node {
                    column,
                    item,
                    value: 0.0,
                    arriving: 0.0,
                    leaving: 0.0,
                    place: (0.0, 0.0),
                });
                let side = if is_source { &mut node.leaving } else { &mut node.arriving };
                *side += bounded(link.value);
                node.value = node.leaving.max(node.arriving);
            }
        }
        let of_column = |column: usize| {
            nodes.values().filter(move |node| node.column == column).map(|node| node.value).sum::<f64>()
        };
        let most = (0..n_columns).map(of_column).fold(0.0, f64::max);
        let mut height: f64 = 40.0;
        for column in 0..n_columns {
            let mut within: Vec<&mut Node<'_>> = nodes.values_mut().filter(|node| node.column == column).collect();
            within.sort_by(|a, b| descending(a.value, b.value));
            let mut y = 4.0;
            for node in within {
                let size = (part_of(node.value, most) * FULL).max(2.0);
                node.place = (y, size);
                y += size.max(MIN_ROW) + GAP;
            }
            height = height.max(y);
        }
        Self { nodes, pitch: width / n_columns as f64, height, most }
    }

    fn x(&self, column: usize) -> f64 {
        column as f64 * self.pitch
    }

    /// Each link with the tops of its two ends, those that leave and arrive at a node under one another.
    fn ribbons<'b>(&self, links: &'b [FlowLink]) -> Vec<(&'b FlowLink, (f64, f64, f64))> {
        let mut used: BTreeMap<(usize, &str, bool), f64> = BTreeMap::new();
        let mut sorted: Vec<&FlowLink> = links.iter().collect();
        let top = |column: usize, item: &str| self.nodes.get(&(column, item)).map_or(0.0, |node| node.place.0);
        sorted.sort_by(|a, b| {
            let key =
                |link: &FlowLink| (link.column, top(link.column, &link.source), top(link.column + 1, &link.target));
            key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal)
        });
        sorted
            .into_iter()
            .map(|link| {
                let size = (part_of(link.value, self.most) * FULL).max(1.0);
                let mut take = |column: usize, item: &'b str, leaves: bool| {
                    let from = used.entry((column, item, leaves)).or_insert(0.0);
                    let y = top(column, item) + *from;
                    *from += size;
                    y
                };
                let ends = (take(link.column, &link.source, true), take(link.column + 1, &link.target, false), size);
                (link, ends)
            })
            .collect()
    }
}

fn ribbon(link: &FlowLink, (from, to, size): (f64, f64, f64), columns: &Columns<'_>, space: Space) -> Markup {
    let (left, right) = (columns.x(link.column) + NODE, columns.x(link.column + 1));
    let middle = f64::midpoint(left, right);
    let d = html! {
        "M" (N(left)) " " (N(from)) "C" (N(middle)) " " (N(from)) " " (N(middle)) " " (N(to)) " " (N(right)) " " (N(to))
        "V" (N(to + size)) "C" (N(middle)) " " (N(to + size)) " " (N(middle)) " " (N(from + size)) " " (N(left)) " " (N(from + size)) "Z"
    };
    let tip = tip(link);
    html! {
        path class="ribbon stop f0" d=(d.into_string()) data-series=(link.source) data-label=(link.target) data-value=(link.value) data-tip=(tip) {
            (space.title(&tip))
        }
    }
}

fn node_mark(node: &Node<'_>, columns: &Columns<'_>) -> Markup {
    let (top, size) = node.place;
    let x = columns.x(node.column);
    let number = ValueFormat::default().short(node.value);
    let room = columns.pitch - NODE - 14.0;
    let middle = top + (size / 2.0).max(7.0);
    html! {
        rect class="f0" x=(N(x)) y=(N(top)) width=(N(NODE)) height=(N(size)) rx="2" {}
        text class="ink" x=(N(x + NODE + 6.0)) y=(N(middle + 4.0)) font-size=(N(LABEL)) pointer-events="none" {
            (fit(node.item, room - crate::text::width(&number, LABEL) - 8.0, LABEL)) " "
            tspan class="muted" { (number) }
        }
    }
}

fn as_bars(links: &[FlowLink], space: Space) -> Part {
    let mut links: Vec<&FlowLink> = links.iter().collect();
    links.sort_by(|a, b| a.column.cmp(&b.column).then(descending(a.value, b.value)));
    let items: Vec<Item> = links
        .into_iter()
        .map(|link| Item {
            name: format!("{}. {} › {}", link.column + 1, link.source, link.target),
            value: link.value,
            colour: link.column % crate::palette::MAX_SERIES,
            is_previous: false,
        })
        .collect();
    bars::draw(&items, &ValueFormat::default(), space)
}

fn tip(link: &FlowLink) -> String {
    let number = ValueFormat::default().full(link.value);
    format!("{} › {}\n{number} · {} on average", link.source, link.target, duration(link.seconds))
}
