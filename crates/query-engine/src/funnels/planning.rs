//! What a `FunnelsQuery` asks for, with everything decided.

use crate::answer::QueryContext;
use crate::dates::{Buckets, QueryDates};
use crate::error::QueryError;
use crate::expressions::EventValue;
use crate::nodes::{
    Attribution as AttributionNode, BreakdownFilter, Entity, FunnelExclusion, FunnelOrder, FunnelVisual, FunnelsFilter,
    FunnelsQuery, Math,
};
use crate::plan::sequence::{
    Actor, Attribution, Exclusion, Occurrence, SequenceBreakdown, SequenceMatch, SequenceMeasure, SequenceOrder,
    SequenceStep,
};
use crate::predicate::Predicate;
use crate::sampling;

/// How many values of a breakdown stand for themselves where the query does not say.
const DEFAULT_BREAKDOWN_LIMIT: usize = 25;

const MICROSECONDS_A_SECOND: i64 = 1_000_000;

/// The plan of `query` over the range `dates`; `buckets` are those of the range, for [`FunnelVisual::Trends`].
///
/// # Errors
/// [`QueryError::Invalid`] and [`QueryError::Unsupported`] with the path of what is wrong or not answered.
pub(super) fn plan(
    query: &FunnelsQuery,
    context: &QueryContext,
    dates: &QueryDates,
    buckets: Option<&Buckets>,
) -> Result<SequenceMatch, QueryError> {
    check(query)?;
    let funnels = &query.funnels;
    let (from_step, to_step) = part(funnels, query.series.len())?;
    // what comes after the step that trends end with has no part in them
    let n_steps = if funnels.visual == FunnelVisual::Trends { to_step + 1 } else { query.series.len() };
    let steps = query.series[..n_steps].iter().map(|entity| step(entity, context));
    let exclusions = funnels.exclusions.iter().filter(|exclusion| exclusion.from_step + 1 < n_steps);
    let measure = match (funnels.visual, buckets) {
        (FunnelVisual::Trends, Some(buckets)) => {
            SequenceMeasure::Rates { edges_us: buckets.edges().to_vec(), from_step }
        }
        (FunnelVisual::TimeToConvert, _) => {
            let n_bins = funnels.bin_count.map(|n_bins| u32::try_from(n_bins).unwrap_or(u32::MAX));
            SequenceMeasure::Durations { from_step, to_step, n_bins }
        }
        (FunnelVisual::Steps | FunnelVisual::Trends, _) => SequenceMeasure::Steps,
    };
    Ok(SequenceMatch {
        steps: steps.collect::<Result<_, _>>()?,
        exclusions: exclusions.map(|of| exclusion(of, n_steps, context)).collect::<Result<_, _>>()?,
        order: match funnels.order {
            FunnelOrder::Ordered => SequenceOrder::Ordered,
            FunnelOrder::Strict => SequenceOrder::Strict,
            FunnelOrder::Unordered => SequenceOrder::Unordered,
        },
        window_us: funnels.window.seconds.saturating_mul(MICROSECONDS_A_SECOND),
        predicate: Predicate::all([
            sampling::predicate(query.sampling_factor),
            query.filters.of_query(query.filters_test_accounts, context)?,
        ]),
        from_us: dates.range.from.timestamp_micros(),
        until_us: dates.range.from.timestamp_micros().max(dates.range.to.timestamp_micros() + 1),
        actor: actor(query, context)?,
        breakdown: match &query.breakdown {
            // times to convert are of everybody, as in PostHog
            Some(filter) if funnels.visual != FunnelVisual::TimeToConvert => {
                Some(breakdown(filter, query, n_steps, context)?)
            }
            _ => None,
        },
        measure,
    })
}

/// Refuses what cannot be a funnel.
fn check(query: &FunnelsQuery) -> Result<(), QueryError> {
    let n_steps = query.series.len();
    if n_steps < 2 {
        return Err(QueryError::invalid("series", "a funnel needs at least two steps"));
    }
    if n_steps > SequenceMatch::MAX_STEPS {
        let message = format!("a funnel has at most {} steps", SequenceMatch::MAX_STEPS);
        return Err(QueryError::invalid("series", message));
    }
    for (index, entity) in query.series.iter().enumerate().filter(|(_, entity)| entity.is_optional_step) {
        let refused = if index == 0 {
            "the first step cannot be optional; make it a required one"
        } else if query.funnels.order == FunnelOrder::Unordered {
            "the steps of an unordered funnel cannot be optional; choose another funnelOrderType"
        } else if query.funnels.visual != FunnelVisual::Steps {
            "only a funnel that shows its steps can have optional ones; choose the funnelVizType steps"
        } else if query.series.get(index + 1).is_some_and(|next| !next.is_optional_step && next.includes(entity)) {
            "an optional step cannot be the same as the required one after it, which would have all of its events"
        } else {
            continue;
        };
        return Err(QueryError::invalid(format!("{}.optionalInFunnel", entity.path), refused));
    }
    query.funnels.exclusions.iter().try_for_each(|exclusion| check_exclusion(exclusion, query))
}

