//! Names of events, told apart by whether their events are in the answers of queries.

use crate::text::TextDictionary;

/// Names of events. A name with events of both kinds has two codes.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventNames {
    texts: TextDictionary,
    /// What each code stands for.
    names: Vec<Name>,
    /// The codes of each text: of its events that queries see, and of those that are identity-only.
    codes_of_text: Vec<[Option<u32>; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    text: u32,
    is_identity_only: bool,
}

impl EventNames {
    /// The code of `name` for events of that kind, which gets the next one when it is new.
    pub(crate) fn intern(&mut self, name: &str, is_identity_only: bool) -> u32 {
        let text = self.texts.intern(name);
        if self.texts.len() > self.codes_of_text.len() {
            self.codes_of_text.push([None; 2]);
        }
        let names = &mut self.names;
        *self.codes_of_text[text as usize][usize::from(is_identity_only)].get_or_insert_with(|| {
            names.push(Name { text, is_identity_only });
            u32::try_from(names.len() - 1).expect("there are fewer codes than twice the texts that fit into memory")
        })
    }

    /// The name of that code.
    pub(crate) fn text(&self, code: u32) -> &str {
        self.texts.text(self.names[code as usize].text)
    }

    /// Whether the events of that code are identity-only.
    pub(crate) fn is_identity_only(&self, code: u32) -> bool {
        self.names[code as usize].is_identity_only
    }

    /// The names, and whether their events are identity-only, in the order of the codes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
        self.names.iter().map(|name| (self.texts.text(name.text), name.is_identity_only))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_code_for_each_kind_of_its_events() {
        let mut names = EventNames::default();
        assert_eq!(names.intern("$set", true), 0);
        assert_eq!(names.intern("view", false), 1);
        assert_eq!(names.intern("$set", false), 2);
        assert_eq!(names.intern("$set", true), 0);
        assert_eq!(names.iter().collect::<Vec<_>>(), [("$set", true), ("view", false), ("$set", false)]);
        assert_eq!((names.text(2), names.is_identity_only(2)), ("$set", false));
    }
}
