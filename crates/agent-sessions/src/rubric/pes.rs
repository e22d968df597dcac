//! How efficient a prompt is, by rules: four dimensions from 0 to 10, more being better.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::text::{
    References, count_bundlings, count_imperatives, count_list_items, count_vague, has_any_word,
    has_bare_demonstrative, has_constraint, has_evidence, has_expectation, has_phrase, has_success_criterion, words,
};

/// The four dimensions of a prompt, each from 0 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptEfficiency {
    /// How much it tells.
    pub information_density: f64,
    /// How well it uses what is there already.
    pub context_leverage: f64,
    /// How little it leaves open.
    pub ambiguity_cost: f64,
    /// How well one turn can answer it.
    pub turn_economy: f64,
}

/// A dimension of [`PromptEfficiency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// See [`PromptEfficiency::context_leverage`].
    ContextLeverage,
    /// See [`PromptEfficiency::information_density`].
    InformationDensity,
    /// See [`PromptEfficiency::turn_economy`].
    TurnEconomy,
    /// See [`PromptEfficiency::ambiguity_cost`].
    AmbiguityCost,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ContextLeverage, Self::InformationDensity, Self::TurnEconomy, Self::AmbiguityCost];

    /// Short name in reports: `cl`, `id`, `te`, `ac`.
    pub fn key(self) -> &'static str {
        match self {
            Self::ContextLeverage => "cl",
            Self::InformationDensity => "id",
            Self::TurnEconomy => "te",
            Self::AmbiguityCost => "ac",
        }
    }
}

impl PromptEfficiency {
    /// All four in one, from 0 to 10.
    pub fn score(&self) -> f64 {
        0.35 * self.information_density
            + 0.25 * self.context_leverage
            + 0.25 * self.ambiguity_cost
            + 0.15 * self.turn_economy
    }

    /// One of the dimensions.
    pub fn dimension(&self, dimension: Dimension) -> f64 {
        match dimension {
            Dimension::ContextLeverage => self.context_leverage,
            Dimension::InformationDensity => self.information_density,
            Dimension::TurnEconomy => self.turn_economy,
            Dimension::AmbiguityCost => self.ambiguity_cost,
        }
    }

    /// The lowest dimension; of equal ones the first of [`Dimension::ALL`].
    pub fn weakest(&self) -> Dimension {
        let lowest = Dimension::ALL.into_iter().min_by(|a, b| self.dimension(*a).total_cmp(&self.dimension(*b)));
        lowest.expect("there are dimensions")
    }

    /// The mean of each dimension; `None` of nothing.
    pub fn mean<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut n = 0.0;
        let mut sum = [0.0; 4];
        for one in all {
            n += 1.0;
            for (sum, dimension) in sum.iter_mut().zip(Dimension::ALL) {
                *sum += one.dimension(dimension);
            }
        }
        (n > 0.0).then(|| Self {
            context_leverage: sum[0] / n,
            information_density: sum[1] / n,
            turn_economy: sum[2] / n,
            ambiguity_cost: sum[3] / n,
        })
    }
}

/// What a session holds already when a prompt comes.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Files that were touched.
    pub files: BTreeSet<String>,
    /// Lines of 20 characters or more that prompts have said.
    pub lines: BTreeSet<String>,
}

impl Known {
    /// Remembers what a prompt says.
    pub fn hear(&mut self, prompt: &str) {
        self.lines.extend(long_lines(prompt).map(str::to_owned));
    }
}

fn long_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.len() >= 20)
}

