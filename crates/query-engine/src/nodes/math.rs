//! What a series counts.

use crate::error::QueryError;
use crate::expressions::HogqlText;
use crate::field::Field;
use crate::nodes::reader::Reader;
use crate::nodes::{read_group_type, read_text};
use crate::scan::EventColumn;

/// What a series counts or computes in each interval.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Math {
    /// Events.
    Total,
    /// Persons (or groups, where the query aggregates by them).
    Dau,
    /// Persons, or groups of the type of that index, seen in the 7 days up to the end of the interval.
    WeeklyActive(Option<u8>),
    /// Likewise in the 30 days up to the end of the interval.
    MonthlyActive(Option<u8>),
    /// Values of `$session_id`.
    UniqueSession,
    /// Groups of the type of that index.
    UniqueGroup(u8),
    /// Persons whose first event of that name it is, and whose that event passes the filters.
    FirstTimeForUser,
    /// Persons whose first event it is that passes the filters.
    FirstMatchingEventForUser,
    /// An aggregate of the values of a field, as numbers.
    Property(Aggregate, Field),
    /// An aggregate, over persons, of the number of events that each has.
    CountPerActor(Aggregate),
    /// An aggregate that `HogQL` computes of the events.
    Hogql(Box<HogqlText>),
    /// What only a later version computes, by its name: a property of sessions.
    Unsupported {
        /// Where it stands in the query.
        path: String,
        /// What it is.
        what: String,
    },
}

/// A way to make one number of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Aggregate {
    /// The sum.
    Sum,
    /// The mean.
    Average,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The one in the middle.
    Median,
    /// That which 75 % are not above.
    P75,
    /// That which 90 % are not above.
    P90,
    /// That which 95 % are not above.
    P95,
    /// That which 99 % are not above.
    P99,
}

impl Math {
    /// Reads `math` and what belongs to it; `None` where the series names none.
    pub(crate) fn read(series: &Reader<'_>) -> Result<Option<Self>, QueryError> {
        let Some(node) = series.get("math") else { return Ok(None) };
        let name = node.text()?;
        let plain = match name {
            "total" => Some(Self::Total),
            "dau" => Some(read_group_type(series, "math_group_type_index")?.map_or(Self::Dau, Self::UniqueGroup)),
            "weekly_active" => Some(Self::WeeklyActive(read_group_type(series, "math_group_type_index")?)),
            "monthly_active" => Some(Self::MonthlyActive(read_group_type(series, "math_group_type_index")?)),
            "unique_session" => Some(Self::UniqueSession),
            "first_time_for_user" => Some(Self::FirstTimeForUser),
            "first_matching_event_for_user" | "first_time_for_user_with_filters" => {
                Some(Self::FirstMatchingEventForUser)
            }
            "unique_group" => Some(Self::read_unique_group(series)?),
            "hogql" => {
                let expression = series.require("math_hogql", "the HogQL expression to compute")?;
                Some(Self::Hogql(Box::new(HogqlText::read(&expression)?)))
            }
            _ => None,
        };
        if plain.is_some() {
            return Ok(plain);
        }
        if let Some(aggregate) = name.strip_suffix("_count_per_actor").and_then(Aggregate::of_count_per_actor) {
            return Ok(Some(Self::CountPerActor(aggregate)));
        }
        let aggregate =
            Aggregate::of_property(name).ok_or_else(|| node.wrong(&format!("one of {}", NAMES.join(", "))))?;
        Self::read_property(series, name, aggregate).map(Some)
    }

    fn read_unique_group(series: &Reader<'_>) -> Result<Self, QueryError> {
        series.require("math_group_type_index", "the index of the group type to count")?;
        Ok(Self::UniqueGroup(read_group_type(series, "math_group_type_index")?.expect("required above")))
    }

    fn read_property(series: &Reader<'_>, name: &str, aggregate: Aggregate) -> Result<Self, QueryError> {
        let key = series.require("math_property", &format!("the property that {name} is computed of"))?;
        let key_text = key.text()?;
        let unsupported = |what: &str| Self::Unsupported { path: key.path().to_owned(), what: what.to_owned() };
        if let Some(factor) = series.get("math_multiplier") {
            let what = "a factor of a property as math; multiply in a formula, or in HogQL as math".to_owned();
            return Ok(Self::Unsupported { path: factor.path().to_owned(), what });
        }
        let source = read_text(series, "math_property_type")?;
        Ok(match source.as_deref() {
            None if key_text == "$session_duration" => unsupported("a property of sessions as math"),
            None | Some("event_properties" | "numerical_event_properties") => {
                Self::Property(aggregate, Field::Event(EventColumn::Property(key_text.to_owned())))
            }
            Some("person_properties") => Self::Property(aggregate, Field::PersonProperty(key_text.to_owned())),
            Some("session_properties") => unsupported("a property of sessions as math"),
            Some("data_warehouse_properties") => unsupported("a column of the data warehouse as math"),
            Some(_) => {
                let node = series.require("math_property_type", "")?;
                return Err(node.wrong("one of event_properties, person_properties, session_properties"));
            }
        })
    }
}

impl Aggregate {
    /// The number of these numbers that it makes of a property, by its name in `math`.
    fn of_property(name: &str) -> Option<Self> {
        Some(match name {
            "sum" => Self::Sum,
            "avg" => Self::Average,
            "min" => Self::Min,
            "max" => Self::Max,
            "median" => Self::Median,
            "p75" => Self::P75,
            "p90" => Self::P90,
            "p95" => Self::P95,
            "p99" => Self::P99,
            _ => return None,
        })
    }

    /// Likewise of counts per actor, of which there is no sum.
    fn of_count_per_actor(name: &str) -> Option<Self> {
        Self::of_property(name).filter(|aggregate| *aggregate != Self::Sum)
    }
}

/// All names of `math`, for messages.
const NAMES: [&str; 26] = [
    "total",
    "dau",
    "weekly_active",
    "monthly_active",
    "unique_session",
    "unique_group",
    "first_time_for_user",
    "first_matching_event_for_user",
    "sum",
    "avg",
    "min",
    "max",
    "median",
    "p75",
    "p90",
    "p95",
    "p99",
    "avg_count_per_actor",
    "min_count_per_actor",
    "max_count_per_actor",
    "median_count_per_actor",
    "p75_count_per_actor",
    "p90_count_per_actor",
    "p95_count_per_actor",
    "p99_count_per_actor",
    "hogql",
];
