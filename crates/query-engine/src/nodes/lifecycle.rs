//! `LifecycleQuery`.

use insights_core::time::Interval;

use crate::dates::DateRange;
use crate::error::QueryError;
use crate::filters::PropertyFilters;
use crate::nodes::entity::Entity;
use crate::nodes::reader::Reader;
use crate::nodes::trends::{read_date_range, read_filters, read_series};
use crate::nodes::{read_flag, read_group_type, read_interval, read_sampling_factor};

/// The most lifecycles that may be toggled: each state twice.
const MAX_TOGGLED: usize = 8;

/// Who is new, who stays, who comes back and who is gone.
///
/// Which of these a chart shows (`lifecycleFilter.toggledLifecycles`) is the client's business: an answer has all four.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleQuery {
    /// What counts as activity; at least one, and of more than one there is no answer.
    pub series: Vec<Entity>,
    /// The length of the intervals.
    pub interval: Interval,
    /// Over which time.
    pub date_range: DateRange,
    /// Conditions on the events.
    pub filters: PropertyFilters,
    /// Whether the project's filter against its own staff applies too.
    pub filters_test_accounts: bool,
    /// The part of the persons that is looked at; `None` for all.
    pub sampling_factor: Option<f64>,
    /// Whose activity is counted: groups of that type instead of persons.
    pub aggregation_group_type: Option<u8>,
}

impl LifecycleQuery {
    pub(crate) fn read(node: &Reader<'_>) -> Result<Self, QueryError> {
        if let Some(filter) = node.get("lifecycleFilter") {
            check_filter(&filter)?;
        }
        Ok(Self {
            series: read_series(node, 1)?,
            interval: read_interval(node)?,
            date_range: read_date_range(node)?,
            filters: read_filters(node)?,
            filters_test_accounts: read_flag(node, "filterTestAccounts")?,
            sampling_factor: read_sampling_factor(node)?,
            aggregation_group_type: read_group_type(node, "aggregation_group_type_index")?,
        })
    }
}

/// That what a chart is told to show is there to be shown.
fn check_filter(filter: &Reader<'_>) -> Result<(), QueryError> {
    let Some(toggled) = filter.object()?.get("toggledLifecycles") else { return Ok(()) };
    let states = ["new", "returning", "resurrecting", "dormant"].map(|state| (state, ()));
    toggled.list(MAX_TOGGLED)?.iter().try_for_each(|state| state.choice(&states))
}