/// The efficiency of a prompt that is not trivial.
pub fn of_prompt(prompt: &str, known: &Known) -> PromptEfficiency {
    let references = References::of(prompt);
    let points = |rules: &[(bool, f64)]| rules.iter().filter(|(applies, _)| *applies).map(|(_, points)| points).sum();
    let times = |n: usize| f64::from(u16::try_from(n).unwrap_or(u16::MAX));

    let density: f64 = points(&[
        (!references.paths.is_empty(), 2.0),
        (references.has_line, 1.0),
        (references.has_identifier, 1.5),
        (has_evidence(prompt), 1.5),
        (has_expectation(prompt), 1.0),
        (words(prompt).count() < 5, -2.0),
    ]);
    let n_repeated = long_lines(prompt).filter(|line| known.lines.contains(*line)).count();
    let leverage: f64 = points(&[
        (references.has_mention, 2.0),
        (references.names_one_of(known.files.iter().map(String::as_str)), 1.5),
        (refers_back(prompt), 1.5),
        (n_repeated > 40, -3.0),
    ]);
    let ambiguity: f64 = points(&[
        (has_success_criterion(prompt), 2.0),
        (has_constraint(prompt), 1.0),
        (has_bare_demonstrative(prompt, &references), -3.0),
    ]);
    let economy: f64 = points(&[(has_any_word(prompt, &["only", "just"]), 1.0)]);
    let clamp = |value: f64| value.clamp(0.0, 10.0);
    PromptEfficiency {
        information_density: clamp(3.0 + density),
        context_leverage: clamp(5.0 + leverage),
        ambiguity_cost: clamp(7.0 + ambiguity - times(count_vague(prompt).min(3))),
        turn_economy: clamp(
            9.0 + economy
                - 1.5 * times(count_bundlings(prompt))
                - times(count_list_items(prompt).saturating_sub(3))
                - times(count_imperatives(prompt).saturating_sub(2)),
        ),
    }
}

/// Whether it refers to rules of the project, or to what was said before.
fn refers_back(prompt: &str) -> bool {
    let lower = prompt.to_lowercase();
    lower.contains("claude.md")
        || lower.contains("agents.md")
        || has_any_word(prompt, &["conventions", "guidelines", "earlier", "previously"])
        || has_phrase(
            prompt,
            &["as before", "like before", "as discussed", "the plan", "our rules", "style guide", "you suggested"],
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prompt: &str, known: &Known, expected: [f64; 4]) {
        let found = of_prompt(prompt, known);
        assert_eq!(Dimension::ALL.map(|dimension| found.dimension(dimension)), expected, "{prompt}");
    }

    #[test]
    fn each_rule_has_its_points() {
        let nothing = Known::default();
        // context leverage, information density, turn economy, ambiguity cost
        check("make the page load a little faster", &nothing, [5.0, 3.0, 9.0, 7.0]);
        check("please fix it now", &nothing, [5.0, 1.0, 9.0, 4.0]);
        check("Fix `parse` in src/a.rs:10, it should return None without a panic", &nothing, [5.0, 8.5, 9.0, 10.0]);
        let known = Known { files: BTreeSet::from(["/app/src/a.rs".to_owned()]), ..Known::default() };
        check("As discussed, extend @src/a.rs for the plan", &known, [10.0, 5.0, 9.0, 7.0]);
        check(
            "Add a, also add b, also add c and fix something somehow better, maybe etc",
            &nothing,
            [5.0, 3.0, 4.0, 4.0],
        );
        check("just tidy these up:\n- a\n- b\n- c\n- d\n- e", &nothing, [5.0, 3.0, 8.0, 4.0]);
    }

    #[test]
    fn saying_much_again_costs() {
        let paste: String = (0..41).map(|n| format!("a line of some length, number {n}\n")).collect();
        let mut known = Known::default();
        known.hear(&paste);
        let asked = of_prompt(&format!("Look at the log again:\n{paste}"), &known);
        assert_eq!(asked.context_leverage, 2.0);
        assert_eq!(of_prompt(&paste, &Known::default()).context_leverage, 5.0);
    }

    #[test]
    fn means_are_those_of_the_dimensions() {
        let one = PromptEfficiency {
            information_density: 2.0,
            context_leverage: 4.0,
            ambiguity_cost: 6.0,
            turn_economy: 8.0,
        };
        let other = PromptEfficiency { information_density: 4.0, ..one };
        let mean = PromptEfficiency::mean([&one, &other]).unwrap();
        assert_eq!(
            (mean.information_density, mean.turn_economy, mean.weakest()),
            (3.0, 8.0, Dimension::InformationDensity)
        );
        assert!((mean.score() - (1.05 + 1.0 + 1.5 + 1.2)).abs() < 1e-12);
        assert_eq!(PromptEfficiency::mean([]), None);
    }
}
