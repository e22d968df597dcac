//! Parameters in the query strings of the insight routes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use insights_core::ids::{DashboardId, UserId};
use insights_core::insight::filter::{Between, InsightFilter, InsightOrder};
use insights_core::insight::kind::InsightKind;
use insights_core::paging::Page;
use insights_core::problem::Problem;
use insights_core::project::Project;
use insights_core::query_cache::policy::{CacheRoute, RefreshMode};
use insights_core::text::check_length;
use query_engine::answer::QueryContext;
use query_engine::dates::instant_of_text;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::results::Asked;
use crate::extract::query::is_true;
use crate::routes::query::MAX_QUERY_ID_CHARACTERS;

/// Which insights to list, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct InsightListParams {
    /// Whether to leave results out.
    basic: Option<String>,
    /// Ones that were saved on purpose, or others.
    saved: Option<String>,
    /// Favourites.
    favorited: Option<String>,
    /// Ones that the caller made.
    user: Option<String>,
    /// Numbers of makers, as a JSON array.
    created_by: Option<String>,
    /// Numbers of dashboards, as a JSON array: ones on all of them.
    dashboards: Option<String>,
    /// Tags, as a JSON array: ones with any of them.
    tags: Option<String>,
    /// `TRENDS`, `FUNNELS`, `RETENTION`, `PATHS`, `STICKINESS`, `LIFECYCLE`, `SQL` or `JSON`.
    insight: Option<String>,
    /// Part of the name, the derived name, the description or a tag.
    search: Option<String>,
    /// The name in addresses.
    short_id: Option<String>,
    /// Changed after this date.
    date_from: Option<String>,
    /// Changed before this date.
    date_to: Option<String>,
    /// Made after this date.
    created_date_from: Option<String>,
    /// Made before this date.
    created_date_to: Option<String>,
    /// Looked at by the caller after this date.
    last_viewed_date_from: Option<String>,
    /// Looked at by the caller before this date.
    last_viewed_date_to: Option<String>,
    /// A field, with `-` before it for the largest first.
    order: Option<String>,
    /// When to compute results; `force_cache`, the default, never does.
    refresh: Option<String>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
    /// `json` or `csv`.
    format: Option<String>,
}

/// How to show one insight.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct InsightParams {
    /// Whether to leave the result out.
    basic: Option<String>,
    /// When to compute the result; `force_cache`, the default, never does. For `csv` the default is `blocking`.
    refresh: Option<String>,
    /// Number of the dashboard that it is shown on, whose filters count then.
    from_dashboard: Option<i64>,
    /// A dashboard's filters, as a JSON object: each in place of the same of `from_dashboard`.
    filters_override: Option<String>,
    /// Values of variables by their ids, as a JSON object: each in place of the same of `from_dashboard`.
    variables_override: Option<String>,
    /// Name to watch and cancel the query by.
    client_query_id: Option<String>,
    /// `json` or `csv`.
    format: Option<String>,
}

/// Which of the most viewed insights to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TrendingParams {
    /// Days to look back, 7 where absent, at most 365.
    days: Option<u32>,
    /// Most insights, 10 where absent, at most 100.
    limit: Option<u32>,
}

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON.
    Json,
    /// Comma-separated values.
    Csv,
}

impl Format {
    /// Reads `format`.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Problem> {
        match text {
            None | Some("" | "json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(other) => Err(Problem::invalid_choice("format", other)),
        }
    }
}

impl InsightListParams {
    /// The name in addresses that is asked for.
    pub(super) fn short_id(&self) -> Option<&str> {
        self.short_id.as_deref().filter(|short_id| !short_id.is_empty())
    }

    /// `refresh` as it was sent.
    pub(super) fn refresh(&self) -> Option<&str> {
        self.refresh.as_deref()
    }

    /// Whether results are left out.
    pub(super) fn is_basic(&self) -> bool {
        is_true(self.basic.as_deref())
    }

    /// When to compute results.
    pub(super) fn mode(&self) -> RefreshMode {
        RefreshMode::parse(self.refresh.as_deref(), CacheRoute::Insights)
    }

    /// The page.
    pub(super) fn page(&self) -> Page {
        Page::new(self.limit, self.offset)
    }

    /// The form.
    pub(super) fn format(&self) -> Result<Format, Problem> {
        Format::parse(self.format.as_deref())
    }

