//! Runs a [`BucketedAggregate`] over the columns that a store lends.

use insights_core::ids::ProjectId;

use super::groups::{self, Groups};
use super::hogql;
use super::kernels::active::RunInstants;
use super::kernels::first::{RunBuckets, keep_first, persons_in_one_cell};
use super::kernels::{self, RunCells, active, numbers, per_person, unique};
use super::rank::ranked_rows;
use crate::bucket_index::{BucketIndex, SKIP};
use crate::columns::{self, DistinctValues};
use crate::control::{HeldMemory, QueryControl, ROWS_A_CHECK};
use crate::error::QueryError;
use crate::field::{Field, ScanLayout};
use crate::plan::aggregate::{
    AggregateOutput, AggregateRow, AggregateSeries, Breakdown, BucketedAggregate, Buckets, Math, Uniqueness,
};
use crate::predicate::{RowFilter, RowMask};
use crate::scan::{EventColumn, EventSet, Run, Scan, ScanSource};

/// Runs `plan` over the events that `source` lends of `project`.
///
/// # Errors
/// As [`crate::source::EventSource::run`].
pub(crate) fn run(
    plan: &BucketedAggregate,
    project: ProjectId,
    source: &dyn ScanSource,
    control: &QueryControl,
) -> Result<AggregateOutput, QueryError> {
    let layout = layout(plan, project);
    // One scan for all series, so that they see the events of one instant; those of HogQL make their own.
    let scan = layout.scan(source, control)?;
    let series = plan.series.iter().map(|series| match &series.math {
        Math::Hogql(aggregate) => hogql::rows(plan, series, aggregate, project, source, control),
        _ => SeriesRun { plan, series, layout: &layout, scan: &scan, control }.rows(),
    });
    Ok(AggregateOutput { series: series.collect::<Result<_, _>>()? })
}

fn layout(plan: &BucketedAggregate, project: ProjectId) -> ScanLayout {
    let series: Vec<_> = plan.series.iter().filter(|series| !matches!(series.math, Math::Hogql(_))).collect();
    layout_of(plan, &series, project)
}

/// The layout for some of the series.
pub(super) fn layout_of(plan: &BucketedAggregate, series: &[&AggregateSeries], project: ProjectId) -> ScanLayout {
    let events = series.iter().map(|series| &series.events).fold(EventSet::Named(Default::default()), EventSet::union);
    // `None` is less than any instant: a series that looks at all time makes the whole scan do so.
    let from_us = series.iter().map(|series| scan_from_us(plan, series)).min().unwrap_or(Some(plan.from_us));
    let mut layout = ScanLayout::new(project, events, from_us, Some(plan.until_us));
    for series in series {
        series.predicate.need(&mut layout);
        for field in math_fields(&series.math) {
            layout.need(&field);
        }
    }
    for dimension in plan.breakdown.iter().flat_map(|breakdown| &breakdown.dimensions) {
        layout.need(&dimension.field);
    }
    layout
}

fn scan_from_us(plan: &BucketedAggregate, series: &AggregateSeries) -> Option<i64> {
    match &series.math {
        Math::FirstTimePersons(_) => None,
        Math::ActiveActors { windows_us, .. } => {
            Some(windows_us.first().map_or(plan.from_us, |&(from_us, _)| from_us.min(plan.from_us)))
        }
        _ => Some(plan.from_us),
    }
}

/// The fields that `math` reads, the first that has a value being the one that counts.
fn math_fields(math: &Math) -> Vec<Field> {
    match math {
        Math::Count
        | Math::UniquePersons(_)
        | Math::ActiveActors { group_type: None, .. }
        | Math::FirstTimePersons(_)
        | Math::CountPerPerson(_)
        | Math::Hogql(_) => Vec::new(),
        Math::UniqueSessions => vec![Field::Event(EventColumn::Property("$session_id".to_owned()))],
        Math::UniqueGroups { group_type, .. } | Math::ActiveActors { group_type: Some(group_type), .. } => {
            vec![Field::GroupKey(*group_type)]
        }
        Math::Numbers { field, .. } => vec![field.clone()],
    }
}

/// One series of a plan over one scan.
pub(super) struct SeriesRun<'a> {
    pub(super) plan: &'a BucketedAggregate,
    pub(super) series: &'a AggregateSeries,
    pub(super) layout: &'a ScanLayout,
    pub(super) scan: &'a Scan,
    pub(super) control: &'a QueryControl,
}

/// The events of a series and where they count.
pub(super) struct Located<'a> {
    pub(super) runs: Vec<&'a Run>,
    /// The cell of each row of each run, [`SKIP`] for rows that do not count.
    pub(super) cells: Vec<Vec<u32>>,
    pub(super) groups: Groups,
    /// The sessions or groups of the rows, where the math counts those.
    pub(super) values: DistinctValues,
    /// Holds what the cells take.
    _memory: HeldMemory,
}

