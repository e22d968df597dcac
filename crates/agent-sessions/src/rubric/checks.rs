//! Seven things that good prompts have, in four pillars.

use serde::{Deserialize, Serialize};

use super::intent::IntentClass;
use super::text::{
    References, asks_for_verification, has_any_word, has_evidence, has_explicit_goal, has_phrase, is_bounded,
};

/// One of the seven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// It says what is wanted.
    GoalExplicit,
    /// It says how far that goes.
    ScopeBounded,
    /// It points at something.
    ReferencesConcrete,
    /// It shows what is the case.
    ContextSufficient,
    /// It asks for a proof.
    VerificationRequested,
    /// It asks for the cause.
    RootCauseOriented,
    /// It begins with a plan.
    PlanFirst,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::GoalExplicit,
        Self::ScopeBounded,
        Self::ReferencesConcrete,
        Self::ContextSufficient,
        Self::VerificationRequested,
        Self::RootCauseOriented,
        Self::PlanFirst,
    ];

    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::GoalExplicit => "goal_explicit",
            Self::ScopeBounded => "scope_bounded",
            Self::ReferencesConcrete => "references_concrete",
            Self::ContextSufficient => "context_sufficient",
            Self::VerificationRequested => "verification_requested",
            Self::RootCauseOriented => "root_cause_oriented",
            Self::PlanFirst => "plan_first",
        }
    }

    /// The pillar that it is of.
    pub fn pillar(self) -> Pillar {
        match self {
            Self::GoalExplicit | Self::ScopeBounded => Pillar::Clarity,
            Self::ReferencesConcrete | Self::ContextSufficient => Pillar::Context,
            Self::VerificationRequested => Pillar::Verification,
            Self::RootCauseOriented | Self::PlanFirst => Pillar::Workflow,
        }
    }

    /// Whether it is asked of a sub-session of that intent.
    pub fn is_applicable(self, intent: Option<IntentClass>) -> bool {
        match self {
            Self::GoalExplicit | Self::ScopeBounded | Self::ReferencesConcrete | Self::ContextSufficient => true,
            Self::VerificationRequested => intent.is_none_or(IntentClass::is_code),
            Self::RootCauseOriented => matches!(intent, Some(IntentClass::BugFix | IntentClass::Investigation)),
            Self::PlanFirst => matches!(intent, Some(IntentClass::Feature | IntentClass::Refactor)),
        }
    }
}

/// What checks have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pillar {
    /// What is wanted.
    Clarity,
    /// What is given.
    Context,
    /// How it is proved.
    Verification,
    /// How it is gone about.
    Workflow,
}

impl Pillar {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clarity, Self::Context, Self::Verification, Self::Workflow];

    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clarity => "clarity",
            Self::Context => "context",
            Self::Verification => "verification",
            Self::Workflow => "workflow",
        }
    }
}

/// Which of the seven hold; `None` where it is not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromptChecks {
    /// See [`Check::GoalExplicit`].
    pub goal_explicit: Option<bool>,
    /// See [`Check::ScopeBounded`].
    pub scope_bounded: Option<bool>,
    /// See [`Check::ReferencesConcrete`].
    pub references_concrete: Option<bool>,
    /// See [`Check::ContextSufficient`].
    pub context_sufficient: Option<bool>,
    /// See [`Check::VerificationRequested`].
    pub verification_requested: Option<bool>,
    /// See [`Check::RootCauseOriented`].
    pub root_cause_oriented: Option<bool>,
    /// See [`Check::PlanFirst`].
    pub plan_first: Option<bool>,
}

impl PromptChecks {
    /// One of them.
    pub fn get(&self, check: Check) -> Option<bool> {
        match check {
            Check::GoalExplicit => self.goal_explicit,
            Check::ScopeBounded => self.scope_bounded,
            Check::ReferencesConcrete => self.references_concrete,
            Check::ContextSufficient => self.context_sufficient,
            Check::VerificationRequested => self.verification_requested,
            Check::RootCauseOriented => self.root_cause_oriented,
            Check::PlanFirst => self.plan_first,
        }
    }

