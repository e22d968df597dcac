//! A question, understood as far as its words go, before it is known what becomes of it.

use super::breakdowns::{self, Breakdowns};
use super::catalog::{Catalog, Mention};
use super::dates::{self, Calendar, Dates, Unit};
use super::filters::{self, Condition, Filter};
use super::measures::{self, ACTORS, AGENTS, Math, Measure};
use super::names::TYPO;
use super::phrases::{self, Compare};
use super::words::{Sentence, Word};
use super::{InsightKind, NotUnderstood};

/// What a question says.
#[derive(Debug)]
pub(super) struct Reading<'v> {
    pub(super) catalog: Catalog<'v>,
    pub(super) calendar: Calendar,
    pub(super) sentence: Sentence,
    pub(super) dates: Option<Dates>,
    pub(super) interval: Option<Unit>,
    pub(super) is_over_time: bool,
    pub(super) compare: Option<Compare>,
    pub(super) display: Option<&'static str>,
    pub(super) breakdowns: Breakdowns,
    pub(super) filters: Vec<Filter>,
    pub(super) mentions: Vec<Mention>,
    pub(super) measure: Measure,
    pub(super) window: Option<(u32, Unit)>,
    /// How many intervals a retention is to look at, of which unit.
    pub(super) horizon: Option<(u32, Unit)>,
    pub(super) funnel: FunnelWords,
    /// So many of the latest events themselves are asked for.
    pub(super) latest: Option<u32>,
    /// Whether it is about those who are new.
    pub(super) is_of_new: bool,
    pub(super) leaves_out_staff: bool,
    /// Which of the special kinds of trends the question asks for.
    pub(super) special: Option<Special>,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
}

/// What a question about a funnel says besides its steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FunnelWords {
    /// `funnelOrderType`, where it is said.
    pub(super) order: Option<&'static str>,
    /// Whether it asks how long it takes.
    pub(super) asks_how_long: bool,
}

/// Kinds of insights that are asked for as trends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Lifecycle,
    Stickiness,
    /// Paths from what is named on, or up to it.
    Paths {
        is_before: bool,
    },
}

/// Reads `question`, as one that is to become an insight of `kind`.
pub(super) fn read<'v>(
    question: &str,
    kind: InsightKind,
    catalog: Catalog<'v>,
    calendar: Calendar,
) -> Result<Reading<'v>, NotUnderstood> {
    let mut sentence = Sentence::read(question);
    let compare = phrases::take_compare(&mut sentence, &calendar);
    let horizon = if kind == InsightKind::Retention { phrases::take_horizon(&mut sentence) } else { None };
    let dates = dates::take(&mut sentence, &calendar);
    let special = if kind == InsightKind::Trends { take_special(&mut sentence) } else { None };
    let window = if kind == InsightKind::Funnel { phrases::take_window(&mut sentence) } else { None };
    let latest = if kind == InsightKind::Sql { phrases::take_latest(&mut sentence) } else { None };
    let funnel = if kind == InsightKind::Funnel { take_funnel_words(&mut sentence) } else { FunnelWords::default() };
    let is_of_new = kind == InsightKind::Retention && take_retention_words(&mut sentence);
    let leaves_out_staff = take_staff(&mut sentence);
    let display = phrases::take_display(&mut sentence);
    let measure = match kind {
        InsightKind::Trends | InsightKind::Sql => measures::take(&mut sentence, &catalog),
        InsightKind::Funnel | InsightKind::Retention => Measure::default(),
    };
    let mut interval = phrases::take_interval(&mut sentence);
    if kind == InsightKind::Retention {
        // "week over week" is by week where people come back
        let unit = compare.as_ref().and_then(|compare| compare.to.as_deref()).map(|to| match to {
            "-1w" => Unit::Week,
            "-1d" => Unit::Day,
            _ => Unit::Month,
        });
        interval = interval.or(unit);
    }
    let is_over_time = phrases::take_over_time(&mut sentence);
    let mut breakdowns = breakdowns::take(&mut sentence, &catalog);
    let mut filters = filters::take_named(&mut sentence, &catalog);
    filters.extend(filters::take_amounts(&mut sentence, &catalog));
    filters.extend(filters::take_values(&mut sentence, &catalog, false));
    let mentions = catalog.mentions(&sentence, |at| sentence.words.get(at).is_none_or(says_nothing));
    for mention in &mentions {
        sentence.take_range(mention.range.clone());
    }
    filters.extend(filters::take_values(&mut sentence, &catalog, true));
    filters.sort_by_key(|filter| filter.at);
    let is_comparing =
        (0..sentence.len()).any(|at| sentence.is_any(at, &["compare", "comparing", "versus", "vs", "vs.", "between"]));
    if is_comparing && breakdowns.properties.is_empty() {
        breakdowns.properties.extend(filters.iter().find_map(|filter| filter.what.compared()));
    }
    let mut reading = Reading {
        catalog,
        calendar,
        sentence,
        dates,
        interval,
        is_over_time,
        compare,
        display,
        breakdowns,
        filters,
        mentions,
        measure,
        window,
        horizon,
        funnel,
        latest,
        is_of_new,
        leaves_out_staff,
        special,
        notes: Vec::new(),
    };
    reading.settle(kind)?;
    Ok(reading)
}

