//! The languages that reports are written in, and which one of them somebody wants.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// French.
    Fr,
    /// Portuguese, as in Brazil.
    Pt,
    /// Japanese.
    Ja,
    /// Chinese, in simplified characters.
    Zh,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::En, Self::De, Self::Es, Self::Fr, Self::Pt, Self::Ja, Self::Zh];

    /// Its tag, as in `Accept-Language` and in the `lang` of pages.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Pt => "pt",
            Self::Ja => "ja",
            Self::Zh => "zh",
        }
    }

    /// Its name in English, as language models are told it.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "German",
            Self::Es => "Spanish",
            Self::Fr => "French",
            Self::Pt => "Brazilian Portuguese",
            Self::Ja => "Japanese",
            Self::Zh => "Simplified Chinese",
        }
    }

    /// The language of that tag, with or without a region: `de`, `de-AT`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language that an `Accept-Language` header asks for: of those with the highest weight the first that is there. English where none is, and where
    /// there is no such header. Parts of a header that cannot be read are passed over.
    pub fn accepted(header: Option<&str>) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for part in header.unwrap_or_default().split(',').take(100) {
            let mut parameters = part.split(';').map(str::trim);
            let tag = parameters.next().unwrap_or_default();
            let Some(weight) = weight(parameters) else { continue };
            let language = if tag == "*" { Some(Self::En) } else { Self::from_tag(tag) };
            let Some(language) = language else { continue };
            if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, language));
            }
        }
        best.map_or(Self::En, |(_, language)| language)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// The weight in thousandths; `None` where it is none.
fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    let Some(given) = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    }) else {
        return Some(1000);
    };
    let (whole, digits) = given.split_once('.').unwrap_or((given, ""));
    if digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{digits:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Language) {
        assert_eq!(Language::accepted(Some(header)), expected, "{header:?}");
    }

    #[test]
    fn the_heaviest_language_that_is_there_is_taken() {
        check("de", Language::De);
        check("de-AT, en;q=0.8", Language::De);
        check("en;q=0.5, fr;q=0.9, ja;q=0.9", Language::Fr);
        check("sv, nl;q=0.9, pt-BR;q=0.1", Language::Pt);
        check(" ZH-Hant-TW ;q=1.000", Language::Zh);
        check("es;q=0, ja;q=0.001", Language::Ja);
        check("*, de;q=0.5", Language::En);
    }

    #[test]
    fn english_where_nothing_fits() {
        assert_eq!(Language::accepted(None), Language::En);
        for header in ["", "sv", "de;q=0", "de;q=2", "de;q=0.1234", "de;q=x", "de;q=-1", ",;=,", "q=1", "\u{0}"] {
            check(header, Language::En);
        }
    }

    #[test]
    fn tags_are_read_as_they_are_written() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
            assert_eq!(serde_json::to_value(language).unwrap(), language.tag());
        }
    }
}