impl<'a> SeriesRun<'a> {
    pub(super) fn rows(&self) -> Result<Vec<AggregateRow>, QueryError> {
        let located = self.locate()?;
        let numbers = self.compute(&located)?;
        Ok(rows(self.plan, self.series, &located.groups, numbers))
    }

    /// Finds the cell of each event.
    pub(super) fn locate(&self) -> Result<Located<'a>, QueryError> {
        let runs: Vec<&Run> = self.scan.runs.iter().filter(|run| self.series.events.contains(&run.event)).collect();
        let mut memory = HeldMemory::new(self.control);
        let values = self.distinct_values(&runs)?;
        let mut cells = self.buckets(&runs, &mut memory)?;
        self.skip_what_cannot_count(&runs, &mut cells, &values)?;
        let groups = match &self.plan.breakdown {
            None => Groups::single(),
            Some(breakdown) => self.assign_groups(&runs, &mut cells, breakdown, &mut memory)?,
        };
        let n_cells = groups.len().saturating_mul(self.plan.n_values());
        if n_cells >= SKIP as usize {
            return Err(QueryError::MemoryLimit { limit_bytes: self.control.limits().max_memory_bytes });
        }
        memory.grow::<f64>(n_cells)?;
        Ok(Located { runs, cells, groups, values, _memory: memory })
    }

    /// The bucket of each row of each run, [`SKIP`] for rows that do not count.
    fn buckets(&self, runs: &[&Run], memory: &mut HeldMemory) -> Result<Vec<Vec<u32>>, QueryError> {
        let index = self.bucket_index();
        let mut filter = RowFilter::new(&self.series.predicate, self.layout, self.scan);
        let mut buckets = Vec::with_capacity(runs.len());
        for run in runs {
            self.control.check()?;
            memory.grow::<u32>(run.len())?;
            // The mask itself is as long as the run, too.
            let mut mask_memory = HeldMemory::new(self.control);
            mask_memory.grow::<bool>(run.len())?;
            buckets.push(match (filter.mask(run, self.control)?, &index) {
                (RowMask::None, _) | (_, None) => vec![SKIP; run.len()],
                (RowMask::All, Some(index)) => index.of_rows(&run.timestamps, |_| true, self.control)?,
                (RowMask::Some(mask), Some(index)) => index.of_rows(&run.timestamps, |row| mask[row], self.control)?,
            });
        }
        Ok(buckets)
    }

    /// Skips rows that the math leaves out, so that no value of the breakdown comes from these alone.
    fn skip_what_cannot_count(
        &self,
        runs: &[&Run],
        cells: &mut [Vec<u32>],
        values: &DistinctValues,
    ) -> Result<(), QueryError> {
        match &self.series.math {
            Math::FirstTimePersons(of) => {
                let mut run_buckets: Vec<_> = runs
                    .iter()
                    .zip(cells)
                    .map(|(run, buckets)| RunBuckets { persons: &run.persons, timestamps: &run.timestamps, buckets })
                    .collect();
                keep_first(&mut run_buckets, *of, self.control)
            }
            Math::ActiveActors { windows_us, group_type } => skip_rows(runs, cells, self.control, |run, row| {
                active::windows_of(windows_us, runs[run].timestamps[row]).is_empty()
                    || group_type.is_some() && values.of_row(run, row, &runs[run].persons).is_none()
            }),
            Math::UniqueGroups { .. } => {
                skip_rows(runs, cells, self.control, |run, row| values.of_row(run, row, &runs[run].persons).is_none())
            }
            _ => Ok(()),
        }
    }

    /// The buckets of rows; `None` where there is none. First-time series have all earlier time before them, series with windows have
    /// one bucket for all that any window holds.
    fn bucket_index(&self) -> Option<BucketIndex> {
        let (from_us, until_us) = (self.plan.from_us, self.plan.until_us);
        let edges = match &self.plan.buckets {
            Buckets::Total => vec![from_us, until_us],
            Buckets::Edges(edges) => edges.clone(),
        };
        if edges.len() < 2 {
            return None;
        }
        Some(match &self.series.math {
            Math::ActiveActors { windows_us, .. } => {
                let from_us = windows_us.first()?.0;
                BucketIndex::new(vec![from_us, until_us.max(from_us)], from_us, until_us)
            }
            Math::FirstTimePersons(_) => {
                let start_us = from_us.max(edges[0]);
                let mut with_before = vec![i64::MIN, start_us];
                with_before.extend(edges[1..].iter().map(|&edge| edge.max(start_us)));
                BucketIndex::new(with_before, i64::MIN, until_us)
            }
            _ => BucketIndex::new(edges, from_us, until_us),
        })
    }

    /// Turns the buckets of rows into cells, and tells what their groups are.
    fn assign_groups(
        &self,
        runs: &[&Run],
        cells: &mut [Vec<u32>],
        breakdown: &Breakdown,
        memory: &mut HeldMemory,
    ) -> Result<Groups, QueryError> {
        let n_buckets = match self.series.math {
            // Their buckets are made by the kernel, from windows.
            Math::ActiveActors { .. } => 1,
            _ => self.plan.n_values(),
        };
        groups::assign(runs, cells, breakdown, n_buckets, (self.layout, self.scan), memory, self.control)
    }

    /// The number of each cell.
    pub(super) fn compute(&self, located: &Located<'_>) -> Result<Vec<f64>, QueryError> {
        let Located { runs, cells, groups, values, .. } = located;
        let control = self.control;
        let n_buckets = self.plan.n_values();
        let n_cells = groups.len() * n_buckets;
        let run_cells: Vec<RunCells<'_>> =
            runs.iter().zip(cells).map(|(run, cells)| RunCells { persons: &run.persons, cells }).collect();
        match &self.series.math {
            Math::Count => kernels::count(&run_cells, n_cells, control),
            Math::UniquePersons(Uniqueness::PerBucket) => {
                unique::persons(&run_cells, self.scan.persons.n_numbers, n_cells, control)
            }
            Math::UniquePersons(Uniqueness::PerRange) => {
                unique::persons_once_a_group(&run_cells, n_buckets, n_cells, control)
            }
            Math::ActiveActors { windows_us, group_type } => {
                let instants: Vec<_> = runs
                    .iter()
                    .zip(cells)
                    .map(|(run, groups)| RunInstants { persons: &run.persons, timestamps: &run.timestamps, groups })
                    .collect();
                match group_type {
                    None => active::persons(&instants, windows_us, groups.len(), control),
                    Some(_) => {
                        let group = |run: usize, row| values.of_row(run, row, &runs[run].persons);
                        active::values(&instants, group, windows_us, groups.len(), control)
                    }
                }
            }
            Math::UniqueSessions => {
                // Events without a session have the same, empty one.
                let session =
                    |run: usize, row| Some(values.of_row(run, row, &runs[run].persons).unwrap_or(columns::MISSING));
                unique::values(&run_cells, session, n_cells, control)
            }
            Math::UniqueGroups { uniqueness, .. } => {
                let group = |run: usize, row| values.of_row(run, row, &runs[run].persons);
                match uniqueness {
                    Uniqueness::PerBucket => unique::values(&run_cells, group, n_cells, control),
                    Uniqueness::PerRange => unique::values_once_a_group(&run_cells, group, n_buckets, n_cells, control),
                }
            }
            Math::FirstTimePersons(_) => {
                persons_in_one_cell(&run_cells, |left, right| groups.lesser(left, right, n_buckets), n_cells, control)
            }
            Math::Numbers { field, function } => {
                let mut memory = HeldMemory::new(control);
                let columns = columns::numbers(runs, field, (self.layout, self.scan), &mut memory)?;
                let number = |run: usize, row: usize| columns[run].of_row(row, runs[run].persons[row]);
                numbers::numbers(&run_cells, number, *function, n_cells, control)
            }
            Math::CountPerPerson(function) => per_person::counts(&run_cells, *function, n_cells, control),
            Math::Hogql(_) => unreachable!("what HogQL computes is not computed here"),
        }
    }

    /// The sessions or groups of the rows; nothing where the math reads neither.
    fn distinct_values(&self, runs: &[&Run]) -> Result<DistinctValues, QueryError> {
        match &self.series.math {
            math @ (Math::UniqueSessions
            | Math::UniqueGroups { .. }
            | Math::ActiveActors { group_type: Some(_), .. }) => {
                DistinctValues::new(runs, &math_fields(math), (self.layout, self.scan), self.control)
            }
            _ => Ok(DistinctValues::none()),
        }
    }
}

