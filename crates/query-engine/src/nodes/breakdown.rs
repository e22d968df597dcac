//! Breakdowns: by which values a series is split.

use std::sync::Arc;

use crate::answer::QueryContext;
use crate::cohort::Cohort;
use crate::error::QueryError;
use crate::expressions::HogqlText;
use crate::field::Field;
use crate::filters::{metadata_expression, metadata_field};
use crate::nodes::reader::Reader;
use crate::nodes::{read_flag, read_group_type, read_id, read_text};
use crate::scan::EventColumn;

/// The most properties that one query may be broken down by.
const MAX_BREAKDOWNS: usize = 3;

/// The most items of a list of breakdowns, which is a list of cohorts where it is long.
const MAX_COHORTS: usize = 1000;

/// The most values that a limit may let through.
const MAX_LIMIT: i64 = 1000;

/// The most bins of a histogram.
const MAX_BINS: i64 = 1000;

/// `breakdownFilter` of a query that has a breakdown.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakdownFilter {
    /// The properties; at least one.
    pub breakdowns: Vec<Breakdown>,
    /// How they were given, which decides how their values are shown.
    pub form: BreakdownForm,
    /// `breakdown_limit`: how many values are shown by themselves.
    pub limit: Option<usize>,
    /// `breakdown_hide_other_aggregation`: whether the rest is left out instead of shown as "other".
    pub hides_other: bool,
}

/// How breakdowns were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakdownForm {
    /// `breakdown: "$browser"`
    Single,
    /// `breakdown: ["$browser"]`
    List,
    /// `breakdowns: [{"property": "$browser"}]`
    Several,
}

/// One property that a query is broken down by.
#[derive(Clone, Debug, PartialEq)]
pub struct Breakdown {
    /// Its name as sent; for a cohort its id.
    pub property: String,
    /// `breakdown_normalize_url`: whether values are cut to what is before their `?` and `#` and lose a trailing slash.
    pub normalizes_url: bool,
    /// `breakdown_histogram_bin_count`: into how many equal ranges the values, as numbers, are gathered.
    pub histogram_bins: Option<u32>,
    source: Source,
    path: String,
}

/// A cohort that a query is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakdownCohort {
    /// `"all"`: everybody.
    All,
    /// That of the id.
    Id(i64),
}

/// What a breakdown reads.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    Field(Field),
    Hogql(HogqlText),
    /// Whether the person is in the cohort of that id.
    Cohort(i64),
    /// What only a later version reads, by its name.
    Unsupported(String),
}

impl BreakdownFilter {
    /// Reads `breakdownFilter`; `None` where it names no property.
    pub(crate) fn read(node: &Reader<'_>) -> Result<Option<Self>, QueryError> {
        node.object()?;
        let limit = node.get("breakdown_limit").map(|limit| limit.whole(1, MAX_LIMIT)).transpose()?;
        let limit = limit.map(|limit| usize::try_from(limit).expect("at least 1"));
        let hides_other = read_flag(node, "breakdown_hide_other_aggregation")?;
        let (breakdowns, form) = if let Some(list) = node.get("breakdowns").filter(is_not_empty_list) {
            let items = list.list(MAX_BREAKDOWNS)?;
            let breakdowns = items.iter().map(Breakdown::read_item).collect::<Result<Vec<_>, _>>()?;
            (breakdowns, BreakdownForm::Several)
        } else {
            match node.get("breakdown").filter(Reader::is_not_blank) {
                None => return Ok(None),
                Some(list) if list.value().is_array() => {
                    let is_present = |item: &Reader<'_>| !item.value().is_null();
                    let items = list.list(MAX_COHORTS)?.into_iter().filter(is_present);
                    let breakdowns: Vec<_> =
                        items.map(|item| Breakdown::read_plain(&item, node)).collect::<Result<_, _>>()?;
                    if breakdowns.is_empty() {
                        return Ok(None);
                    }
                    (breakdowns, BreakdownForm::List)
                }
                Some(property) => (vec![Breakdown::read_plain(&property, node)?], BreakdownForm::Single),
            }
        };
        Ok(Some(Self { breakdowns, form, limit, hides_other }))
    }
}

impl BreakdownFilter {
    /// Whether a cohort is among what the query is broken down by.
    pub(crate) fn has_cohorts(&self) -> bool {
        self.breakdowns.iter().any(|breakdown| matches!(breakdown.source, Source::Cohort(_)))
    }

    /// The cohorts, where that is what the query is broken down by.
    pub fn cohorts(&self) -> Option<Vec<BreakdownCohort>> {
        let cohorts = self.breakdowns.iter().map(|breakdown| match breakdown.source {
            Source::Cohort(Cohort::EVERYBODY_ID) => Some(BreakdownCohort::All),
            Source::Cohort(id) => Some(BreakdownCohort::Id(id)),
            Source::Field(_) | Source::Hogql(_) | Source::Unsupported(_) => None,
        });
        cohorts.collect()
    }

    /// The cohorts with all that decides who is in them, each once.
    ///
    /// # Errors
    /// As [`QueryContext::cohort`].
    pub(crate) fn resolved_cohorts(&self, context: &QueryContext) -> Result<Option<Vec<Arc<Cohort>>>, QueryError> {
        let Some(cohorts) = self.cohorts() else { return Ok(None) };
        let mut resolved: Vec<Arc<Cohort>> = Vec::with_capacity(cohorts.len());
        for (cohort, breakdown) in cohorts.into_iter().zip(&self.breakdowns) {
            let cohort = match cohort {
                BreakdownCohort::All => Arc::new(Cohort::everybody()),
                BreakdownCohort::Id(id) => context.cohort(id, &breakdown.path)?,
            };
            if !resolved.contains(&cohort) {
                resolved.push(cohort);
            }
        }
        Ok(Some(resolved))
    }
}

