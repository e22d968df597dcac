//! Axes, grid and their labels.

use maud::{Markup, html};

use super::{LABEL, N};
use crate::days::Label;
use crate::format::ValueFormat;
use crate::scale::Scale;
use crate::text::{fit, width};

/// Where numbers are drawn: a box with a scale up its side and places along its foot.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) scale: Scale,
    pub(crate) n_places: usize,
    /// Whether places are points from edge to edge, not slots beside one another.
    pub(crate) is_line: bool,
}

impl Frame {
    /// A box of that width and height below `top`, with room for the labels of `scale` at its left.
    pub(crate) fn new(
        (total_width, top, height): (f64, f64, f64),
        scale: Scale,
        format: &ValueFormat,
        n_places: usize,
        is_line: bool,
    ) -> Self {
        let widest = scale.ticks().iter().map(|tick| width(&format.short(*tick), LABEL)).fold(0.0, f64::max);
        let left = (widest + 10.0).min(total_width * 0.3);
        Self { left, right: total_width - 8.0, top: top + 8.0, bottom: top + height - 26.0, scale, n_places, is_line }
    }

    /// How high up `value` is.
    pub(crate) fn y(&self, value: f64) -> f64 {
        self.bottom - self.scale.part(value) * (self.bottom - self.top)
    }

    /// The middle of a place.
    pub(crate) fn x(&self, place: usize) -> f64 {
        if self.is_line && self.n_places > 1 {
            return self.left + 4.0 + place as f64 * (self.right - self.left - 8.0) / (self.n_places - 1) as f64;
        }
        self.left + (place as f64 + 0.5) * self.slot()
    }

    /// How wide a place is.
    pub(crate) fn slot(&self) -> f64 {
        let n = if self.is_line { self.n_places.saturating_sub(1) } else { self.n_places };
        (self.right - self.left) / n.max(1) as f64
    }

    /// Lines and labels.
    pub(crate) fn draw(&self, format: &ValueFormat, axis: &[Label]) -> Markup {
        let zero = self.y(0.0);
        html! {
            @for tick in self.scale.ticks() {
                @let y = self.y(*tick);
                line class="grid" x1=(N(self.left)) x2=(N(self.right)) y1=(N(y)) y2=(N(y)) {}
                text class="muted" x=(N(self.left - 8.0)) y=(N(y + 4.0)) text-anchor="end" font-size=(N(LABEL)) {
                    (fit(&format.short(*tick), self.left, LABEL))
                }
            }
            line class="axis" x1=(N(self.left)) x2=(N(self.right)) y1=(N(zero)) y2=(N(zero)) {}
            @for (place, x, anchor) in self.labelled(axis) {
                text class="muted" x=(N(x)) y=(N(self.bottom + 20.0)) text-anchor=(anchor) font-size=(N(LABEL)) {
                    (fit(&axis[place].short, self.right - self.left, LABEL))
                }
            }
        }
    }

    /// The places that have a label, as many as there is room for, with where it is and how it is aligned.
    fn labelled(&self, axis: &[Label]) -> Vec<(usize, f64, &'static str)> {
        const GAP: f64 = 18.0;
        let sizes: Vec<f64> = axis.iter().map(|label| width(&label.short, LABEL).min(self.right - self.left)).collect();
        let widest = sizes.iter().copied().fold(1.0, f64::max);
        let mut step = 1;
        while step < axis.len() && self.slot() * (step as f64) < widest + GAP {
            step = next_step(step);
        }
        let mut labelled = Vec::new();
        let mut free_from = 0.0;
        for place in (0..axis.len()).step_by(step) {
            let (x, half) = (self.x(place), sizes[place] / 2.0);
            let (x, anchor, begin) = if x + half > self.right + 8.0 {
                (self.right + 8.0, "end", self.right + 8.0 - 2.0 * half)
            } else if x - half < 0.0 {
                (0.0, "start", 0.0)
            } else {
                (x, "middle", x - half)
            };
            if labelled.is_empty() || begin >= free_from {
                labelled.push((place, x, anchor));
                free_from = begin + 2.0 * half + GAP / 2.0;
            }
        }
        labelled
    }
}

/// 1, 2, 3, 5, 7, 10, 14, 20, 30, …: weeks and round numbers.
fn next_step(step: usize) -> usize {
    const STEPS: [usize; 9] = [1, 2, 3, 5, 7, 10, 14, 20, 30];
    STEPS.into_iter().find(|next| *next > step).unwrap_or(step * 2)
}