/// The rows of a series, of the number of each cell.
pub(super) fn rows(
    plan: &BucketedAggregate,
    series: &AggregateSeries,
    groups: &Groups,
    numbers: Vec<f64>,
) -> Vec<AggregateRow> {
    let Some(breakdown) = &plan.breakdown else {
        return vec![AggregateRow { breakdown: Vec::new(), values: numbers }];
    };
    let n_values = plan.n_values().max(1);
    // A person whose first events differ in the breakdown counts for one of the values only, and may leave others without anybody.
    let is_first_time = matches!(series.math, Math::FirstTimePersons(_));
    let has_row = |values: &[f64]| !is_first_time || values.iter().any(|&value| value != 0.0);
    let among = (0_u32..).zip(numbers.chunks_exact(n_values)).filter(|(_, values)| has_row(values));
    ranked_rows(groups, among.map(|(group, _)| group), &numbers, breakdown.limit, plan.buckets == Buckets::Total)
}

/// Skips the rows of which `skips` says so, given run and row.
fn skip_rows(
    runs: &[&Run],
    cells: &mut [Vec<u32>],
    control: &QueryControl,
    skips: impl Fn(usize, usize) -> bool,
) -> Result<(), QueryError> {
    for (run, cells) in (0..runs.len()).zip(cells) {
        for (row, cell) in cells.iter_mut().enumerate() {
            if row % ROWS_A_CHECK == 0 {
                control.check()?;
            }
            if *cell != SKIP && skips(run, row) {
                *cell = SKIP;
            }
        }
    }
    Ok(())
}