    /// Sets one of them.
    pub fn set(&mut self, check: Check, holds: Option<bool>) {
        let place = match check {
            Check::GoalExplicit => &mut self.goal_explicit,
            Check::ScopeBounded => &mut self.scope_bounded,
            Check::ReferencesConcrete => &mut self.references_concrete,
            Check::ContextSufficient => &mut self.context_sufficient,
            Check::VerificationRequested => &mut self.verification_requested,
            Check::RootCauseOriented => &mut self.root_cause_oriented,
            Check::PlanFirst => &mut self.plan_first,
        };
        *place = holds;
    }

    /// How many are asked.
    pub fn applicable(&self) -> u32 {
        self.count(|holds| holds.is_some())
    }

    /// How many hold.
    pub fn hits(&self) -> u32 {
        self.count(|holds| holds == Some(true))
    }

    fn count(&self, is_counted: impl Fn(Option<bool>) -> bool) -> u32 {
        Check::ALL.into_iter().map(|check| u32::from(is_counted(self.get(check)))).sum()
    }

    /// From 0 to 100: how many hold of those that are asked; `None` where none is.
    pub fn score(&self) -> Option<f64> {
        let applicable = self.applicable();
        (applicable > 0).then(|| 100.0 * f64::from(self.hits()) / f64::from(applicable))
    }

    /// What holds of either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut both = Self::default();
        for check in Check::ALL {
            let holds = match (self.get(check), other.get(check)) {
                (None, one) | (one, None) => one,
                (Some(one), Some(other)) => Some(one || other),
            };
            both.set(check, holds);
        }
        both
    }
}

/// What a prompt that is not trivial has of the seven.
pub fn of_prompt(prompt: &str, intent: Option<IntentClass>, is_plan_mode: bool) -> PromptChecks {
    let references = References::of(prompt);
    let mut found = PromptChecks::default();
    for check in Check::ALL.into_iter().filter(|check| check.is_applicable(intent)) {
        let holds = match check {
            Check::GoalExplicit => has_explicit_goal(prompt),
            Check::ScopeBounded => is_bounded(prompt, &references),
            Check::ReferencesConcrete => references.is_concrete(),
            Check::ContextSufficient => {
                has_evidence(prompt)
                    || prompt.contains('`')
                    || has_phrase(prompt, &["for example", "such as", "like this"])
            }
            Check::VerificationRequested => asks_for_verification(prompt),
            Check::RootCauseOriented => has_any_word(prompt, &["why", "cause", "causes", "because", "reason", "root"]),
            Check::PlanFirst => is_plan_mode || has_any_word(prompt, &["plan", "outline", "design", "steps"]),
        };
        found.set(check, Some(holds));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prompt: &str, intent: Option<IntentClass>, is_plan_mode: bool, expected: &str) {
        let found = of_prompt(prompt, intent, is_plan_mode);
        let mark = |check| match found.get(check) {
            None => '-',
            Some(false) => '0',
            Some(true) => '1',
        };
        assert_eq!(Check::ALL.map(mark).into_iter().collect::<String>(), expected, "{prompt}");
    }

    #[test]
    fn checks_hold_by_words_and_are_asked_by_intent() {
        check("make everything nice", None, false, "10000--");
        check(
            "Fix the panic in src/a.rs only; error: index out of bounds. Find the cause, add a test",
            Some(IntentClass::BugFix),
            false,
            "111111-",
        );
        check("Add paging to the list", Some(IntentClass::Feature), true, "10000-1");
        check("Add paging to the list", Some(IntentClass::Feature), false, "10000-0");
        check("Why is `load()` slow?", Some(IntentClass::Investigation), false, "1011-1-");
        check("the button", Some(IntentClass::Question), false, "0000---");
    }

    #[test]
    fn the_score_counts_what_is_asked() {
        let found = PromptChecks { goal_explicit: Some(true), scope_bounded: Some(false), ..PromptChecks::default() };
        assert_eq!((found.applicable(), found.hits(), found.score()), (2, 1, Some(50.0)));
        assert_eq!(PromptChecks::default().score(), None);
        let other = PromptChecks { scope_bounded: Some(true), plan_first: Some(false), ..PromptChecks::default() };
        let both = found.or(&other);
        assert_eq!((both.applicable(), both.hits()), (3, 2));
    }

    #[test]
    fn every_pillar_has_checks() {
        for pillar in Pillar::ALL {
            assert!(Check::ALL.iter().any(|check| check.pillar() == pillar), "{}", pillar.name());
        }
    }
}
