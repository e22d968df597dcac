//! Who is behind the numbers of retention.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::execute::{for_each_reach, run_on};
use super::{intervals, planning, range, shape};
use crate::actors::found::{FoundActor, Who};
use crate::answer::QueryContext;
use crate::control::{HeldMemory, QueryControl};
use crate::error::QueryError;
use crate::field::ScanLayout;
use crate::first_event::first_event;
use crate::nodes::{RetentionPart as PartNode, RetentionQuery};
use crate::plan::actors::{Behind, RetentionPart, WantedValue};
use crate::plan::retention::{RetentionMatrix, RetentionValue};
use crate::scan::Scan;
use crate::source::EventSource;

/// The actors of a row of `plan`, each once. `scan` was made for [`super::execute::layout`].
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn find(
    plan: &RetentionMatrix,
    part: &RetentionPart,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<FoundActor>, QueryError> {
    let mut memory = HeldMemory::new(control);
    // the columns of each actor under each value
    let mut hits: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
    let names = for_each_reach(plan, scanned, control, |actor, reach| {
        if reach.row as usize == part.row {
            memory.grow::<([u32; 2], Vec<u32>)>(1)?;
            memory.grow::<u32>(reach.columns.len())?;
            hits.entry((actor, reach.value)).or_default().extend(reach.columns.iter().map(|reached| reached.column));
        }
        Ok(())
    })?;
    let named = match &part.value {
        Some(WantedValue::Other) => named_values(plan, scanned, control)?,
        Some(WantedValue::Texts(_)) | None => Vec::new(),
    };
    let is_wanted = |value: u32| {
        let text = &names.values[value as usize];
        match &part.value {
            None => true,
            Some(WantedValue::Texts(wanted)) => wanted.first() == Some(text),
            Some(WantedValue::Other) => !named.contains(text),
        }
    };
    let mut columns_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for ((actor, value), columns) in hits {
        if is_wanted(value) {
            columns_of.entry(actor).or_default().extend(columns);
        }
    }
    let found = columns_of.into_iter().map(|(actor, mut columns)| {
        columns.sort_unstable();
        columns.dedup();
        let who = names.actors.as_ref().map_or(Who::Person(actor), |texts| Who::Value(texts.text(actor)));
        FoundActor { appearances: Some(columns), ..FoundActor::new(who) }
    });
    Ok(found.collect())
}

/// The values that stand for themselves.
fn named_values(
    plan: &RetentionMatrix,
    scanned: (&ScanLayout, &Scan),
    control: &QueryControl,
) -> Result<Vec<Arc<str>>, QueryError> {
    let values = run_on(plan, scanned, control)?.values.into_iter();
    let texts = values.filter_map(|of| match of.value {
        RetentionValue::Text(text) => Some(text),
        RetentionValue::Other => None,
    });
    Ok(texts.collect())
}

/// The actors of the row of `query` that `part` names.
///
/// # Errors
/// As [`super::answer`]; [`QueryError::Invalid`] for a row that there is not.
pub(crate) async fn behind(
    query: &RetentionQuery,
    part: &PartNode,
    context: &QueryContext,
    source: &dyn EventSource,
    control: &QueryControl,
) -> Result<Behind, QueryError> {
    let first_event = first_event(&query.date_range, context, source, control).await?;
    let range = range(query, context, first_event);
    let rows = intervals::rows(query, range, context)?;
    let planned = intervals::planned(query, &rows, range, context)?;
    let plan = planning::plan(query, context, planned, rows.len())?;
    if part.row >= plan.n_rows {
        let message = format!("the insight has {} intervals, the first of which is 0", plan.n_rows);
        return Err(QueryError::invalid(format!("{}interval", part.prefix()), message));
    }
    let value = part.breakdown.as_ref().filter(|_| plan.breakdown.is_some()).map(|texts| match &texts[..] {
        [text] if text == shape::OTHER => WantedValue::Other,
        texts => WantedValue::Texts(texts.iter().map(|text| text.as_str().into()).collect()),
    });
    Ok(Behind::Retention { plan: Box::new(plan), part: RetentionPart { row: part.row, value } })
}
