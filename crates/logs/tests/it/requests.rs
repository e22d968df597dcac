use std::collections::BTreeMap;
use std::sync::Arc;

use insights_core::ids::ProjectId;
use insights_core::project::WeekStart;
use logs::request::{self, ExportRequest, RecordsRequest, SparklineRequest};
use proptest::prelude::*;
use query_engine::answer::QueryContext;
use serde_json::{Map, Value};
use test_support::cases::n_property_cases;
use test_support::logs::{any_request, any_value};

fn context() -> QueryContext {
    QueryContext {
        project: ProjectId(1),
        timezone: chrono_tz::America::Sao_Paulo,
        week_start: WeekStart::Sunday,
        now: "2026-01-14T12:30:00Z".parse().unwrap(),
        definitions: Arc::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn reading_never_panics(query in prop_oneof![any_value(), any_request()]) {
        let body = Value::Object(Map::from_iter([("query".to_owned(), query.clone())]));
        let refused = RecordsRequest::read(&body, &context()).err();
        // What is wrong with the query is told with where it stands.
        prop_assert!(refused.is_none_or(|refused| refused.to_string().starts_with("query")));
        let _ = SparklineRequest::read(&body, &context());
        let _ = ExportRequest::read(&body, &context());
        let _ = RecordsRequest::read(&query, &context());

        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let params: BTreeMap<String, String> =
            query.as_object().map(|query| query.iter().map(|(name, value)| (name.clone(), text(value))).collect()).unwrap_or_default();
        let _ = request::attributes(&params, &context());
        let _ = request::values(&params, &context());
        let _ = request::tail(&params, &context());
    }

    #[test]
    fn whatever_is_read_can_be_asked(query in any_request(), records in test_support::logs::records(8)) {
        let body = Value::Object(Map::from_iter([("query".to_owned(), query)]));
        if let Ok(request) = RecordsRequest::read(&body, &context()) {
            for (record, arrival) in records.into_iter().zip(1..) {
                let log = logs::record::StoredLog { arrival, record };
                let _ = request.query.filter.matches(&log);
            }
        }
    }
}
