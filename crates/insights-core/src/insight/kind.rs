//! What kind of question an insight asks, for filtering lists.

use serde_json::Value;

/// The kinds that lists can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InsightKind {
    /// Numbers over time.
    Trends,
    /// Steps of conversion.
    Funnels,
    /// People coming back.
    Retention,
    /// Ways through pages.
    Paths,
    /// How often people do something.
    Stickiness,
    /// New, returning, resurrecting and dormant people.
    Lifecycle,
    /// A HogQL query.
    Sql,
    /// Any other query.
    Json,
}

impl InsightKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Trends,
        Self::Funnels,
        Self::Retention,
        Self::Paths,
        Self::Stickiness,
        Self::Lifecycle,
        Self::Sql,
        Self::Json,
    ];

    /// Name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trends => "TRENDS",
            Self::Funnels => "FUNNELS",
            Self::Retention => "RETENTION",
            Self::Paths => "PATHS",
            Self::Stickiness => "STICKINESS",
            Self::Lifecycle => "LIFECYCLE",
            Self::Sql => "SQL",
            Self::Json => "JSON",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of an insight with that query, or without one and with those legacy filters.
    pub fn of(query: Option<&Value>, filters: &Value) -> Option<Self> {
        match query {
            Some(query) => Some(Self::of_query(query)),
            None if filters.as_object().is_some_and(|filters| !filters.is_empty()) => {
                // Legacy filters without a kind are trends.
                Some(filters["insight"].as_str().and_then(Self::from_name).unwrap_or(Self::Trends))
            }
            None => None,
        }
    }

    fn of_query(query: &Value) -> Self {
        let kind = query["kind"].as_str().unwrap_or_default();
        let is_wrapper = matches!(kind, "InsightVizNode" | "DataVisualizationNode" | "DataTableNode");
        let kind = if is_wrapper { query["source"]["kind"].as_str().unwrap_or_default() } else { kind };
        match kind {
            "TrendsQuery" => Self::Trends,
            "FunnelsQuery" => Self::Funnels,
            "RetentionQuery" => Self::Retention,
            "PathsQuery" => Self::Paths,
            "StickinessQuery" => Self::Stickiness,
            "LifecycleQuery" => Self::Lifecycle,
            "HogQLQuery" => Self::Sql,
            _ => Self::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(query: Value, filters: Value, expected: Option<InsightKind>) {
        assert_eq!(InsightKind::of(Some(&query).filter(|query| !query.is_null()), &filters), expected);
    }

    #[test]
    fn the_kind_is_the_wrapped_querys() {
        check(json!({"kind": "InsightVizNode", "source": {"kind": "PathsQuery"}}), json!({}), Some(InsightKind::Paths));
        check(json!({"kind": "TrendsQuery"}), json!({}), Some(InsightKind::Trends));
        check(
            json!({"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery"}}),
            json!({}),
            Some(InsightKind::Sql),
        );
        check(json!({"kind": "DataTableNode", "source": {"kind": "EventsQuery"}}), json!({}), Some(InsightKind::Json));
        check(json!({"kind": 7}), json!({}), Some(InsightKind::Json));
        check(json!({}), json!({}), Some(InsightKind::Json));
    }

    #[test]
    fn legacy_filters_count_where_there_is_no_query() {
        check(Value::Null, json!({"insight": "FUNNELS"}), Some(InsightKind::Funnels));
        check(Value::Null, json!({"events": []}), Some(InsightKind::Trends));
        check(Value::Null, json!({}), None);
        check(json!({"kind": "TrendsQuery"}), json!({"insight": "FUNNELS"}), Some(InsightKind::Trends));
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        assert!(InsightKind::ALL.into_iter().all(|kind| InsightKind::from_name(kind.name()) == Some(kind)));
    }
}
