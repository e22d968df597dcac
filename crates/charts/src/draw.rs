//! Pictures as SVG.

mod bars;
mod flow;
mod frame;
mod funnel;
mod grid;
mod legend;
mod number;
mod pie;
mod plot;
mod rows;
mod summary;

use maud::{Markup, Render, html};

use crate::model::{Chart, Picture};
use crate::palette::{Theme, stylesheet};

/// The narrowest drawing, in pixels; what is asked for below is drawn as wide as this.
pub const MIN_WIDTH: u32 = 240;
/// The widest drawing, in pixels.
pub const MAX_WIDTH: u32 = 4_000;

/// Height of the letters of labels, in pixels.
pub(crate) const LABEL: f64 = 12.0;

/// What a drawing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// In a page whose script shows `data-tip` of the elements of class `stop`, and whose style has [`stylesheet`].
    Page,
    /// By itself: tips are titles, which viewers show when a pointer rests on them.
    Alone,
}

/// Part of a drawing.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) height: f64,
    pub(crate) body: Markup,
}

/// How wide parts are, and what for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Space {
    pub(crate) width: f64,
    pub(crate) medium: Medium,
}

impl Space {
    /// Whether it is as narrow as a phone.
    pub(crate) fn is_narrow(self) -> bool {
        self.width < 560.0
    }

    /// The title of something that says `tip`, where no script shows it.
    pub(crate) fn title(self, tip: &str) -> Markup {
        html! { @if self.medium == Medium::Alone { title { (tip) } } }
    }
}

/// A coordinate: two decimals at most, and always a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct N(pub(crate) f64);

impl Render for N {
    fn render_to(&self, buffer: &mut String) {
        let rounded = if self.0.is_finite() { (self.0 * 100.0).round() / 100.0 } else { 0.0 };
        buffer.push_str(&(rounded + 0.0).to_string());
    }
}

/// The `<svg>` element of a chart that is `width` pixels wide and as high as it needs to be, without style: for pages that have
/// [`stylesheet`] in theirs. `heading` is written above the picture.
pub fn drawing(chart: &Chart, width: u32, medium: Medium, heading: Option<&str>) -> Markup {
    svg_element(chart, width, medium, heading, None)
}

/// The chart as an SVG document that needs nothing else.
pub fn svg(chart: &Chart, width: u32, theme: Theme, heading: Option<&str>) -> String {
    svg_element(chart, width, Medium::Alone, heading, Some(&stylesheet(theme))).into_string()
}

/// Several charts with their headings, one under another, as one SVG document.
pub fn svg_of_all(charts: &[(String, Chart)], title: &str, width: u32, theme: Theme) -> String {
    const GAP: f64 = 32.0;
    let width = f64::from(width.clamp(MIN_WIDTH, MAX_WIDTH));
    let mut y = 0.0;
    let mut parts = Vec::with_capacity(charts.len());
    for (heading, chart) in charts {
        let part = framed(chart, width, Medium::Alone, Some(heading));
        parts.push((y, part.body));
        y += part.height + GAP;
    }
    let body = html! {
        @for (y, body) in &parts { g transform=(format!("translate(0 {})", N(*y).render().into_string())) { (body) } }
    };
    let height = (y - GAP).max(1.0);
    let style = stylesheet(theme);
    let summary = charts.iter().map(|(heading, chart)| format!("{heading}: {}", chart.summary())).collect::<Vec<_>>();
    document(width, height, Some(title), &summary.join(" "), Some(&style), &body).into_string()
}

fn svg_element(chart: &Chart, width: u32, medium: Medium, heading: Option<&str>, style: Option<&str>) -> Markup {
    let width = f64::from(width.clamp(MIN_WIDTH, MAX_WIDTH));
    let part = framed(chart, width, medium, heading);
    document(width, part.height, heading, &chart.summary(), style, &part.body)
}

fn document(width: f64, height: f64, title: Option<&str>, summary: &str, style: Option<&str>, body: &Markup) -> Markup {
    let view_box = format!("0 0 {width} {}", height.ceil());
    let label = title.map_or_else(|| summary.to_owned(), |title| format!("{title}. {summary}"));
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox=(view_box) width=(N(width)) height=(N(height.ceil()))
            aria-label=(label) {
            @if let Some(style) = style {
                title { (title.unwrap_or(summary)) }
                desc { (summary) }
                style { (maud::PreEscaped(style)) }
                rect class="ground" width="100%" height="100%" {}
            }
            (body)
        }
    }
}

/// The picture with its heading and note, with room around it where it stands alone.
fn framed(chart: &Chart, width: f64, medium: Medium, heading: Option<&str>) -> Part {
    let margin = if medium == Medium::Alone { 24.0 } else { 0.0 };
    let space = Space { width: width - 2.0 * margin, medium };
    let mut y = margin;
    let heading = heading.map(|heading| {
        y += 18.0;
        let text = html! {
            text class="ink strong" x=(N(margin)) y=(N(y)) font-size="18" { (crate::text::fit(heading, space.width, 19.0)) }
        };
        y += 20.0;
        text
    });
    let part = picture(chart, space);
    let top = y;
    y += part.height;
    let note = chart.note().map(|note| {
        y += 22.0;
        html! { text class="muted" x=(N(margin)) y=(N(y)) font-size=(N(LABEL)) { (note) } }
    });
    y += if note.is_some() { 6.0 } else { 0.0 };
    let shift = format!("translate({} {})", N(margin).render().into_string(), N(top).render().into_string());
    let body = html! { (heading.unwrap_or_default()) g transform=(shift) { (part.body) } (note.unwrap_or_default()) };
    Part { height: y + margin, body }
}

fn picture(chart: &Chart, space: Space) -> Part {
    match &chart.picture {
        Picture::Empty => nothing(space),
        Picture::Plot(plot) => plot::draw(plot, &chart.format, chart.always_has_legend, space),
        Picture::Ranking(items) => bars::draw(items, &chart.format, space),
        Picture::Pie(items) => pie::draw(items, &chart.format, space),
        Picture::Number(number) => number::draw(number, &chart.format, space),
        Picture::Funnel(funnel) => funnel::draw(funnel, space),
        Picture::Retention(sheets) => grid::draw(sheets, &chart.format, space),
        Picture::Flow(links) => flow::draw(links, space),
        Picture::Table => rows::draw(&chart.table, space),
    }
}

fn nothing(space: Space) -> Part {
    let body = html! {
        text class="muted" x=(N(space.width / 2.0)) y="64" text-anchor="middle" font-size="15" { "No data in this range" }
    };
    Part { height: 120.0, body }
}
