//! Colours: one restrained palette, told apart by those who see fewer colours, on light and on dark ground.

use std::fmt::Write as _;

/// How many colours series have; what is beyond is not drawn but said.
pub const MAX_SERIES: usize = 8;

/// How many shades cells of a grid have.
pub(crate) const N_SHADES: usize = 10;

/// Which ground is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system says (`prefers-color-scheme`).
    #[default]
    System,
    /// Light, whatever the system says.
    Light,
    /// Dark, whatever the system says.
    Dark,
}

/// The colours on one ground.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    /// What is behind everything.
    pub(crate) ground: &'static str,
    /// Text.
    pub(crate) ink: &'static str,
    /// Text of less weight: ticks, notes.
    pub(crate) muted: &'static str,
    /// Lines of the grid.
    pub(crate) grid: &'static str,
    /// The line at zero.
    pub(crate) axis: &'static str,
    /// What a bar could reach.
    pub(crate) track: &'static str,
    /// Series, in order.
    pub(crate) series: [&'static str; MAX_SERIES],
    /// Cells of a grid from few to many.
    pub(crate) shades: [&'static str; N_SHADES],
    /// The first shade on which text is written in the colour of the ground.
    pub(crate) first_strong_shade: usize,
}

pub(crate) const LIGHT: Palette = Palette {
    ground: "#ffffff",
    ink: "#1a1d24",
    muted: "#5c6370",
    grid: "#e8eaee",
    axis: "#a9afba",
    track: "#eef0f4",
    series: ["#2563d4", "#c2570c", "#0d8a72", "#8b3fc0", "#93720a", "#c4307c", "#2389b8", "#59616f"],
    shades: [
        "#f1f5fd", "#e2ebfb", "#cfdef9", "#b9cff5", "#a1bdf1", "#86a9ec", "#6a96e7", "#2f6bd7", "#2159c0", "#194799",
    ],
    first_strong_shade: 7,
};

pub(crate) const DARK: Palette = Palette {
    ground: "#15171c",
    ink: "#eceef2",
    muted: "#a0a7b4",
    grid: "#2a2d35",
    axis: "#5b6270",
    track: "#22252c",
    series: ["#6b9eff", "#f79448", "#3fc9aa", "#c08cf5", "#dcb93f", "#ff7fb5", "#66c5ee", "#a9b2bf"],
    shades: [
        "#1b2130", "#1e2a43", "#213358", "#253d6d", "#294883", "#2e5399", "#5c8ee6", "#7aa5f0", "#97baf6", "#b5cffa",
    ],
    first_strong_shade: 6,
};

/// Fonts that systems have for their own texts, then the compiled-in one.
pub(crate) const FONTS: &str =
    "ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans',sans-serif";

/// The rules that give drawings their colours, for the `<style>` of a page or of a drawing that stands alone.
pub fn stylesheet(theme: Theme) -> String {
    let mut rules = format!(
        ".chart text{{font-family:{FONTS};font-variant-numeric:tabular-nums}}.chart .line{{fill:none;stroke-width:2;stroke-linejoin:round;\
         stroke-linecap:round}}.chart .previous{{stroke-dasharray:5 4;stroke-width:1.75}}.chart .wash{{fill-opacity:.16}}.chart .faint{{\
         fill-opacity:.28}}.chart .ribbon{{fill-opacity:.26}}.chart .band{{fill-opacity:0}}.chart .strong{{font-weight:600}}"
    );
    match theme {
        Theme::System => {
            colours(&LIGHT, &mut rules);
            rules.push_str("@media (prefers-color-scheme:dark){");
            colours(&DARK, &mut rules);
            rules.push('}');
        }
        Theme::Light => colours(&LIGHT, &mut rules),
        Theme::Dark => colours(&DARK, &mut rules),
    }
    rules
}

fn colours(palette: &Palette, rules: &mut String) {
    let Palette { ground, ink, muted, grid, axis, track, .. } = palette;
    let mut rule = |text: std::fmt::Arguments<'_>| rules.write_fmt(text).expect("a string takes all text");
    rule(format_args!(".chart .ground{{fill:{ground}}}.chart .ink{{fill:{ink}}}.chart .muted{{fill:{muted}}}"));
    rule(format_args!(".chart .grid{{stroke:{grid}}}.chart .axis{{stroke:{axis}}}.chart .track{{fill:{track}}}"));
    rule(format_args!(".chart .edge{{stroke:{ground}}}.chart .band{{fill:{muted}}}"));
    for (i, colour) in palette.series.iter().enumerate() {
        rule(format_args!(".chart .f{i}{{fill:{colour}}}.chart .l{i}{{stroke:{colour}}}"));
    }
    for (i, shade) in palette.shades.iter().enumerate() {
        let text = if i < palette.first_strong_shade { ink } else { ground };
        rule(format_args!(".chart .h{i}{{fill:{shade}}}.chart .t{i}{{fill:{text}}}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let part = |range: std::ops::Range<usize>| {
            let value = f64::from(u8::from_str_radix(&colour[range], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1..3) + 0.7152 * part(3..5) + 0.0722 * part(5..7)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_marks_stand_out_on_both_grounds() {
        for palette in [LIGHT, DARK] {
            for text in [palette.ink, palette.muted] {
                assert!(contrast(text, palette.ground) >= 4.5, "{text} on {}", palette.ground);
            }
            for mark in palette.series {
                assert!(contrast(mark, palette.ground) >= 3.0, "{mark} on {}", palette.ground);
            }
            for (i, shade) in palette.shades.iter().enumerate() {
                let text = if i < palette.first_strong_shade { palette.ink } else { palette.ground };
                assert!(contrast(text, shade) >= 4.5, "{text} on {shade}: {}", contrast(text, shade));
            }
        }
    }

    /// As an eye without green (or red) cones sees a colour, by the matrices of Viénot, Brettel and Mollon.
    fn seen(colour: &str, matrix: [[f64; 3]; 3]) -> [f64; 3] {
        let linear = |range: std::ops::Range<usize>| {
            (f64::from(u8::from_str_radix(&colour[range], 16).unwrap()) / 255.0).powf(2.2)
        };
        let from = [linear(1..3), linear(3..5), linear(5..7)];
        matrix.map(|row| {
            row.iter().zip(from).map(|(weight, part)| weight * part).sum::<f64>().clamp(0.0, 1.0).powf(1.0 / 2.2)
        })
    }

    #[test]
    fn neighbouring_series_differ_for_those_who_see_fewer_colours() {
        const WITHOUT_RED: [[f64; 3]; 3] = [[0.112, 0.888, 0.0], [0.112, 0.888, 0.0], [0.004, -0.004, 1.0]];
        const WITHOUT_GREEN: [[f64; 3]; 3] = [[0.292, 0.708, 0.0], [0.292, 0.708, 0.0], [-0.022, 0.022, 1.0]];
        for palette in [LIGHT, DARK] {
            for matrix in [WITHOUT_RED, WITHOUT_GREEN] {
                for pair in palette.series.windows(2) {
                    let (a, b) = (seen(pair[0], matrix), seen(pair[1], matrix));
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 0.15, "{pair:?}: {distance}");
                }
            }
        }
    }

    #[test]
    fn a_forced_theme_asks_the_system_nothing() {
        assert!(stylesheet(Theme::System).contains("prefers-color-scheme"));
        assert!(!stylesheet(Theme::Light).contains("prefers") && stylesheet(Theme::Light).contains(LIGHT.ground));
        assert!(!stylesheet(Theme::Dark).contains("prefers") && stylesheet(Theme::Dark).contains(DARK.ground));
    }
}
