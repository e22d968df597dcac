//! Texts in the languages of reports: messages in Fluent's format, and numbers and dates as people of each language write them.

mod catalogue;
mod figures;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::catalogue::catalogue;
use crate::language::Language;

/// The texts of one language.
#[derive(Clone, Copy, Debug)]
pub struct Texts(Language);

/// What is put into a message.
pub(crate) type Args<'a> = &'a [(&'static str, Arg<'a>)];

/// One thing that is put into a message.
#[derive(Clone, Debug)]
pub(crate) enum Arg<'a> {
    /// A text, or a number as it is to be written.
    Text(Cow<'a, str>),
    /// A number that the form of the words depends on.
    Number(u64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl Texts {
    /// The texts of `language`.
    pub fn new(language: Language) -> Self {
        Self(language)
    }

    /// Which language.
    pub fn language(self) -> Language {
        self.0
    }

    /// The message of that name, which takes nothing.
    pub(crate) fn get(self, id: &str) -> String {
        self.with(id, &[])
    }

    /// The message of that name with what is put into it. In English where the language lacks it, and its name where that lacks it too: tests see to it that
    /// neither happens.
    pub(crate) fn with(self, id: &str, args: Args<'_>) -> String {
        let written = catalogue(self.0).write(id, args).or_else(|| catalogue(Language::En).write(id, args));
        debug_assert!(written.is_some(), "there is a message {id}");
        written.unwrap_or_else(|| id.to_owned())
    }

    /// What stands between two sentences.
    pub(crate) fn space(self) -> &'static str {
        match self.0 {
            Language::Ja | Language::Zh => "",
            Language::En | Language::De | Language::Es | Language::Fr | Language::Pt => " ",
        }
    }

    /// A message about a number of things, which it finds as `$n` as it is to be written, and as `$count`.
    pub(crate) fn counted(self, id: &str, count: u64) -> String {
        self.with(id, &[("count", Arg::Number(count)), ("n", self.count(count).into())])
    }
}