impl Reading<'_> {
    /// Makes sure of what is left: words that mean something and that nothing was made of.
    fn settle(&mut self, kind: InsightKind) -> Result<(), NotUnderstood> {
        if let Some(unknown) = self.breakdowns.unknown.take() {
            return Err(self.not_understood(format!(
                "“{unknown}” is no property of this project's events or people, so nothing can be split by it"
            )));
        }
        let first = self.mentions.first().map(|mention| mention.range.start);
        let actors = measures::take_actors(&mut self.sentence, &self.catalog, first);
        if matches!(kind, InsightKind::Trends | InsightKind::Sql) && self.measure.math.is_none() {
            let is_cohort = |filter: &Filter| {
                matches!(filter.what, Condition::Cohort { .. }) && first.is_none_or(|first| filter.at < first)
            };
            let counts_cohort = self.measure.asks_how_many && self.filters.iter().any(is_cohort);
            let is_agent = |mention: &Mention| AGENTS.contains(&mention.said.to_lowercase().as_str());
            let agents = self.mentions.iter().any(is_agent).then_some(Math::Users);
            self.measure.math = actors.or(agents).or(counts_cohort.then_some(Math::Users));
        }
        let mut ignored = Vec::new();
        for at in 0..self.sentence.len() {
            let word = &self.sentence.words[at];
            if word.is_used || says_nothing(word) {
                continue;
            }
            let text = word.text.clone();
            if word.is_quoted {
                return Err(self.not_understood(format!(
                    "“{text}” is neither an event nor a property nor a value of one in this project"
                )));
            }
            let mut before = at;
            while before > 0 && self.sentence.is_any(before - 1, &["the", "a", "an", "all", "our"]) {
                before -= 1;
            }
            let is_condition = before > 0 && self.sentence.is_any(before - 1, &CONDITIONS);
            if is_condition {
                let said = &self.sentence.words[before - 1].text;
                return Err(self.not_understood(format!(
                    "what “{said} {text}” means is not known: no property here has that value, and no event that name"
                )));
            }
            ignored.push(text);
        }
        for mention in &self.mentions {
            if mention.fit < super::names::REORDERED
                && let Some(name) = mention.entity.name()
            {
                let others = mention.others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
                let also = if others.is_empty() { String::new() } else { format!(" (it could also be {others})") };
                self.notes.push(format!("“{}” was read as `{name}`{also}.", mention.said));
            }
        }
        if !ignored.is_empty() && self.is_about_nothing() {
            return Err(self.not_understood(format!("“{}” is no event of this project", ignored.join(" "))));
        }
        if !ignored.is_empty() {
            self.notes.push(format!("Nothing was made of “{}”.", ignored.join(" ")));
        }
        Ok(())
    }

    /// Whether the question names nothing that could be counted.
    fn is_about_nothing(&self) -> bool {
        let counts_all = matches!(self.measure.math, Some(Math::Active(_) | Math::Property(..)));
        self.mentions.iter().all(|mention| mention.fit < TYPO - 10) && !counts_all
    }

    /// That the question was not understood, with what would be.
    pub(super) fn not_understood(&self, what: impl Into<String>) -> NotUnderstood {
        NotUnderstood { what: what.into(), suggestions: super::suggestions(self.catalog.vocabulary) }
    }
}

