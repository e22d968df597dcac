//! Random plans over random worlds.

use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use query_engine::plan::aggregate::{
    AggregateSeries, Breakdown, BreakdownDimension, BreakdownTransform, BucketedAggregate, Buckets, FirstOf, Math,
    NumberFunction, Uniqueness,
};

use crate::world::World;
use crate::world::generate::{DAY_US, HOUR_US, day, events, field, midnight_us, predicate, world, zone};

/// A world and a plan around the same day.
pub(super) fn case() -> impl Strategy<Value = (World, BucketedAggregate)> {
    day().prop_flat_map(|day| (world(day), plan(day)))
}

fn plan(day: NaiveDate) -> impl Strategy<Value = BucketedAggregate> {
    let shape = (zone(), 0..4_u64, 1..8_u64, select(vec![1_i64, 3, 24]), -10..10_i64, -10..10_i64);
    (shape, any::<bool>(), vec(series(), 1..4), option::of(breakdown())).prop_map(
        move |((zone, n_before, n_days, step, cut, more), is_total, series, breakdown)| {
            let start = day - Days::new(n_before);
            let days = (0..=n_days).map(|n| midnight_us(start + Days::new(n), zone));
            let days: Vec<i64> = days.collect();
            let edges: Vec<i64> = match step {
                24 => days,
                hours => (days[0]..=days[days.len() - 1]).step_by((hours * HOUR_US) as usize).collect(),
            };
            let (from_us, until_us) = (edges[0] + cut * HOUR_US, edges[edges.len() - 1] + more * HOUR_US);
            let until_us = until_us.max(from_us);
            let buckets = if is_total { Buckets::Total } else { Buckets::Edges(edges.clone()) };
            let mut plan = BucketedAggregate { series, from_us, until_us, buckets, breakdown };
            for series in &mut plan.series {
                if let Math::ActiveActors { windows_us, .. } = &mut series.math {
                    let length_us = windows_us[0].1;
                    let ends = if is_total { &[until_us] } else { &edges[1..] };
                    *windows_us = ends.iter().map(|&end| (end - length_us, end)).collect();
                }
            }
            plan
        },
    )
}

fn series() -> impl Strategy<Value = AggregateSeries> {
    (events(), predicate(), math()).prop_map(|(events, predicate, math)| AggregateSeries { events, predicate, math })
}

fn math() -> impl Strategy<Value = Math> {
    let uniqueness = || select(vec![Uniqueness::PerBucket, Uniqueness::PerRange]);
    prop_oneof![
        Just(Math::Count),
        uniqueness().prop_map(Math::UniquePersons),
        // The length of the windows; the plan puts them where its buckets are.
        (select(vec![HOUR_US, DAY_US, 3 * DAY_US]), select(vec![None, Some(0)])).prop_map(|(length_us, group_type)| {
            Math::ActiveActors { windows_us: vec![(0, length_us)], group_type }
        }),
        Just(Math::UniqueSessions),
        uniqueness().prop_map(|uniqueness| Math::UniqueGroups { group_type: 0, uniqueness }),
        select(vec![FirstOf::Events, FirstOf::MatchingEvents]).prop_map(Math::FirstTimePersons),
        (field(), function()).prop_map(|(field, function)| Math::Numbers { field, function }),
        function().prop_map(Math::CountPerPerson),
    ]
}

fn function() -> impl Strategy<Value = NumberFunction> {
    use NumberFunction::{Average, Maximum, Minimum, Quantile, Sum};
    select(vec![Sum, Average, Minimum, Maximum, Quantile(0.5), Quantile(0.75), Quantile(0.9), Quantile(0.99)])
}

fn breakdown() -> impl Strategy<Value = Breakdown> {
    let transform = select(vec![
        BreakdownTransform::Text,
        BreakdownTransform::Text,
        BreakdownTransform::NormalizedUrl,
        BreakdownTransform::Histogram { n_bins: 1 },
        BreakdownTransform::Histogram { n_bins: 3 },
    ]);
    let dimension = (field(), transform).prop_map(|(field, transform)| BreakdownDimension { field, transform });
    (vec(dimension, 1..4), 1..8_usize).prop_map(|(dimensions, limit)| Breakdown { dimensions, limit })
}
