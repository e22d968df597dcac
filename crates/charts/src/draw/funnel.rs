//! Steps under one another, each with a bar as long as the part that came so far.

use maud::{Markup, html};

use super::legend::{self, Entry};
use super::{LABEL, N, Part, Space};
use crate::format::{ValueFormat, duration, percent};
use crate::model::{FunnelGroup, FunnelPicture};
use crate::scale::part_of;
use crate::text::{fit, width};

const HEADING: f64 = 24.0;
const GAP: f64 = 50.0;

/// All steps, with the bars of all groups.
pub(crate) fn draw(funnel: &FunnelPicture, space: Space) -> Part {
    let is_single = funnel.groups.len() == 1;
    let entries =
        funnel.groups.iter().map(|group| Entry { name: &group.name, colour: group.colour, is_previous: false });
    let legend =
        if is_single { legend::draw(std::iter::empty(), false, space) } else { legend::draw(entries, false, space) };
    let bar = if is_single { 30.0 } else { 20.0 };
    // Numbers of several groups stand beside their bars.
    let numbers = funnel.groups.iter().flat_map(|group| (0..funnel.steps.len()).map(|step| beside(group, step)));
    let widest = numbers.map(|text| width(&text, 11.0)).fold(0.0, f64::max);
    let room = if is_single { space.width } else { space.width - widest.min(space.width / 2.0) - 12.0 };
    let mut y = legend.height;
    let mut steps: Vec<Markup> = Vec::with_capacity(funnel.steps.len());
    for (position, name) in funnel.steps.iter().enumerate() {
        steps.push(step(funnel, position, name, (y, bar, room), space));
        y += HEADING + funnel.groups.len() as f64 * (bar + 4.0) + GAP;
    }
    Part { height: (y - GAP + 6.0).max(40.0), body: html! { (legend.body) @for step in &steps { (step) } } }
}

fn step(
    funnel: &FunnelPicture,
    position: usize,
    name: &str,
    (top, bar, room): (f64, f64, f64),
    space: Space,
) -> Markup {
    let is_single = funnel.groups.len() == 1;
    let total: f64 = funnel.groups.iter().map(|group| group.count(position)).sum();
    let first: f64 = funnel.groups.iter().map(|group| group.count(0)).sum();
    let number = format!("{} · {}", ValueFormat::default().full(total), percent(part_of(total, first)));
    let bottom = top + HEADING + funnel.groups.len() as f64 * (bar + 4.0);
    html! {
        text class="ink strong" x="0" y=(N(top + 14.0)) font-size="14" {
            (fit(&format!("{}. {name}", position + 1), space.width - width(&number, 14.0) - 16.0, 15.0))
        }
        text class="ink" x=(N(space.width)) y=(N(top + 14.0)) text-anchor="end" font-size="14" { (number) }
        @for (row, group) in funnel.groups.iter().enumerate() {
            @let y = top + HEADING + row as f64 * (bar + 4.0);
            @let part = part_of(group.count(position), group.count(0));
            @let tip = tip(group, position, name);
            rect class="track" x="0" y=(N(y)) width=(N(room)) height=(N(bar)) rx="4" {}
            rect class={ "bar stop f" (group.colour) } x="0" y=(N(y)) width=(N((part * room).max(2.0))) height=(N(bar)) rx="4"
                data-series=(if is_single { "Funnel" } else { &group.name }) data-label=(name) data-value=(group.count(position)) data-tip=(tip) {
                (space.title(&tip))
            }
            @if !is_single {
                text class="ink" x=(N(part * room + 8.0)) y=(N(y + bar / 2.0 + 4.0)) font-size="11" { (beside(group, position)) }
            }
        }
        @if let Some(text) = between(funnel, position) {
            text class="muted" x="0" y=(N(bottom + 18.0)) font-size=(N(LABEL)) { (fit(&text, space.width, LABEL)) }
        }
    }
}

/// What is written beside the bar of a group.
fn beside(group: &FunnelGroup, position: usize) -> String {
    let part = part_of(group.count(position), group.count(0));
    format!("{} · {}", ValueFormat::default().full(group.count(position)), percent(part))
}

/// What happened between this step and the next one.
fn between(funnel: &FunnelPicture, position: usize) -> Option<String> {
    let next = position + 1;
    if next >= funnel.steps.len() {
        return None;
    }
    let at = |step: usize| funnel.groups.iter().map(|group| group.count(step)).sum::<f64>();
    let (here, there) = (at(position), at(next));
    let text = format!(
        "{} went on, {} did not",
        percent(part_of(there, here)),
        ValueFormat::default().full((here - there).max(0.0))
    );
    let seconds = funnel
        .groups
        .first()
        .filter(|_| funnel.groups.len() == 1)
        .and_then(|group| group.seconds.get(next).copied().flatten());
    Some(seconds.map_or(text.clone(), |seconds| format!("{text} · {} on average", duration(seconds))))
}

fn tip(group: &FunnelGroup, position: usize, step: &str) -> String {
    let mut lines = vec![format!("{}. {step}", position + 1)];
    if !group.name.is_empty() {
        lines.push(group.name.clone());
    }
    lines.push(format!("Reached: {}", ValueFormat::default().full(group.count(position))));
    lines.push(format!("Of the first step: {}", percent(part_of(group.count(position), group.count(0)))));
    if position > 0 {
        let before = group.count(position - 1);
        lines.push(format!("Of the step before: {}", percent(part_of(group.count(position), before))));
    }
    if let Some(seconds) = group.seconds.get(position).copied().flatten() {
        lines.push(format!("Average time: {}", duration(seconds)));
    }
    lines.join("\n")
}

impl FunnelGroup {
    fn count(&self, step: usize) -> f64 {
        self.counts.get(step).copied().unwrap_or(0.0)
    }
}