fn take_staff(sentence: &mut Sentence) -> bool {
    for verb in [
        "excluding",
        "without",
        "exclude",
        "except",
        "ignoring",
        "filter out",
        "filtering out",
        "leaving out",
        "no",
        "not counting",
        "minus",
    ] {
        for who in [
            "internal and test users",
            "internal users",
            "internal accounts",
            "internal traffic",
            "test users",
            "test accounts",
            "our own staff",
            "staff",
            "employees",
            "our team",
            "internal and test accounts",
        ] {
            if sentence.take(&[&format!("{verb} {who}")]) {
                return true;
            }
        }
    }
    false
}

fn take_funnel_words(sentence: &mut Sentence) -> FunnelWords {
    let unordered = sentence.take(&[
        "in any order",
        "any order",
        "in no particular order",
        "unordered",
        "regardless of order",
        "regardless of the order",
    ]);
    let strict = sentence.take(&[
        "in strict order",
        "strict order",
        "strictly in order",
        "strictly",
        "strict",
        "directly",
        "immediately",
        "with nothing in between",
        "with no other event in between",
        "without anything in between",
        "right",
    ]);
    sentence.take(&["in that order", "in this order", "in order", "in sequence", "sequentially", "ordered"]);
    let order = if unordered { Some("unordered") } else { strict.then_some("strict") };
    let asks_how_long = sentence.take(&[
        "how long does it take",
        "how long do users take",
        "how long do people take",
        "how long did it take",
        "how long it takes",
        "how long",
        "time to convert",
        "time to conversion",
        "conversion time",
        "how quickly",
        "how fast",
        "how much time",
        "average time",
        "median time",
        "time between",
        "time taken",
    ]);
    let noise = [
        "conversion funnel",
        "conversion rates",
        "conversion rate",
        "conversions",
        "conversion",
        "funnel analysis",
        "funnels",
        "funnel",
        "drop off rate",
        "drop off",
        "dropoff",
        "drop offs",
        "what percentage of",
        "percentage of",
        "percent of",
        "what share of",
        "share of",
        "what fraction of",
        "fraction of",
        "how many",
        "go on to",
        "end up",
        "steps",
        "step",
        "convert to",
        "convert from",
        "converts",
        "convert",
        "converted",
    ];
    while sentence.take(&noise) {}
    FunnelWords { order, asks_how_long }
}

/// Takes the words that say only that it is about coming back; says whether it is about those who are new.
fn take_retention_words(sentence: &mut Sentence) -> bool {
    let noise = [
        "retention rates",
        "retention rate",
        "retention curve",
        "retention table",
        "retention",
        "cohort retention",
        "cohort analysis",
        "retained",
        "retain",
        "keep coming back",
        "come back",
        "comes back",
        "came back",
        "coming back",
        "returning",
        "returned",
        "returns",
        "return",
        "still",
        "stick around",
        "sticking",
        "keep",
        "how many",
        "how well",
        "how often",
        "percentage of",
        "percent of",
        "share of",
        "what",
        "go on to",
        "continue to",
    ];
    while sentence.take(&noise) {}
    let is_new = sentence.take(&["new users", "new customers", "new visitors", "new people"]);
    let is_first = sentence.take(&["for the first time", "their first", "first time", "first ever", "first"]);
    is_new || is_first
}

