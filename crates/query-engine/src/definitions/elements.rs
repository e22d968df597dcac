//! What an autocaptured event is about: conditions on its chain of elements.
//!
//! The chain is text, the innermost element first: `a.btn:href="/x"text="Go";div.nav:nth-child="2"`. Conditions are patterns on it, as
//! PostHog's are.

mod selector;

use crate::definitions::action::{Matching, read_filled, read_pattern};
use crate::error::QueryError;
use crate::nodes::reader::Reader;
use crate::predicate::{OneOf, Pattern, Test};

/// The event property that has the chain.
pub(super) const CHAIN: &str = "$elements_chain";

/// The address that the first linked element leads to.
const HREF: &str = r#"(?s)[:"]href="(.*?)""#;

/// The text of an element.
const TEXT: &str = r#"(?s)[:"]text="(.*?)""#;

/// The id of an element.
const ID: &str = r#"(?s)[:"]attr_id="(.*?)""#;

/// All conditions of a step on the chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ElementConditions {
    tests: Vec<Test>,
}

impl ElementConditions {
    /// Reads `selector`, `tag_name`, `text` with `text_matching` and `href` with `href_matching`.
    pub(super) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        let mut tests = Vec::new();
        if let Some(text) = read_filled(node, "selector")? {
            tests.extend(selector::tests(text).map_err(|error| QueryError::invalid(node.path_of("selector"), error))?);
        }
        if let Some(tag) = read_filled(node, "tag_name")? {
            tests.push(Test::Matches(pattern(&format!("(^|;){}([.]|$|;|:)", regex::escape(tag)))));
        }
        for (key, matching_key, of, first_only) in
            [("href", "href_matching", HREF, true), ("text", "text_matching", TEXT, false)]
        {
            let matching = Matching::read(node, matching_key, Matching::Exact)?;
            if let Some(text) = read_filled(node, key)? {
                let test = match matching {
                    Matching::Exact => Test::OneOf(OneOf::new([text])),
                    Matching::Contains => Test::Matches(like_pattern(text, true)),
                    Matching::Regex => Test::Matches(read_pattern(node, key, text)?),
                };
                tests.push(Test::Captured { by: pattern(of), first_only, test: Box::new(test) });
            }
        }
        Ok(Self { tests })
    }

    /// The tests that the chain must pass.
    pub(super) fn tests(&self) -> impl Iterator<Item = &Test> {
        self.tests.iter()
    }
}

/// A pattern that is well-formed by the way it is made.
fn pattern(text: &str) -> Pattern {
    Pattern::new(text).expect("a pattern of escaped parts is well-formed and small")
}

/// That a text contains `text`, in which `%` stands for any text, `_` for any character and a backslash for the character after it.
pub(super) fn like_pattern(text: &str, ignores_case: bool) -> Pattern {
    let mut like = if ignores_case { "(?is)" } else { "(?s)" }.to_owned();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => like.push_str(".*"),
            '_' => like.push('.'),
            '\\' => like.push_str(&regex::escape(&chars.next().unwrap_or('\\').to_string())),
            c => like.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern(&like)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::value::PropertyValue;

    const CHAIN: &str = concat!(
        r#"span.label:nth-child="1"text="Buy \"now\"";"#,
        r#"a.btn.btn-primary:attr__data-role="cta"attr_id="buy"href="https://shop.example/buy?a_b=1"nth-child="2"text="Buy";"#,
        r#"div.w-1/2:attr__style="display: flex; gap: 4px"nth-child="3";"#,
        r#"body:nth-child="2""#,
    );

    #[track_caller]
    fn check(step: Value, expected: bool) {
        let conditions = ElementConditions::read(&Reader::root(&step)).unwrap();
        let chain = PropertyValue::String(CHAIN.into());
        assert_eq!(conditions.tests().all(|test| test.passes(&chain)), expected, "{step}");
    }

    #[test]
    fn hrefs_texts_and_tags_are_found_in_the_chain() {
        check(json!({}), true);
        check(json!({"tag_name": "a"}), true);
        check(json!({"tag_name": "b"}), false);
        check(json!({"href": "https://shop.example/buy?a_b=1"}), true);
        check(json!({"href": "https://shop.example/buy"}), false);
        check(json!({"href": "SHOP.example", "href_matching": "contains"}), true);
        check(json!({"href": "a%1", "href_matching": "contains"}), true);
        check(json!({"href": "^https://.*1$", "href_matching": "regex"}), true);
        check(json!({"text": "Buy"}), true);
        check(json!({"text": "buy"}), false);
        check(json!({"text": "buy", "text_matching": "contains"}), true);
        check(json!({"text": "^B.y$", "text_matching": "regex"}), true);
        check(json!({"text": "", "tag_name": null}), true);
    }

    #[test]
    fn selectors_are_found_in_the_chain() {
        for (selector, expected) in [
            ("a", true),
            ("a.btn", true),
            ("a.btn-primary.btn", true),
            ("a.label", false),
            ("#buy", true),
            ("a#buy", true),
            ("a#sell", false),
            ("[id='buy']", true),
            ("[data-role='cta']", true),
            ("[data-role=\"other\"]", false),
            ("div > a", true),
            ("body > a", false),
            ("body a", true),
            ("body > div > a > span", true),
            ("a:nth-child(2)", true),
            ("a:nth-child(3)", false),
            ("*.btn", true),
            ("section a", false),
            ("b", false),
        ] {
            check(json!({"selector": selector}), expected);
        }
    }

    #[test]
    fn a_pattern_that_is_none_is_refused_with_its_path() {
        let step = json!({"text": "(", "text_matching": "regex"});
        let refused = ElementConditions::read(&Reader::at(&step, "steps[0]".to_owned())).unwrap_err();
        assert!(refused.to_string().starts_with("steps[0].text: \"(\" is not a regular expression"), "{refused}");
    }
}
