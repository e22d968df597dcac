//! What models cost, for what a smaller one would have cost.
//!
//! List prices of the families, in US dollars for a million tokens. They decide about savings alone: what was spent is told by whoever spent it.

use agent_sessions::model::Tokens;
use agent_sessions::statistics::real;

/// The prices of a family of models, in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Price {
    /// Part of the names of its models.
    pub(crate) family: &'static str,
    input: f64,
    output: f64,
    cache_read: f64,
    cache_write: f64,
}

/// The families, the dearest first. A family's part of the name is in none of the others'.
const PRICES: [Price; 3] = [
    Price { family: "opus", input: 5.0, output: 25.0, cache_read: 0.5, cache_write: 6.25 },
    Price { family: "sonnet", input: 3.0, output: 15.0, cache_read: 0.3, cache_write: 3.75 },
    Price { family: "haiku", input: 1.0, output: 5.0, cache_read: 0.1, cache_write: 1.25 },
];

impl Price {
    /// The price of the model of that name, where its family is known.
    pub(crate) fn of(model: &str) -> Option<Self> {
        let model = model.to_ascii_lowercase();
        PRICES.into_iter().find(|price| model.contains(price.family))
    }

    /// The family below it.
    pub(crate) fn cheaper(self) -> Option<Self> {
        let at = PRICES.iter().position(|price| price.family == self.family)?;
        PRICES.get(at + 1).copied()
    }

    /// Whether its tokens cost more than the other's.
    pub(crate) fn is_dearer_than(self, other: Self) -> bool {
        self.output > other.output
    }

    /// What so many tokens cost, in millionths of a dollar.
    pub(crate) fn cost_micros(self, tokens: Tokens) -> f64 {
        real(tokens.input) * self.input
            + real(tokens.output) * self.output
            + real(tokens.cache_read) * self.cache_read
            + real(tokens.cache_creation) * self.cache_write
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_the_prices_of_their_family() {
        let family = |model| Price::of(model).map(|price| price.family);
        assert_eq!(family("claude-opus-4-5-20251101"), Some("opus"));
        assert_eq!(family("claude-3-5-Haiku-latest"), Some("haiku"));
        assert_eq!(family("gpt-5"), None);
        let opus = Price::of("opus").unwrap();
        assert_eq!(opus.cheaper().map(|price| price.family), Some("sonnet"));
        assert_eq!(Price::of("haiku").unwrap().cheaper(), None);
        let tokens = Tokens { input: 1_000_000, output: 100_000, cache_read: 2_000_000, cache_creation: 400_000 };
        assert_eq!(opus.cost_micros(tokens), 5e6 + 2.5e6 + 1e6 + 2.5e6);
    }

    #[test]
    fn the_dearest_family_is_first() {
        assert!(PRICES.windows(2).all(|pair| pair[0].is_dearer_than(pair[1])));
    }
}
