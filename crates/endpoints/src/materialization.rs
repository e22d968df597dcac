//! Computing the result of an endpoint ahead of time: what users say of it.

use std::fmt;

use chrono::TimeDelta;
use insights_core::error::RepositoryResult;
use insights_core::ids::ProjectId;
use insights_core::problem::Problem;
use serde_json::Value;

/// How often a result is computed ahead of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncFrequency {
    /// Once.
    Never,
    /// Every minute.
    OneMinute,
    /// Every 5 minutes.
    FiveMinutes,
    /// Every 15 minutes.
    FifteenMinutes,
    /// Every 30 minutes.
    ThirtyMinutes,
    /// Every hour.
    OneHour,
    /// Every 6 hours.
    SixHours,
    /// Every 12 hours.
    TwelveHours,
    /// Every day.
    OneDay,
    /// Every week.
    SevenDays,
    /// Every 30 days.
    ThirtyDays,
}

impl SyncFrequency {
    /// All of them, the most frequent first after `never`.
    pub const ALL: [Self; 11] = [
        Self::Never,
        Self::OneMinute,
        Self::FiveMinutes,
        Self::FifteenMinutes,
        Self::ThirtyMinutes,
        Self::OneHour,
        Self::SixHours,
        Self::TwelveHours,
        Self::OneDay,
        Self::SevenDays,
        Self::ThirtyDays,
    ];

    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self::OneDay;

    /// Name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OneMinute => "1min",
            Self::FiveMinutes => "5min",
            Self::FifteenMinutes => "15min",
            Self::ThirtyMinutes => "30min",
            Self::OneHour => "1hour",
            Self::SixHours => "6hour",
            Self::TwelveHours => "12hour",
            Self::OneDay => "24hour",
            Self::SevenDays => "7day",
            Self::ThirtyDays => "30day",
        }
    }

    /// The frequency of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|frequency| frequency.name() == name)
    }

    /// As [`Self::from_name`], for users.
    ///
    /// # Errors
    /// A [`Problem`] that names `sync_frequency` and the choices.
    pub fn read(name: &str) -> Result<Self, Problem> {
        Self::from_name(name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            let detail = format!("\"{name}\" is not a valid choice. Give one of {names}.");
            Problem { code: "invalid_choice", ..Problem::invalid("sync_frequency", detail) }
        })
    }

    /// The time between two computations; `None` where there is only one.
    pub fn interval(self) -> Option<TimeDelta> {
        Some(match self {
            Self::Never => return None,
            Self::OneMinute => TimeDelta::minutes(1),
            Self::FiveMinutes => TimeDelta::minutes(5),
            Self::FifteenMinutes => TimeDelta::minutes(15),
            Self::ThirtyMinutes => TimeDelta::minutes(30),
            Self::OneHour => TimeDelta::hours(1),
            Self::SixHours => TimeDelta::hours(6),
            Self::TwelveHours => TimeDelta::hours(12),
            Self::OneDay => TimeDelta::days(1),
            Self::SevenDays => TimeDelta::days(7),
            Self::ThirtyDays => TimeDelta::days(30),
        })
    }
}

/// Says which queries can be computed ahead of time.
pub trait MaterializationRules: Send + Sync + fmt::Debug {
    /// Why each of the project's queries cannot, in their order and in sentences for the one who wrote it; `None` for one that can.
    ///
    /// # Errors
    /// What is needed to tell cannot be read.
    fn reasons_against(&self, project: ProjectId, queries: &[&Value]) -> RepositoryResult<Vec<Option<String>>>;
}

/// Lets every query be computed ahead of time: whether it can is then found out when that is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyQuery;

impl MaterializationRules for AnyQuery {
    fn reasons_against(&self, _: ProjectId, queries: &[&Value]) -> RepositoryResult<Vec<Option<String>>> {
        Ok(vec![None; queries.len()])
    }
}

/// What is asked for of an endpoint's materialization; `None` leaves what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaterializationWish {
    /// Whether the result is computed ahead of time.
    pub enabled: Option<bool>,
    /// How often; says nothing of an endpoint that is not materialized.
    pub frequency: Option<SyncFrequency>,
}

impl MaterializationWish {
    /// How often the result is computed from now on, where it was computed every `before` and the endpoint is active or not.
    ///
    /// # Errors
    /// A [`Problem`] where it is to be computed for an endpoint that cannot be run.
    pub fn apply(self, before: Option<SyncFrequency>, is_active: bool) -> Result<Option<SyncFrequency>, Problem> {
        match (self.enabled, is_active) {
            (Some(true), false) => {
                Err(Problem::invalid("is_materialized", "Cannot enable materialization on inactive endpoint."))
            }
            (Some(true), true) => Ok(Some(self.frequency.or(before).unwrap_or(SyncFrequency::DEFAULT))),
            (Some(false), _) | (None, false) => Ok(None),
            (None, true) => Ok(before.map(|before| self.frequency.unwrap_or(before))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_have_names_and_grow_longer() {
        for frequency in SyncFrequency::ALL {
            assert_eq!(SyncFrequency::from_name(frequency.name()), Some(frequency));
        }
        let intervals: Vec<_> = SyncFrequency::ALL.into_iter().filter_map(SyncFrequency::interval).collect();
        assert!(intervals.is_sorted() && intervals.len() == 10);
        let problem = SyncFrequency::read("hourly").unwrap_err();
        assert_eq!((problem.attr.as_deref(), problem.code), (Some("sync_frequency"), "invalid_choice"));
        assert!(problem.detail.contains("1hour, 6hour"), "{}", problem.detail);
    }

    #[test]
    fn wishes_change_what_there_was() {
        use SyncFrequency::{OneDay, OneHour};
        let wish = |enabled, frequency| MaterializationWish { enabled, frequency };
        for (wish, before, is_active, expected) in [
            (wish(None, None), None, true, Ok(None)),
            (wish(None, None), Some(OneHour), true, Ok(Some(OneHour))),
            (wish(None, None), Some(OneHour), false, Ok(None)),
            (wish(None, Some(OneHour)), None, true, Ok(None)),
            (wish(None, Some(OneHour)), Some(OneDay), true, Ok(Some(OneHour))),
            (wish(Some(true), None), None, true, Ok(Some(OneDay))),
            (wish(Some(true), None), Some(OneHour), true, Ok(Some(OneHour))),
            (wish(Some(true), Some(OneHour)), None, true, Ok(Some(OneHour))),
            (wish(Some(false), Some(OneHour)), Some(OneDay), true, Ok(None)),
            (wish(Some(true), None), None, false, Err("Cannot enable materialization on inactive endpoint.")),
        ] {
            let result = wish.apply(before, is_active).map_err(|problem| problem.detail);
            assert_eq!(result, expected.map_err(str::to_owned), "{wish:?} {before:?} {is_active}");
        }
    }
}
