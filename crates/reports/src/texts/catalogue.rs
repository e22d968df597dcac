//! The messages of each language, as Fluent writes them down.
//!
//! Of Fluent's syntax these are used: variables, and selection by a number, exactly or by the category that the language's grammar puts it into.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};
use fluent_syntax::parser;

use super::{Arg, Args};
use crate::language::Language;

/// In the order of [`Language::ALL`].
static CATALOGUES: LazyLock<Vec<Catalogue>> =
    LazyLock::new(|| Language::ALL.into_iter().map(Catalogue::read).collect());

/// The messages of a language.
pub(super) fn catalogue(language: Language) -> &'static Catalogue {
    let position = Language::ALL.iter().position(|of| *of == language);
    &CATALOGUES[position.expect("every language is one of all")]
}

/// The messages of a language as they are written.
pub(super) fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../locales/en.ftl"),
        Language::De => include_str!("../locales/de.ftl"),
        Language::Es => include_str!("../locales/es.ftl"),
        Language::Fr => include_str!("../locales/fr.ftl"),
        Language::Pt => include_str!("../locales/pt.ftl"),
        Language::Ja => include_str!("../locales/ja.ftl"),
        Language::Zh => include_str!("../locales/zh.ftl"),
    }
}

/// The messages of a language by name.
#[derive(Debug)]
pub(super) struct Catalogue {
    language: Language,
    messages: HashMap<&'static str, Pattern<&'static str>>,
}

impl Catalogue {
    fn read(language: Language) -> Self {
        let resource = parser::parse_runtime(source(language)).unwrap_or_else(|(resource, errors)| {
            debug_assert!(errors.is_empty(), "the messages of {language} can be read: {errors:?}");
            resource
        });
        let messages = resource.body.into_iter().filter_map(|entry| match entry {
            Entry::Message(message) => Some((message.id.name, message.value?)),
            _ => None,
        });
        Self { language, messages: messages.collect() }
    }

    /// The message of that name with what is put into it; `None` where there is none.
    pub(super) fn write(&self, id: &str, args: Args<'_>) -> Option<String> {
        let mut text = String::new();
        self.write_pattern(self.messages.get(id)?, args, &mut text);
        Some(text)
    }

    fn write_pattern(&self, pattern: &Pattern<&'static str>, args: Args<'_>, text: &mut String) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => text.push_str(value),
                PatternElement::Placeable { expression: Expression::Inline(inline) } => match argument(inline, args) {
                    Some(Arg::Text(value)) => text.push_str(value),
                    Some(Arg::Number(number)) => text.push_str(&number.to_string()),
                    None => debug_assert!(false, "{inline:?} is among what is put into a message"),
                },
                PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                    if let Some(variant) = self.chosen(argument(selector, args), variants) {
                        self.write_pattern(&variant.value, args, text);
                    }
                }
            }
        }
    }

    /// The variant for a number: that of the very number, else that of its category, else the default.
    fn chosen<'v>(
        &self,
        selector: Option<&Arg<'_>>,
        variants: &'v [Variant<&'static str>],
    ) -> Option<&'v Variant<&'static str>> {
        let number = match selector {
            Some(Arg::Number(number)) => Some(*number),
            _ => None,
        };
        let is_exact = |variant: &&Variant<&'static str>| match &variant.key {
            VariantKey::NumberLiteral { value } => value.parse().ok() == number && number.is_some(),
            VariantKey::Identifier { .. } => false,
        };
        let is_of_category = |variant: &&Variant<&'static str>| match &variant.key {
            VariantKey::Identifier { name } => number.is_some_and(|number| *name == category(self.language, number)),
            VariantKey::NumberLiteral { .. } => false,
        };
        let found = variants.iter().find(is_exact).or_else(|| variants.iter().find(is_of_category));
        found.or_else(|| variants.iter().find(|variant| variant.default))
    }
}

fn argument<'a>(expression: &InlineExpression<&str>, args: &'a [(&'static str, Arg<'a>)]) -> Option<&'a Arg<'a>> {
    let InlineExpression::VariableReference { id } = expression else { return None };
    args.iter().find(|(name, _)| *name == id.name).map(|(_, arg)| arg)
}

/// The category of a whole number in the grammar of the language, as CLDR names it. Millions, which some languages put into one of their own, take the
/// default.
fn category(language: Language, number: u64) -> &'static str {
    let is_one = match language {
        Language::En | Language::De | Language::Es => number == 1,
        Language::Fr | Language::Pt => number <= 1,
        Language::Ja | Language::Zh => false,
    };
    if is_one { "one" } else { "other" }
}
