//! Series over an axis: lines, areas, bars.

use maud::{Markup, html};

use super::frame::Frame;
use super::legend::{self, Entry};
use super::{LABEL, N, Part, Space};
use crate::format::ValueFormat;
use crate::model::{Plot, PlotSeries, PlotStyle};
use crate::scale::{Scale, bounded};
use crate::text::width;

/// The most points that are marks of their own, all series together: what is beyond is in the lines and in the table.
const MAX_MARKS: usize = 1_200;
/// The most places that have a tip of their own.
const MAX_TIPS: usize = 800;

/// The plot with its legend.
pub(crate) fn draw(plot: &Plot, format: &ValueFormat, always_has_legend: bool, space: Space) -> Part {
    let is_line = matches!(plot.style, PlotStyle::Line | PlotStyle::Area);
    let entries = plot.series.iter().map(|series| Entry {
        name: &series.name,
        colour: series.colour,
        is_previous: series.is_previous,
    });
    let entries = entries.filter(|_| always_has_legend || plot.series.len() > 1);
    let legend = legend::draw(entries, is_line, space);
    let height = (space.width * 0.42).clamp(220.0, 380.0);
    let bars = Bars::of(plot);
    let scale = match plot.style {
        PlotStyle::Stacked => Scale::new(bars.extents().into_iter(), n_ticks(height), format.unit()),
        _ => Scale::new(values(plot), n_ticks(height), format.unit()),
    };
    let frame = Frame::new((space.width, legend.height, height), scale, format, plot.axis.len(), is_line);
    let marks = if is_line { lines(plot, &frame) } else { bars.draw(plot, &frame) };
    let body = html! {
        (legend.body)
        (frame.draw(format, &plot.axis))
        (marks)
        @if plot.axis.len() <= MAX_TIPS { (tips(plot, &frame, format, space)) }
        (value_labels(plot, &bars, &frame, format))
    };
    Part { height: legend.height + height, body }
}

fn n_ticks(height: f64) -> usize {
    if height < 300.0 { 4 } else { 5 }
}

fn values(plot: &Plot) -> impl Iterator<Item = f64> {
    plot.series.iter().flat_map(|series| &series.values).flatten().copied()
}

fn lines(plot: &Plot, frame: &Frame) -> Markup {
    let n_points: usize = plot.series.iter().map(|series| series.values.len()).sum();
    let radius = if frame.n_places <= 31 { 3.0 } else { 1.5 };
    html! {
        @for series in plot.series.iter().rev() {
            @let runs = runs(series, frame);
            @if plot.style == PlotStyle::Area && !series.is_previous {
                @for run in &runs { path class={ "wash f" (series.colour) } d=(area(run, frame.y(0.0))) {} }
            }
            @for run in &runs {
                path class={ "line l" (series.colour) @if series.is_previous { " previous" } } d=(path(&thinned(run))) {}
            }
            @if n_points <= MAX_MARKS {
                @for (place, value) in present(series) {
                    circle class={ "point f" (series.colour) } cx=(N(frame.x(place))) cy=(N(frame.y(value))) r=(N(radius))
                        data-series=(series.name) data-label=(plot.axis[place].long) data-value=(value) {}
                }
            }
        }
    }
}

fn present(series: &PlotSeries) -> impl Iterator<Item = (usize, f64)> {
    series.values.iter().enumerate().filter_map(|(place, value)| value.map(|value| (place, value)))
}

/// The points of a series, apart where there is no number between them.
fn runs(series: &PlotSeries, frame: &Frame) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut is_broken = true;
    for (place, value) in series.values.iter().enumerate() {
        match value {
            None => is_broken = true,
            Some(value) => {
                if is_broken {
                    runs.push(Vec::new());
                }
                is_broken = false;
                let point = (frame.x(place), frame.y(*value));
                runs.last_mut().expect("a run was begun").push(point);
            }
        }
    }
    runs
}

/// The same line with no more points than can be seen: of each pixel the first, the last, the highest and the lowest.
fn thinned(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if run.len() < 2_000 {
        return run.to_vec();
    }
    let mut kept = Vec::new();
    for column in run.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let ends = [column.first(), column.iter().min_by(by_height), column.iter().max_by(by_height), column.last()];
        kept.extend(ends.into_iter().flatten().copied());
    }
    kept
}

fn path(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (position, (x, y)) in points.iter().enumerate() {
        let command = if position == 0 { "M" } else { "L" };
        d.push_str(&html! { (command) (N(*x)) " " (N(*y)) }.into_string());
    }
    if points.len() == 1 {
        d.push_str("h0.01");
    }
    d
}

fn area(run: &[(f64, f64)], zero: f64) -> String {
    let points = thinned(run);
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    html! { (path(&points)) "L" (N(last.0)) " " (N(zero)) "L" (N(first.0)) " " (N(zero)) "Z" }.into_string()
}

/// From where to where a bar reaches, where there is one.
type Extent = Option<(f64, f64)>;

/// What is beside and on top of what.
struct Bars {
    /// For each series the bar's column within its place, of `n_columns`, and from where to where it reaches, place by place.
    of_series: Vec<(usize, Vec<Extent>)>,
    n_columns: usize,
}

impl Bars {
    fn of(plot: &Plot) -> Self {
        match plot.style {
            PlotStyle::Stacked => Self::stacked(plot),
            _ => Self {
                of_series: (plot.series.iter().enumerate())
                    .map(|(column, series)| {
                        (column, series.values.iter().map(|value| value.map(|v| (0.0, v))).collect())
                    })
                    .collect(),
                n_columns: plot.series.len(),
            },
        }
    }

