//! What clients send about alerts.

use alerts::check_query::CheckQuery;
use alerts::service::AlertPatch;
use insights_core::ids::InsightId;
use insights_core::paging::Page;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::extract::json::present;
use crate::paging::PageParams;

/// Which alerts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AlertListParams {
    /// Number of the insight that they watch.
    insight: Option<i64>,
    /// The same.
    insight_id: Option<i64>,
    /// Most results to return, 100 where absent, at most 1000.
    limit: Option<i64>,
    /// Results to skip.
    offset: Option<i64>,
}

impl AlertListParams {
    pub(super) fn insight(&self) -> Option<InsightId> {
        self.insight.or(self.insight_id).map(InsightId)
    }

    pub(super) fn page(&self) -> Page {
        PageParams { limit: self.limit, offset: self.offset }.page()
    }
}

/// Which checks to give along with an alert.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CheckParams {
    /// None before that date in UTC: `-24h`, `-7d`, `2026-01-14`.
    checks_date_from: Option<String>,
    /// None after that date, likewise.
    checks_date_to: Option<String>,
    /// Most checks, 1 to 500: 5 where absent, 500 where there is a date.
    checks_limit: Option<String>,
    /// Checks to skip.
    checks_offset: Option<String>,
}

impl CheckParams {
    pub(super) fn query(self) -> CheckQuery {
        CheckQuery {
            date_from: self.checks_date_from,
            date_to: self.checks_date_to,
            limit: self.checks_limit,
            offset: self.checks_offset,
        }
    }
}

/// Both bodies of alerts, which differ in what has to be there. Flattening what they share would lose the names of fields in refusals.
macro_rules! alert_bodies {
    ($($(#[$doc:meta])* $body:ident as $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[schema(as = $name)]
        pub(super) struct $body {
            $($(#[$field_doc])* $field: $type,)*
            /// Name for people, at most 255 characters.
            name: Option<String>,
            /// `{name?, configuration: {type: absolute | percentage, bounds: {lower?, upper?}}}`; needed where there is no detector.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Object>)]
            threshold: Option<Value>,
            /// `{type: absolute_value | relative_increase | relative_decrease}`.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Object>)]
            condition: Option<Value>,
            /// `{type: TrendsAlertConfig, series_index, check_ongoing_interval?}`.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Object>)]
            config: Option<Value>,
            /// `{type: zscore | mad, threshold?, window?}` or `{type: seasonal, threshold?, periods?}`: looks for anomalies, in place of the threshold.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Object>)]
            detector_config: Option<Value>,
            /// `hourly`, `daily`, `weekly` or `monthly`.
            calculation_interval: Option<String>,
            /// Whether Saturdays and Sundays are left out.
            skip_weekend: Option<bool>,
            /// Whether it is checked.
            enabled: Option<bool>,
            /// For how long to leave it alone, such as `2h` or `1d`; null ends that.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<String>)]
            snoozed_until: Option<Value>,
            /// `[{type: webhook | slack, url}]`; one that is there already is named by its `id`, and keeps its address where none is sent.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Vec<Object>>)]
            destinations: Option<Value>,
            /// Null: alerts are checked at all hours.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Option<Object>)]
            schedule_restriction: Option<Value>,
            /// False: there is no such agent.
            investigation_agent_enabled: Option<bool>,
        }

        impl From<$body> for AlertPatch {
            fn from(body: $body) -> Self {
                Self {
                    insight: Option::<i64>::from(body.insight).map(InsightId),
                    name: body.name,
                    subscribed_users: body.subscribed_users.into(),
                    threshold: body.threshold,
                    condition: body.condition,
                    config: body.config,
                    detector_config: body.detector_config,
                    calculation_interval: body.calculation_interval,
                    skip_weekend: body.skip_weekend,
                    enabled: body.enabled,
                    snoozed_until: body.snoozed_until,
                    destinations: body.destinations,
                    schedule_restriction: body.schedule_restriction,
                    investigation_agent_enabled: body.investigation_agent_enabled,
                }
            }
        }
    )+};
}

alert_bodies! {
    /// An alert to make, or to put in the place of one. Unknown fields are ignored.
    CreateAlertRequest as CreateAlert {
        /// Number of the insight to watch: a trend.
        insight: i64,
        /// Numbers of the users who are told by e-mail; may be empty.
        subscribed_users: Vec<i64>,
    }
    /// What to change of an alert. Unknown fields are ignored.
    PatchAlertRequest as PatchAlert {
        /// Number of the insight to watch.
        insight: Option<i64>,
        /// Numbers of the users who are told by e-mail.
        subscribed_users: Option<Vec<i64>>,
    }
}
