//! Numbers that HogQL computes, by an engine that knows one aggregate: they must be those of the kernel that knows it too.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use hogql::expression::Expression;
use hogql::ir;
use insights_core::ids::ProjectId;
use proptest::prelude::*;
use query_engine::control::QueryControl;
use query_engine::error::QueryError;
use query_engine::field::{EventFields, Field};
use query_engine::plan::aggregate::{BucketedAggregate, HogqlAggregate, Math, NumberFunction};
use query_engine::plan::select::{Rows, Select};
use query_engine::plan::{Operator, Plan};
use query_engine::scan::{Column, EventColumn, HogqlEngine, Scan, ScanRequest, ScanSource};
use query_engine::source::run_on_scan;
use query_engine::value::PropertyValue;
use serde_json::json;

use super::generate;
use crate::world::World;

/// Computes `sum(toFloat(properties.q))` by cell, whatever is asked.
struct SumEngine;

struct WithEngine(World);

impl ScanSource for WithEngine {
    fn scan(&self, requests: &[ScanRequest], control: &QueryControl) -> Result<Vec<Scan>, QueryError> {
        self.0.scan(requests, control)
    }

    fn hogql(&self) -> Option<&dyn HogqlEngine> {
        Some(&SumEngine)
    }
}

impl HogqlEngine for SumEngine {
    fn evaluate(&self, _: &Expression, _: &EventFields<'_>, _: &QueryControl) -> Result<Column, QueryError> {
        panic!("no plan of these tests has an expression")
    }

    fn select(
        &self,
        _: &Select,
        project: ProjectId,
        source: &dyn ScanSource,
        control: &QueryControl,
    ) -> Result<Rows, QueryError> {
        // What an engine asks for stands in its own order, among other things, and more than one scan may be asked for at once.
        let property = |key: &str| EventColumn::Property(key.to_owned());
        let other = ScanRequest { event_columns: vec![property("p")], ..ScanRequest::of(project) };
        let request = ScanRequest {
            event_columns: vec![property("q"), property(HogqlAggregate::CELL), property("nowhere")],
            person_properties: vec!["tier".to_owned()],
            ..ScanRequest::of(project)
        };
        let scans = source.scan(&[other.clone(), request, other], control)?;
        for scan in &scans {
            assert!(scan.runs.iter().all(|run| run.columns.iter().all(|column| column.codes.len() == run.len())));
        }
        assert_eq!(scans.iter().map(|scan| scan.persons.columns.len()).collect::<Vec<_>>(), [0, 1, 0]);
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for run in &scans[1].runs {
            let [numbers, cells, _] = &run.columns[..] else { panic!("the columns are those that were asked for") };
            for row in 0..run.len() {
                if let PropertyValue::Int(cell) = cells.value(row) {
                    let number = numbers.value(row).to_number().filter(|number| number.is_finite());
                    *sums.entry(cell.to_string()).or_default() += number.unwrap_or_default();
                }
            }
        }
        let rows = sums.into_iter().map(|(cell, sum)| vec![json!(cell), json!(sum)]).collect();
        Ok(Rows { types: Vec::new(), rows, has_more: false })
    }
}

/// The plan with one math for every series.
fn with_math(plan: &BucketedAggregate, math: &Math) -> Plan {
    let mut plan = plan.clone();
    plan.series.iter_mut().for_each(|series| series.math = math.clone());
    Plan { project: ProjectId(1), operator: Operator::Aggregate(plan) }
}

proptest! {
    #[test]
    fn numbers_of_hogql_are_in_the_cells_of_every_other_math((world, plan) in generate::case()) {
        let query = ir::Query { root: ir::Relation::OneRow, columns: Vec::new(), limit: None, offset: 0 };
        let select = Select {
            query,
            conditions: Vec::new(),
            cohorts: BTreeMap::new(),
            timezone: Tz::UTC,
            limit: u64::MAX,
            offset: 0,
        };
        let hogql = Math::Hogql(Arc::new(HogqlAggregate { select }));
        let field = Field::Event(EventColumn::Property("q".to_owned()));
        let sum = Math::Numbers { field, function: NumberFunction::Sum };
        let control = QueryControl::unlimited();
        let source = WithEngine(world);
        prop_assert_eq!(
            run_on_scan(&with_math(&plan, &hogql), &source, &control).unwrap(),
            run_on_scan(&with_math(&plan, &sum), &source, &control).unwrap()
        );
    }
}
