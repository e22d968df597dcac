//! Letters, tiers and bands, and the numbers that they begin at.

use serde::{Deserialize, Serialize};

/// A grade, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Letter {
    /// `F`.
    F,
    /// `D`.
    D,
    /// `C`.
    C,
    /// `C+`.
    CPlus,
    /// `B-`.
    BMinus,
    /// `B`.
    B,
    /// `B+`.
    BPlus,
    /// `A-`.
    AMinus,
    /// `A`.
    A,
    /// `A+`.
    APlus,
}

impl Letter {
    /// All of them, the worst first.
    pub const ALL: [Self; 10] = [
        Self::F,
        Self::D,
        Self::C,
        Self::CPlus,
        Self::BMinus,
        Self::B,
        Self::BPlus,
        Self::AMinus,
        Self::A,
        Self::APlus,
    ];

    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::F => "F",
            Self::D => "D",
            Self::C => "C",
            Self::CPlus => "C+",
            Self::BMinus => "B-",
            Self::B => "B",
            Self::BPlus => "B+",
            Self::AMinus => "A-",
            Self::A => "A",
            Self::APlus => "A+",
        }
    }

    /// What a prompt of that grade counts, from 0 to 100.
    pub fn points(self) -> f64 {
        match self {
            Self::F => 0.0,
            Self::D => 25.0,
            Self::C => 45.0,
            Self::CPlus => 55.0,
            Self::BMinus => 62.0,
            Self::B => 70.0,
            Self::BPlus => 78.0,
            Self::AMinus => 85.0,
            Self::A => 92.0,
            Self::APlus => 100.0,
        }
    }

    /// The letter whose points are nearest to a prompt's score from 0 to 100; of two that are as near, the better one.
    pub fn of_prompt_score(score: f64) -> Self {
        let distance = |letter: &Self| (letter.points() - score).abs();
        let nearest = Self::ALL.into_iter().rev().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.expect("there are letters")
    }

    /// The letter of a share of crushed sub-sessions, from 0 to 100.
    pub fn of_prism_score(score: f64) -> Self {
        const FROM: [f64; 10] = [f64::NEG_INFINITY, 20.0, 34.0, 42.0, 50.0, 58.0, 68.0, 75.0, 82.0, 90.0];
        last_from(&FROM, score)
    }

    /// The letter of a value from 0 to 10, as version 2.1 has it.
    pub fn of_ten(value: f64) -> Self {
        const FROM: [f64; 10] = [f64::NEG_INFINITY, 3.0, 5.0, 6.0, 6.5, 7.0, 8.0, 8.5, 9.0, 9.5];
        last_from(&FROM, value)
    }
}

fn last_from(from: &[f64; 10], value: f64) -> Letter {
    let n_reached = from.iter().filter(|from| **from <= value).count();
    Letter::ALL[n_reached.saturating_sub(1)]
}

/// The tier of a share of crushed sub-sessions, from 0 to 100.
pub fn personal_tier(score: f64) -> &'static str {
    match score {
        score if score >= 75.0 => "crushing",
        score if score >= 50.0 => "scaling",
        score if score >= 25.0 => "building",
        _ => "starting",
    }
}

/// The tier of a skill from 0 to 100, as version 2.1 has it.
pub fn skill_tier(skill: f64) -> &'static str {
    match skill {
        skill if skill >= 90.0 => "elite",
        skill if skill >= 70.0 => "expert",
        skill if skill >= 50.0 => "proficient",
        skill if skill >= 30.0 => "practitioner",
        _ => "novice",
    }
}

/// How heavy the median crushed sub-session is, by its tokens.
pub fn token_band(tokens: f64) -> &'static str {
    match tokens {
        tokens if tokens < 15_000.0 => "tight",
        tokens if tokens < 35_000.0 => "healthy",
        tokens if tokens < 70_000.0 => "heavy",
        _ => "bloated",
    }
}

/// How fast it goes, by crushed sub-sessions per working day.
pub fn speed_band(per_working_day: f64) -> &'static str {
    match per_working_day {
        value if value >= 2.0 => "crushing",
        value if value >= 1.0 => "steady",
        value if value > 0.0 => "light",
        _ => "stalled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_sample_is_a_b_and_scaling() {
        assert_eq!((Letter::of_prism_score(62.5).name(), personal_tier(62.5)), ("B", "scaling"));
    }

    #[test]
    fn bands_are_half_open() {
        let ten = [(2.99, "F"), (3.0, "D"), (4.9, "D"), (5.0, "C"), (6.0, "C+"), (6.49, "C+"), (6.5, "B-"), (7.0, "B")];
        for (value, letter) in ten.into_iter().chain([(8.0, "B+"), (8.5, "A-"), (9.0, "A"), (9.5, "A+"), (10.0, "A+")])
        {
            assert_eq!(Letter::of_ten(value).name(), letter, "{value}");
        }
        for (value, letter) in [(0.0, "F"), (19.9, "F"), (20.0, "D"), (58.0, "B"), (67.9, "B"), (90.0, "A+")] {
            assert_eq!(Letter::of_prism_score(value).name(), letter, "{value}");
        }
        for (value, tier) in [(0.0, "starting"), (25.0, "building"), (49.9, "building"), (75.0, "crushing")] {
            assert_eq!(personal_tier(value), tier, "{value}");
        }
        for (value, tier) in
            [(29.9, "novice"), (30.0, "practitioner"), (50.0, "proficient"), (70.0, "expert"), (90.0, "elite")]
        {
            assert_eq!(skill_tier(value), tier, "{value}");
        }
        for (value, band) in [(14_999.0, "tight"), (15_000.0, "healthy"), (35_000.0, "heavy"), (70_000.0, "bloated")] {
            assert_eq!(token_band(value), band, "{value}");
        }
        for (value, band) in [(0.0, "stalled"), (0.2, "light"), (1.0, "steady"), (2.0, "crushing")] {
            assert_eq!(speed_band(value), band, "{value}");
        }
    }

    #[test]
    fn prompts_get_the_nearest_letter() {
        for (score, letter) in
            [(0.0, "F"), (13.0, "D"), (50.0, "C+"), (57.1, "C+"), (71.4, "B"), (85.7, "A-"), (100.0, "A+")]
        {
            assert_eq!(Letter::of_prompt_score(score).name(), letter, "{score}");
        }
        for letter in Letter::ALL {
            assert_eq!(Letter::of_prompt_score(letter.points()), letter);
        }
    }
}