    /// Compared periods are stacks beside one another.
    fn stacked(plot: &Plot) -> Self {
        let is_compared =
            plot.series.iter().any(|series| series.is_previous) && plot.series.iter().any(|series| !series.is_previous);
        let n = plot.axis.len();
        // The heights that the stacks have reached above and below zero.
        let mut reached = [(vec![0.0; n], vec![0.0; n]), (vec![0.0; n], vec![0.0; n])];
        let mut of_series = Vec::with_capacity(plot.series.len());
        for series in &plot.series {
            let column = usize::from(is_compared && series.is_previous);
            let (above, below) = &mut reached[column];
            let extents = series.values.iter().enumerate().map(|(place, value)| {
                value.map(|value| {
                    let side = if value >= 0.0 { &mut above[place] } else { &mut below[place] };
                    let from = *side;
                    *side += bounded(value);
                    (from, *side)
                })
            });
            of_series.push((column, extents.collect()));
        }
        Self { of_series, n_columns: if is_compared { 2 } else { 1 } }
    }

    fn extents(&self) -> Vec<f64> {
        self.of_series.iter().flat_map(|(_, bars)| bars).flatten().map(|(_, to)| *to).collect()
    }

    /// Left edge and width of a bar.
    fn across(&self, frame: &Frame, place: usize, column: usize) -> (f64, f64) {
        let slot = frame.slot();
        let used = (slot * 0.74).min(64.0 * self.n_columns as f64);
        let width = used / self.n_columns as f64;
        let gap = if width > 6.0 && self.n_columns > 1 { 2.0 } else { 0.0 };
        (frame.x(place) - used / 2.0 + column as f64 * width, width - gap)
    }

    fn draw(&self, plot: &Plot, frame: &Frame) -> Markup {
        let n_bars: usize = plot.series.iter().map(|series| series.values.len()).sum();
        html! {
            @for (series, (column, bars)) in plot.series.iter().zip(&self.of_series) {
                @if n_bars > MAX_MARKS {
                    path class={ "f" (series.colour) @if series.is_previous { " faint" } } d=(self.outline(bars, *column, frame)) {}
                } @else {
                    @for (place, (from, to)) in bars.iter().enumerate().filter_map(|(place, bar)| bar.map(|bar| (place, bar))) {
                        @let (x, width) = self.across(frame, place, *column);
                        @let (top, bottom) = (frame.y(from.max(to)), frame.y(from.min(to)));
                        rect class={ "bar f" (series.colour) @if series.is_previous { " faint line previous l" (series.colour) } }
                            x=(N(x)) y=(N(top)) width=(N(width)) height=(N(bottom - top)) rx=(N((width / 6.0).min(2.0)))
                            data-series=(series.name) data-label=(plot.axis[place].long) data-value=(plot.series_value(series, place)) {}
                    }
                }
            }
        }
    }

    /// Many bars as one path.
    fn outline(&self, bars: &[Extent], column: usize, frame: &Frame) -> String {
        let mut d = String::new();
        for (place, (from, to)) in bars.iter().enumerate().filter_map(|(place, bar)| bar.map(|bar| (place, bar))) {
            let (x, width) = self.across(frame, place, column);
            let (top, height) = (frame.y(from.max(to)), frame.y(from.min(to)) - frame.y(from.max(to)));
            d.push_str(
                &html! { "M" (N(x)) " " (N(top)) "h" (N(width)) "v" (N(height)) "h" (N(-width)) "Z" }.into_string(),
            );
        }
        d
    }
}

impl Plot {
    fn series_value(&self, series: &PlotSeries, place: usize) -> f64 {
        series.values.get(place).copied().flatten().unwrap_or(0.0)
    }
}

/// Invisible bands, one for each place, that say all its numbers.
fn tips(plot: &Plot, frame: &Frame, format: &ValueFormat, space: Space) -> Markup {
    let half = frame.slot() / 2.0;
    html! {
        @for (place, label) in plot.axis.iter().enumerate() {
            @let lines: Vec<String> = (plot.series.iter())
                .filter_map(|series| series.values.get(place).copied().flatten().map(|value| format!("{}: {}", series.name, format.full(value))))
                .collect();
            @let tip = format!("{}\n{}", label.long, lines.join("\n"));
            @let (from, to) = ((frame.x(place) - half).max(frame.left), (frame.x(place) + half).min(frame.right));
            rect class="stop band" x=(N(from)) y=(N(frame.top)) width=(N(to - from)) height=(N(frame.bottom - frame.top)) data-tip=(tip) {
                (space.title(&tip))
            }
        }
    }
}

/// Numbers above bars, where there is one series and room for each.
fn value_labels(plot: &Plot, bars: &Bars, frame: &Frame, format: &ValueFormat) -> Markup {
    let [series] = plot.series.as_slice() else { return Markup::default() };
    let texts: Vec<(usize, f64, String)> =
        present(series).map(|(place, value)| (place, value, format.short(value))).collect();
    let have_room = texts.iter().all(|(_, _, text)| width(text, LABEL) + 4.0 <= frame.slot());
    if frame.is_line || !have_room || bars.n_columns > 1 {
        return Markup::default();
    }
    html! {
        @for (place, value, text) in texts.iter().filter(|(_, value, _)| *value > 0.0) {
            text class="ink" x=(N(frame.x(*place))) y=(N(frame.y(*value) - 4.0)) text-anchor="middle" font-size="11" { (text) }
        }
    }
}
