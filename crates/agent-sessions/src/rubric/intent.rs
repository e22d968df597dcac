//! What a sub-session was for.

use serde::{Deserialize, Serialize};

use super::text::{has_any_word, has_phrase};

/// What a developer wants of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentClass {
    /// To be told something.
    Question,
    /// To find something out.
    Investigation,
    /// To hear what is wrong with something.
    Review,
    /// To know what to do.
    Plan,
    /// To change a little.
    SmallChange,
    /// To mend what is broken.
    BugFix,
    /// To have what was not there.
    Feature,
    /// To have the same in a better form.
    Refactor,
}

impl IntentClass {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Question,
        Self::Investigation,
        Self::Review,
        Self::Plan,
        Self::SmallChange,
        Self::BugFix,
        Self::Feature,
        Self::Refactor,
    ];

    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Investigation => "investigation",
            Self::Review => "review",
            Self::Plan => "plan",
            Self::SmallChange => "small_change",
            Self::BugFix => "bug_fix",
            Self::Feature => "feature",
            Self::Refactor => "refactor",
        }
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether code is to be changed.
    pub fn is_code(self) -> bool {
        matches!(self, Self::SmallChange | Self::BugFix | Self::Feature | Self::Refactor)
    }

    /// How much has to speak for it, or how sure a judge has to be, for the goal to be complete; from 0 to 1.
    pub fn threshold(self) -> f64 {
        match self {
            Self::Question => 0.50,
            Self::SmallChange => 0.55,
            Self::Investigation | Self::Review | Self::Plan => 0.60,
            Self::BugFix | Self::Refactor => 0.65,
            Self::Feature => 0.70,
        }
    }
}

/// What a sub-session did, as far as it tells for what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deeds {
    /// Calls that changed something.
    pub mutating_calls: u64,
    /// Calls of any tool.
    pub tool_calls: u64,
    /// Lines put in less lines taken away.
    pub net_lines: i64,
    /// Whether it began in plan mode.
    pub is_plan_mode: bool,
}

/// Most lines of a small change.
const SMALL_LINES: i64 = 20;

/// The intent by the words of the first prompt that is not trivial; the first rule that fits decides.
pub fn of_prompt(prompt: &str, deeds: Deeds) -> Option<IntentClass> {
    let changes_nothing = deeds.mutating_calls == 0;
    let asks = || {
        has_any_word(prompt, &["why", "how", "what", "explain", "where", "which", "who", "when"])
            || prompt.contains('?')
    };
    let digs = || {
        has_any_word(prompt, &["investigate", "debug", "diagnose", "trace"])
            || has_phrase(prompt, &["find out", "figure out", "look into", "track down", "root cause"])
    };
    if has_any_word(prompt, &["review", "audit"]) {
        Some(IntentClass::Review)
    } else if has_any_word(prompt, &["plan", "design", "spec", "propose"]) {
        Some(IntentClass::Plan)
    } else if changes_nothing && digs() {
        Some(IntentClass::Investigation)
    } else if changes_nothing && asks() {
        Some(IntentClass::Question)
    } else if has_any_word(
        prompt,
        &["fix", "fixes", "bug", "error", "errors", "failing", "fails", "broken", "crash", "crashes", "panics"],
    ) {
        Some(IntentClass::BugFix)
    } else if has_any_word(prompt, &["refactor", "rename", "extract", "simplify", "restructure", "deduplicate"])
        || has_phrase(prompt, &["clean up", "split up", "pull out"])
    {
        Some(IntentClass::Refactor)
    } else if has_any_word(prompt, &["add", "implement", "create", "build", "introduce", "support", "write"]) {
        Some(IntentClass::Feature)
    } else if !changes_nothing && deeds.net_lines <= SMALL_LINES {
        Some(IntentClass::SmallChange)
    } else {
        None
    }
}

/// The intent where no prompt's text is told.
pub fn of_deeds(deeds: Deeds) -> Option<IntentClass> {
    /// From how many calls on somebody looks for something rather than asking.
    const MANY_CALLS: u64 = 4;
    match deeds {
        Deeds { mutating_calls: 0, tool_calls: 0, .. } => None,
        Deeds { mutating_calls: 0, is_plan_mode: true, .. } => Some(IntentClass::Plan),
        Deeds { mutating_calls: 0, tool_calls, .. } if tool_calls < MANY_CALLS => Some(IntentClass::Question),
        Deeds { mutating_calls: 0, .. } => Some(IntentClass::Investigation),
        Deeds { net_lines, .. } if net_lines <= SMALL_LINES => Some(IntentClass::SmallChange),
        Deeds { .. } => Some(IntentClass::Feature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prompt: &str, mutating_calls: u64, net_lines: i64, expected: &str) {
        let deeds = Deeds { mutating_calls, net_lines, tool_calls: mutating_calls, is_plan_mode: false };
        assert_eq!(of_prompt(prompt, deeds).map_or("none", IntentClass::name), expected, "{prompt}");
    }

    #[test]
    fn words_tell_the_intent_in_their_order() {
        check("Review the parser for missing checks", 0, 0, "review");
        check("Write a plan for the migration, then fix the bug", 0, 0, "plan");
        check("Why does the cache miss?", 0, 0, "question");
        check("Investigate why the worker hangs", 0, 0, "investigation");
        check("Investigate the failing test in src/cache.rs", 2, 4, "bug_fix");
        check("Fix the error in the login form", 1, 5, "bug_fix");
        check("Rename Foo to Bar everywhere", 5, 0, "refactor");
        check("Please clean up the module", 5, 0, "refactor");
        check("Implement paging for the list route", 9, 120, "feature");
        check("Make the button blue", 1, 1, "small_change");
        check("Make the button blue", 1, 21, "none");
        check("Make the button blue", 0, 0, "none");
        check("Address the prefix of the addition", 0, 0, "none");
    }

    #[test]
    fn deeds_tell_it_where_words_do_not() {
        let deeds = |mutating_calls, tool_calls, net_lines, is_plan_mode| Deeds {
            mutating_calls,
            tool_calls,
            net_lines,
            is_plan_mode,
        };
        for (deeds, expected) in [
            (deeds(0, 0, 0, true), "none"),
            (deeds(0, 1, 0, true), "plan"),
            (deeds(0, 3, 0, false), "question"),
            (deeds(0, 4, 0, false), "investigation"),
            (deeds(1, 4, 20, false), "small_change"),
            (deeds(1, 4, 21, false), "feature"),
        ] {
            assert_eq!(of_deeds(deeds).map_or("none", IntentClass::name), expected, "{deeds:?}");
        }
    }

    #[test]
    fn every_class_has_its_name() {
        for class in IntentClass::ALL {
            assert_eq!(IntentClass::from_name(class.name()), Some(class));
        }
        assert_eq!(IntentClass::from_name("chat"), None);
    }
}
