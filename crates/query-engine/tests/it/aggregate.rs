//! The bucketed aggregate against a slow and obvious one, over random events cut into random segments.

mod generate;
mod hogql;
mod reference;

use insights_core::ids::ProjectId;
use proptest::prelude::*;
use query_engine::control::{QueryControl, QueryLimits};
use query_engine::error::QueryError;
use query_engine::field::Field;
use query_engine::plan::aggregate::{
    AggregateSeries, Breakdown, BreakdownDimension, BreakdownTransform, BucketedAggregate, Buckets, Math, Uniqueness,
};
use query_engine::plan::{Operator, Output, Plan};
use query_engine::predicate::Predicate;
use query_engine::scan::{EventColumn, EventSet};
use query_engine::source::run_on_scan;
use test_support::cases::n_property_cases;

use crate::world::World;

fn run(plan: &BucketedAggregate, world: &World, control: &QueryControl) -> Result<Output, QueryError> {
    let plan = Plan { project: ProjectId(1), operator: Operator::Aggregate(plan.clone()) };
    run_on_scan(&plan, world, control)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_property_cases()))]

    #[test]
    fn kernels_agree_with_the_reference((world, plan) in generate::case()) {
        let found = run(&plan, &world, &QueryControl::unlimited()).unwrap();
        prop_assert_eq!(found, Output::Aggregate(reference::evaluate(&plan, &world)));
    }

    #[test]
    fn segments_do_not_matter((world, plan) in generate::case()) {
        let control = QueryControl::unlimited();
        prop_assert_eq!(run(&plan, &world, &control).unwrap(), run(&plan, &world.in_one_segment(), &control).unwrap());
    }
}

/// Persons by day, broken down by `p`, of the world that all its events are of one person.
fn wide_plan() -> BucketedAggregate {
    BucketedAggregate {
        series: vec![AggregateSeries {
            events: EventSet::All,
            predicate: Predicate::ALWAYS,
            math: Math::UniquePersons(Uniqueness::PerBucket),
        }],
        from_us: 0,
        until_us: 1_000,
        buckets: Buckets::Edges((0..=1_000).collect()),
        breakdown: Some(Breakdown {
            dimensions: vec![BreakdownDimension {
                field: Field::Event(EventColumn::Property("p".to_owned())),
                transform: BreakdownTransform::Text,
            }],
            limit: 25,
        }),
    }
}

#[test]
fn a_plan_that_needs_too_much_memory_is_refused() {
    let world = World::of_one_person((0..1_000).map(|n| (n, n.to_string())));
    let limits = |max_memory_bytes| QueryLimits {
        max_time: std::time::Duration::from_secs(3_600),
        max_memory_bytes,
        max_result_rows: usize::MAX,
    };
    let refused = run(&wide_plan(), &world, &QueryControl::start(limits(1 << 20)));
    assert!(matches!(refused, Err(QueryError::MemoryLimit { .. })), "{refused:?}");
    assert!(run(&wide_plan(), &world, &QueryControl::start(limits(1 << 26))).is_ok());
}

#[test]
fn a_cancelled_query_stops() {
    let control = QueryControl::unlimited();
    control.cancel();
    let stopped = run(&wide_plan(), &World::of_one_person([(1, String::new())]), &control);
    assert!(matches!(stopped, Err(QueryError::Cancelled)), "{stopped:?}");
}