impl BreakdownCohort {
    /// Its name in answers.
    pub fn name(self, context: &QueryContext) -> &str {
        match self {
            Self::All => "all users",
            Self::Id(id) => context.definitions.cohorts.get(&id).map_or("", |cohort| &cohort.name),
        }
    }

    /// The id; that of everybody is [`Cohort::EVERYBODY_ID`].
    pub fn id(self) -> i64 {
        match self {
            Self::All => Cohort::EVERYBODY_ID,
            Self::Id(id) => id,
        }
    }

    /// That of the id that stands in the text.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        text.parse().ok().map(|id| if id == Cohort::EVERYBODY_ID { Self::All } else { Self::Id(id) })
    }
}

impl Breakdown {
    /// What is read.
    ///
    /// # Errors
    /// [`QueryError::Unsupported`] for what is no field of an event, its person or its groups, [`QueryError::Invalid`] for HogQL that
    /// means nothing.
    pub fn field(&self, context: &QueryContext) -> Result<Field, QueryError> {
        match &self.source {
            Source::Field(field) => Ok(field.clone()),
            Source::Hogql(expression) => expression.field(context),
            Source::Cohort(_) => {
                Err(QueryError::unsupported(&self.path, "a breakdown by cohorts together with properties, or here"))
            }
            Source::Unsupported(what) => Err(QueryError::unsupported(&self.path, what)),
        }
    }

    /// The cohort that it is, which may be that of everybody; `None` for what is no cohort.
    ///
    /// # Errors
    /// As [`QueryContext::cohort`].
    pub fn cohort(&self, context: &QueryContext) -> Result<Option<Arc<Cohort>>, QueryError> {
        match self.source {
            Source::Cohort(Cohort::EVERYBODY_ID) => Ok(Some(Arc::new(Cohort::everybody()))),
            Source::Cohort(id) => context.cohort(id, &self.path).map(Some),
            Source::Field(_) | Source::Hogql(_) | Source::Unsupported(_) => Ok(None),
        }
    }

    /// Whether it is a property of groups.
    pub(crate) fn is_of_group(&self) -> bool {
        matches!(self.source, Source::Field(Field::GroupProperty { .. }))
    }

    /// An item of `breakdowns`.
    fn read_item(node: &Reader<'_>) -> Result<Self, QueryError> {
        node.object()?;
        let property = node.require("property", "the property to break down by")?;
        Self::read(node, &property, ["type", "group_type_index", "normalize_url", "histogram_bin_count"])
    }

    /// `breakdown`, or an item of it, in `filter`.
    fn read_plain(property: &Reader<'_>, filter: &Reader<'_>) -> Result<Self, QueryError> {
        Self::read(
            filter,
            property,
            [
                "breakdown_type",
                "breakdown_group_type_index",
                "breakdown_normalize_url",
                "breakdown_histogram_bin_count",
            ],
        )
    }

    fn read(
        node: &Reader<'_>,
        property: &Reader<'_>,
        [type_key, group_key, url_key, bins_key]: [&str; 4],
    ) -> Result<Self, QueryError> {
        let name = property.scalar_text()?;
        let group_type = read_group_type(node, group_key)?;
        let kind = read_text(node, type_key)?;
        let source = match kind.as_deref() {
            None | Some("event") => Source::Field(Field::Event(EventColumn::Property(name.clone()))),
            Some("person") => Source::Field(Field::PersonProperty(name.clone())),
            Some("group") => {
                node.require(group_key, "the index of the group type")?;
                let group_type = group_type.expect("required above");
                Source::Field(Field::GroupProperty { group_type, key: name.clone() })
            }
            Some("event_metadata") => match (metadata_field(&name), metadata_expression(&name)) {
                (Some(field), _) => Source::Field(field),
                (None, Some(text)) => Source::Hogql(HogqlText::of_event(property.path(), text)?),
                (None, None) => Source::Unsupported(format!("a breakdown by event metadata {name:?}")),
            },
            Some("hogql") => Source::Hogql(HogqlText::read(property)?),
            Some("cohort") if name == "all" => Source::Cohort(Cohort::EVERYBODY_ID),
            Some("cohort") => Source::Cohort(read_id(property, "the id of a cohort, or all")?),
            Some("session") => Source::Unsupported("a breakdown by a property of sessions".to_owned()),
            Some("data_warehouse" | "data_warehouse_person_property" | "revenue_analytics") => {
                Source::Unsupported("a breakdown by a column of the data warehouse".to_owned())
            }
            Some(_) => {
                let given = node.require(type_key, "")?;
                return Err(given.wrong("one of event, person, group, event_metadata, session, cohort, hogql"));
            }
        };
        let bins = node.get(bins_key).map(|bins| bins.whole(1, MAX_BINS)).transpose()?;
        Ok(Self {
            property: name,
            normalizes_url: read_flag(node, url_key)?,
            histogram_bins: bins.map(|bins| u32::try_from(bins).expect("at most 1000")),
            source,
            path: property.path().to_owned(),
        })
    }
}

fn is_not_empty_list(node: &Reader<'_>) -> bool {
    node.value().as_array().is_none_or(|items| !items.is_empty())
}