    /// Which insights; dates are read in the project's time zone.
    pub(super) fn filter(&self, project: &Project, now: DateTime<Utc>) -> Result<InsightFilter, Problem> {
        let context = QueryContext {
            project: project.id,
            timezone: project.timezone,
            week_start: project.week_start,
            now,
            definitions: Arc::default(),
        };
        let date = |attr: &str, text: Option<&String>| date(attr, text, &context);
        let flag = |text: &Option<String>| text.as_deref().map(|text| is_true(Some(text)));
        Ok(InsightFilter {
            saved: flag(&self.saved),
            favorited: flag(&self.favorited),
            created_by_caller: is_true(self.user.as_deref()),
            created_by: list("created_by", self.created_by.as_ref())?.map(|ids| ids.into_iter().map(UserId).collect()),
            dashboards: list("dashboards", self.dashboards.as_ref())?
                .unwrap_or_default()
                .into_iter()
                .map(DashboardId)
                .collect(),
            tags: list("tags", self.tags.as_ref())?.unwrap_or_default(),
            kind: self.insight.as_deref().filter(|kind| !kind.is_empty()).map(kind).transpose()?,
            search: self.search.clone().filter(|search| !search.is_empty()),
            short_id: self.short_id.clone().filter(|short_id| !short_id.is_empty()),
            last_modified: Between {
                after: date("date_from", self.date_from.as_ref())?,
                before: date("date_to", self.date_to.as_ref())?,
            },
            created: Between {
                after: date("created_date_from", self.created_date_from.as_ref())?,
                before: date("created_date_to", self.created_date_to.as_ref())?,
            },
            last_viewed: Between {
                after: date("last_viewed_date_from", self.last_viewed_date_from.as_ref())?,
                before: date("last_viewed_date_to", self.last_viewed_date_to.as_ref())?,
            },
            order: self.order.as_deref().map(InsightOrder::parse).transpose()?.unwrap_or_default(),
        })
    }
}

impl InsightParams {
    /// `refresh` as it was sent.
    pub(super) fn refresh(&self) -> Option<&str> {
        self.refresh.as_deref()
    }

    /// Whether the result is left out.
    pub(super) fn is_basic(&self) -> bool {
        is_true(self.basic.as_deref())
    }

    /// The form.
    pub(super) fn format(&self) -> Result<Format, Problem> {
        Format::parse(self.format.as_deref())
    }

    /// When to compute the result. A table has no place to say that nothing was computed, so that one is computed where nothing else is asked.
    pub(super) fn mode(&self) -> RefreshMode {
        match (self.refresh.as_deref(), self.format.as_deref()) {
            (None, Some("csv")) => RefreshMode::Blocking,
            (refresh, _) => RefreshMode::parse(refresh, CacheRoute::Insights),
        }
    }

    /// The dashboard that it is shown on.
    pub(super) fn dashboard(&self) -> Option<DashboardId> {
        self.from_dashboard.map(DashboardId)
    }

    /// How it is asked for, over what the dashboard `shown_on` asks.
    pub(super) fn asked(&self, shown_on: Option<Asked>) -> Result<Asked, Problem> {
        check_length("client_query_id", self.client_query_id.as_deref().unwrap_or_default(), MAX_QUERY_ID_CHARACTERS)?;
        let client_query_id = self.client_query_id.clone().filter(|id| !id.is_empty());
        let asked = Asked { client_query_id, ..shown_on.unwrap_or_default() };
        asked.with_overrides(self.filters_override.as_ref(), self.variables_override.as_ref())
    }
}

impl TrendingParams {
    /// Days to look back.
    pub(super) fn days(&self) -> u32 {
        self.days.unwrap_or(7)
    }

    /// Most insights.
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(10)
    }
}

fn date(attr: &str, text: Option<&String>, context: &QueryContext) -> Result<Option<DateTime<Utc>>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let date = instant_of_text(text, context);
    date.map(Some)
        .ok_or_else(|| Problem::invalid(attr, format!("`{text}` is no date; give one such as 2026-01-31 or -7d.")))
}

fn kind(name: &str) -> Result<InsightKind, Problem> {
    InsightKind::from_name(name).ok_or_else(|| Problem::invalid_choice("insight", name))
}

fn list<T: DeserializeOwned>(attr: &str, text: Option<&String>) -> Result<Option<Vec<T>>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let list = serde_json::from_str(text);
    list.map(Some).map_err(|error| Problem::invalid(attr, format!("Not a JSON array of the right kind: {error}.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_json_arrays() {
        assert_eq!(list("created_by", Some(&"[1, 2]".to_owned())), Ok(Some(vec![1, 2])));
        assert_eq!(list::<i64>("created_by", None), Ok(None));
        assert_eq!(list::<i64>("created_by", Some(&"1".to_owned())).unwrap_err().attr.as_deref(), Some("created_by"));
        assert_eq!(list::<i64>("tags", Some(&"[\"a\"]".to_owned())).unwrap_err().attr.as_deref(), Some("tags"));
    }

    #[test]
    fn a_table_is_computed_by_default() {
        let params = |refresh: Option<&str>, format: Option<&str>| InsightParams {
            refresh: refresh.map(str::to_owned),
            format: format.map(str::to_owned),
            ..InsightParams::default()
        };
        assert_eq!(params(None, None).mode(), RefreshMode::ForceCache);
        assert_eq!(params(None, Some("csv")).mode(), RefreshMode::Blocking);
        assert_eq!(params(Some("force_cache"), Some("csv")).mode(), RefreshMode::ForceCache);
        assert_eq!(params(Some("true"), None).mode(), RefreshMode::ForceBlocking);
        assert!(params(None, Some("xml")).format().is_err());
    }
}