fn check_exclusion(exclusion: &FunnelExclusion, query: &FunnelsQuery) -> Result<(), QueryError> {
    let last = query.series.len() - 1;
    let (from, to) = (exclusion.from_step, exclusion.to_step);
    let path = &exclusion.entity.path;
    if from >= to {
        let message = format!("an exclusion ends after the step it begins with: give more than {from}");
        return Err(QueryError::invalid(format!("{path}.funnelToStep"), message));
    }
    if to > last {
        let message = format!("an exclusion ends with a step of the funnel: give at most {last}");
        return Err(QueryError::invalid(format!("{path}.funnelToStep"), message));
    }
    if query.funnels.order == FunnelOrder::Unordered && (from, to) != (0, last) {
        let message = format!(
            "an exclusion of an unordered funnel is for all of it: give funnelFromStep 0 and funnelToStep {last}"
        );
        return Err(QueryError::invalid(path, message));
    }
    if let Some(step) = query.series[from..=to].iter().find(|step| step.includes(&exclusion.entity)) {
        let message =
            format!("the event of an exclusion cannot be one of the steps that it lies between ({})", step.path);
        return Err(QueryError::invalid(path, message));
    }
    Ok(())
}

/// The steps that trends and times to convert begin and end with; what is said of them must be right for other funnels too.
fn part(funnels: &FunnelsFilter, n_steps: usize) -> Result<(usize, usize), QueryError> {
    let last = n_steps - 1;
    let (from, to) = (funnels.from_step.unwrap_or(0), funnels.to_step.unwrap_or(last));
    if to > last {
        let message = format!("the last step has the number {last}");
        return Err(QueryError::invalid("funnelsFilter.funnelToStep", message));
    }
    if from >= to {
        let message = format!("the conversion begins before it ends: give less than {to}");
        return Err(QueryError::invalid("funnelsFilter.funnelFromStep", message));
    }
    Ok(if funnels.visual == FunnelVisual::Steps { (0, last) } else { (from, to) })
}

fn step(entity: &Entity, context: &QueryContext) -> Result<SequenceStep, QueryError> {
    let selection = entity.selection(context)?;
    Ok(SequenceStep {
        events: selection.events,
        predicate: selection.predicate,
        // a funnel counts actors, whatever else its series are said to count
        occurrence: match entity.math {
            Some(Math::FirstTimeForUser) => Occurrence::FirstEvent,
            Some(Math::FirstMatchingEventForUser) => Occurrence::FirstMatchingEvent,
            _ => Occurrence::Any,
        },
        is_optional: entity.is_optional_step,
    })
}

fn exclusion(exclusion: &FunnelExclusion, n_steps: usize, context: &QueryContext) -> Result<Exclusion, QueryError> {
    let selection = exclusion.entity.selection(context)?;
    Ok(Exclusion {
        events: selection.events,
        predicate: selection.predicate,
        from_step: exclusion.from_step,
        to_step: exclusion.to_step.min(n_steps - 1),
    })
}

fn actor(query: &FunnelsQuery, context: &QueryContext) -> Result<Actor, QueryError> {
    if let Some(group_type) = query.aggregation_group_type {
        return Ok(Actor::group(group_type));
    }
    let Some(expression) = &query.funnels.aggregate_by_hogql else { return Ok(Actor::Person) };
    Ok(match expression.value(context)? {
        EventValue::Person => Actor::Person,
        EventValue::Field(field) => Actor::Value(vec![field]),
    })
}

fn breakdown(
    filter: &BreakdownFilter,
    query: &FunnelsQuery,
    n_steps: usize,
    context: &QueryContext,
) -> Result<SequenceBreakdown, QueryError> {
    if let Some(cohorts) = filter.resolved_cohorts(context)? {
        let limit = cohorts.len();
        let attribution = Attribution::FirstTouch;
        return Ok(SequenceBreakdown { fields: Vec::new(), normalizes_urls: false, attribution, cohorts, limit });
    }
    // a funnel has no ranges of numbers: what is said of them is for other insights
    let fields = filter.breakdowns.iter().map(|breakdown| breakdown.field(context));
    Ok(SequenceBreakdown {
        cohorts: Vec::new(),
        fields: fields.collect::<Result<_, _>>()?,
        normalizes_urls: filter.breakdowns.iter().any(|breakdown| breakdown.normalizes_url),
        attribution: attribution(query, n_steps)?,
        limit: filter.limit.unwrap_or(DEFAULT_BREAKDOWN_LIMIT),
    })
}

fn attribution(query: &FunnelsQuery, n_steps: usize) -> Result<Attribution, QueryError> {
    let path = "funnelsFilter.breakdownAttributionValue";
    match query.funnels.attribution {
        AttributionNode::FirstTouch => Ok(Attribution::FirstTouch),
        AttributionNode::LastTouch => Ok(Attribution::LastTouch),
        AttributionNode::AllEvents => Ok(Attribution::AllEvents),
        AttributionNode::Step(step) if step >= query.series.len() => {
            let message = format!("the last step has the number {}", query.series.len() - 1);
            Err(QueryError::invalid(path, message))
        }
        AttributionNode::Step(step) if step > 0 && query.funnels.order == FunnelOrder::Unordered => {
            Err(QueryError::invalid(path, "an unordered funnel can be attributed to its first step alone: give 0"))
        }
        AttributionNode::Step(step) if step >= n_steps => {
            Err(QueryError::unsupported(path, "attribution to a step after funnelToStep"))
        }
        AttributionNode::Step(step) => Ok(Attribution::Step(step)),
    }
}