fn take_special(sentence: &mut Sentence) -> Option<Special> {
    if sentence.take(&[
        "lifecycle of",
        "life cycle of",
        "user lifecycle",
        "lifecycle",
        "life cycle",
        "new returning resurrecting and dormant",
        "new , returning , resurrecting and dormant",
        "new , returning , resurrecting , and dormant",
        "new and returning and dormant",
        "resurrecting",
        "dormant",
        "new vs returning",
        "new versus returning",
        "new and returning",
    ]) {
        sentence.take(&["lifecycle of", "lifecycle"]);
        sentence.take(&["and dormant", "dormant"]);
        return Some(Special::Lifecycle);
    }
    if sentence.take(&[
        "stickiness of",
        "stickiness",
        "how sticky is",
        "how sticky are",
        "sticky",
        "on how many days",
        "how many days do",
        "how many days did",
        "on how many weeks",
        "how many weeks do",
        "in how many weeks",
    ]) {
        return Some(Special::Stickiness);
    }
    let before = [
        "what do people do before",
        "what do users do before",
        "what did users do before",
        "what leads to",
        "what leads up to",
        "paths to",
        "paths leading to",
        "path to",
        "paths ending at",
        "user paths to",
        "what happens before",
        "where do users come from before",
        "what do customers do before",
        "what do visitors do before",
    ];
    if sentence.take(&before) {
        return Some(Special::Paths { is_before: true });
    }
    let after = [
        "what do people do after",
        "what do users do after",
        "what did users do after",
        "what did people do after",
        "what do customers do after",
        "what do visitors do after",
        "where do users go after",
        "where do people go after",
        "where do users go from",
        "where do visitors go after",
        "where do people go from",
        "what happens after",
        "user paths from",
        "user paths after",
        "paths from",
        "paths after",
        "path from",
        "paths starting at",
        "paths starting from",
        "user journey from",
        "user journeys from",
        "user flow from",
        "user flow",
        "user journeys",
        "user journey",
        "user paths",
        "paths of",
        "paths",
        "how do users navigate",
        "how do people navigate",
        "journeys",
        "what do users do next after",
        "what do people do next after",
    ];
    sentence.take(&after).then_some(Special::Paths { is_before: false })
}

/// Words before which a condition stands.
const CONDITIONS: [&str; 14] = [
    "in",
    "from",
    "on",
    "using",
    "where",
    "whose",
    "excluding",
    "except",
    "without",
    "not",
    "by",
    "via",
    "with",
    "outside",
];

/// Whether a word changes nothing in what is asked.
pub(super) fn says_nothing(word: &Word) -> bool {
    if word.is_quoted {
        return false;
    }
    let lower = word.lower.as_str();
    word.is_sign() || lower == "," || SAYS_NOTHING.split(' ').any(|word| word == lower) || ACTORS.contains(&lower)
}

/// Words that change nothing in what is asked.
const SAYS_NOTHING: &str = "\
    a about across again all also am among an and any are as at be been being between both but by can chart could count counts \
    did display do does doing done during each else end every find for from get gets getting give go goes going got graph had has \
    have having he how i if in insight into is it its just know last let like line list look made make many me more most much my \
    need no not number numbers occur occurred of off often on one only or our out over overall per plot please query rate report \
    see she should show showing so some someone table tell than that the their them then there these they thing things this those \
    times time to total totals trend trends type until up us use used uses using value values via want was we were what when \
    where which while whole whose why will with within would you your app site website product store shop happen happened \
    happening come comes came coming start analytics data stats statistics metric metrics here now currently actually really \
    finally later next eventually event events visualize visualise compare compared create build perform performed ones \
    distribution breakdown split active unique";
