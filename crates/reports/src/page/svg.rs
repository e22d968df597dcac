//! Charts as SVG: plain shapes whose colours the page's style sheet says, each with its number.

use agent_sessions::statistics::real;
use maud::{Markup, html};

use super::{Figure, Point, Shape};
use crate::numbers::{count, rounded};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
/// Room for the labels of the axis.
const FOOT: f64 = 22.0;
/// Room for the number at the top.
const HEAD: f64 = 18.0;
const BAR_HEIGHT: f64 = 18.0;
const BAR_STEP: f64 = 38.0;

/// The chart; its title is its name for those who do not see it.
pub(super) fn chart(figure: &Figure) -> Markup {
    match figure.shape {
        Shape::Columns | Shape::Line => over_time(figure),
        Shape::Bars => bars(figure),
    }
}

/// The largest number, which everything is measured by.
fn largest(points: &[Point]) -> f64 {
    points.iter().filter_map(|point| point.value).fold(0.0, f64::max)
}

fn label(point: &Point) -> String {
    format!("{}: {}", point.label, point.shown)
}

fn at(coordinate: f64) -> String {
    rounded(coordinate, 1).to_string()
}

fn over_time(figure: &Figure) -> Markup {
    let largest = largest(&figure.points);
    let step = WIDTH / real(count(figure.points.len().max(1)));
    let room = HEIGHT - HEAD - FOOT;
    let height = |value: f64| if largest > 0.0 { value.max(0.0) / largest * room } else { 0.0 };
    let bottom = HEIGHT - FOOT;
    let top = figure.points.iter().find(|point| point.value == Some(largest)).map(|point| point.shown.as_str());
    let x = |index: usize| step * real(count(index));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(figure.title) {
            line.grid x1="0" x2=(at(WIDTH)) y1=(at(HEAD)) y2=(at(HEAD)) {}
            line.axis x1="0" x2=(at(WIDTH)) y1=(at(bottom)) y2=(at(bottom)) {}
            @if let Some(top) = top { text.tick x="0" y=(at(HEAD - 5.0)) { (top) } }
            @if figure.shape == Shape::Line { (line(figure, step, |value| bottom - height(value))) }
            @for (index, point) in figure.points.iter().enumerate() {
                @if let Some(value) = point.value {
                    @if figure.shape == Shape::Line {
                        circle.mark cx=(at(x(index) + step / 2.0)) cy=(at(bottom - height(value))) r="3.5" {
                            title { (label(point)) }
                        }
                    } @else {
                        rect.mark x=(at(x(index) + step * 0.1)) width=(at((step * 0.8).max(0.5)))
                            y=(at(bottom - height(value))) height=(at(height(value))) rx="1" {
                            title { (label(point)) }
                        }
                    }
                }
            }
            @if let Some(first) = figure.points.first() {
                text.tick x="0" y=(at(HEIGHT - 6.0)) { (first.label) }
            }
            @if figure.points.len() > 1 && let Some(last) = figure.points.last() {
                text.tick x=(at(WIDTH)) y=(at(HEIGHT - 6.0)) text-anchor="end" { (last.label) }
            }
        }
    }
}

/// The line through the points, broken where there is no number.
fn line(figure: &Figure, step: f64, y: impl Fn(f64) -> f64) -> Markup {
    let mut path = String::new();
    let mut is_on = false;
    for (index, point) in figure.points.iter().enumerate() {
        if let Some(value) = point.value {
            let x = step * (real(count(index)) + 0.5);
            path.push_str(&format!("{}{} {}", if is_on { "L" } else { "M" }, at(x), at(y(value))));
        }
        is_on = point.value.is_some();
    }
    html! { path.line d=(path) {} }
}

fn bars(figure: &Figure) -> Markup {
    let largest = largest(&figure.points);
    let height = BAR_STEP * real(count(figure.points.len()));
    let width = |value: f64| if largest > 0.0 { value.max(0.0) / largest * WIDTH } else { 0.0 };
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", at(height))) role="img" aria-label=(figure.title) {
            @for (index, point) in figure.points.iter().enumerate() {
                @let top = BAR_STEP * real(count(index));
                text.name x="0" y=(at(top + 13.0)) { (point.label) }
                text.tick x=(at(WIDTH)) y=(at(top + 13.0)) text-anchor="end" { (point.shown) }
                rect.rest x="0" y=(at(top + 17.0)) width=(at(WIDTH)) height=(at(BAR_HEIGHT - 6.0)) rx="3" {}
                rect.mark x="0" y=(at(top + 17.0)) width=(at(width(point.value.unwrap_or(0.0))))
                    height=(at(BAR_HEIGHT - 6.0)) rx="3" { title { (label(point)) } }
            }
        }
    }
}
