//! Which records a request is about.

mod conditions;

use std::ops::Range;

use query_engine::answer::QueryContext;
use query_engine::dates::span_of_text;
use query_engine::error::QueryError;
use query_engine::nodes::reader::Reader;

use self::conditions::ConditionReader;
use crate::filter::{Condition, LevelSet, LogFilter};
use crate::record::Level;

/// Every instant that OpenTelemetry can tell, in microseconds since 1970 UTC: nanoseconds in 64 bits without a sign.
pub const ALL_TIME: Range<i64> = 0..18_446_744_073_709_552;

/// Length of the range of a request that has none.
const DEFAULT_RANGE_US: i64 = 3_600_000_000;
/// Most services that a request may name.
const MAX_SERVICES: usize = 1_000;
/// Longest name of an attribute or a service.
pub(super) const MAX_KEY_CHARACTERS: usize = 1_000;
/// Longest text that is searched for or compared with.
pub(super) const MAX_VALUE_CHARACTERS: usize = 10_000;

const WHAT_DATES_ARE: &str = "a date (2024-02-29), a date with a time (2024-02-29T13:05:00, in the project's zone unless one follows), \
                              or a relative date (-1h, -30M, -7d, dStart)";

/// Reads `dateRange`, `severityLevels`, `serviceNames`, `searchTerm` and `filterGroup` of an object.
pub(super) fn read(node: &Reader<'_>, context: &QueryContext) -> Result<LogFilter, QueryError> {
    Ok(LogFilter {
        range: read_range(node.get("dateRange"), context)?,
        levels: read_levels(node)?,
        services: read_services(node)?,
        search: node
            .get("searchTerm")
            .map(|term| bounded_text(&term, MAX_VALUE_CHARACTERS))
            .transpose()?
            .unwrap_or_default(),
        group: match node.get("filterGroup") {
            None => Condition::always(),
            Some(group) => ConditionReader::new(context).read(&group)?,
        },
    })
}

/// A text that is no longer than that.
pub(super) fn bounded_text(node: &Reader<'_>, max_characters: usize) -> Result<String, QueryError> {
    check_length(node, node.text()?, max_characters)
}

fn check_length(node: &Reader<'_>, text: &str, max_characters: usize) -> Result<String, QueryError> {
    if text.chars().count() > max_characters {
        return Err(node.invalid(format!("has more than {max_characters} characters; shorten it")));
    }
    Ok(text.to_owned())
}

/// From `date_from`, an hour before the end where there is none, to `date_to`, now where there is none. Both are meant to the microsecond,
/// but for dates without a time: these are whole days.
fn read_range(node: Option<Reader<'_>>, context: &QueryContext) -> Result<Range<i64>, QueryError> {
    let date = |key: &str| -> Result<Option<Range<i64>>, QueryError> {
        let Some(node) = &node else { return Ok(None) };
        let Some(date) = node.object()?.get(key).filter(Reader::is_not_blank) else { return Ok(None) };
        match date.text()? {
            "all" if key == "date_from" => Ok(Some(ALL_TIME)),
            text => span_of_text(text, context).map(Some).ok_or_else(|| date.wrong(WHAT_DATES_ARE)),
        }
    };
    let from = date("date_from")?;
    let until = date("date_to")?.map_or(context.now.timestamp_micros() + 1, |span| span.end);
    let from = from.map_or(until - 1 - DEFAULT_RANGE_US, |span| span.start);
    Ok(from..until.max(from))
}

fn read_levels(node: &Reader<'_>) -> Result<LevelSet, QueryError> {
    let Some(list) = node.get("severityLevels") else { return Ok(LevelSet::ALL) };
    let names = Level::ALL.map(|level| (level.name(), level));
    // Each level twice would be a mistake already; clients that send it are understood all the same.
    let levels = list.list(2 * names.len())?.iter().map(|level| level.choice(&names)).collect::<Result<Vec<_>, _>>()?;
    Ok(if levels.is_empty() { LevelSet::ALL } else { LevelSet::of(&levels) })
}

fn read_services(node: &Reader<'_>) -> Result<Vec<String>, QueryError> {
    let Some(list) = node.get("serviceNames") else { return Ok(Vec::new()) };
    list.list(MAX_SERVICES)?.iter().map(|name| bounded_text(name, MAX_KEY_CHARACTERS)).collect()
}
