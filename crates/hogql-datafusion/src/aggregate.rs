//! Functions of the rows of a group.
//!
//! A function is written on all values of a group at once; its accumulators gather them. Where a running total will do, [`crate::lower`]
//! takes DataFusion's own, and [`distinct`] counts different values.

mod distinct;
mod gather;
mod lists;
mod maps;
mod numbers;
mod pairs;
mod picks;
mod sequences;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, GroupsAccumulator, Signature};
use hogql::types::Type;

use crate::aggregate::distinct::{DistinctGroups, DistinctRows};
use crate::aggregate::gather::{GatheredGroups, GatheredRows};
use crate::datum::Datum;
use crate::scalar::any_arguments;
use crate::types::{data_type, item_field};

/// What a function knows besides the values.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its parameters.
    pub(crate) params: Vec<Datum<'static>>,
    /// The types of its arguments.
    pub(crate) takes: Vec<Type>,
    /// The type of its value.
    pub(crate) gives: Type,
    /// Whether equal arguments count once.
    pub(crate) is_distinct: bool,
}

/// A function of a group: of the values of each argument, row by row. What is null for want of rows is null.
pub(crate) type GroupFunction = for<'a> fn(&Call, &[Vec<Datum<'a>>]) -> Result<Datum<'a>>;

/// How an aggregate is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    function: GroupFunction,
    /// Whether rows with a null in an argument count.
    sees_nulls: bool,
    /// Whether the result depends on the order of the rows.
    pub(crate) is_ordered: bool,
}

impl Kernel {
    /// The value of a group of these rows.
    fn value<'a>(&self, call: &Call, mut args: Vec<Vec<Datum<'a>>>) -> Result<Datum<'a>> {
        if call.is_distinct {
            let n_rows = args.first().map_or(0, Vec::len);
            let rows: Vec<_> =
                (0..n_rows).map(|row| Datum::Tuple(args.iter().map(|arg| arg[row].clone()).collect())).collect();
            let rows = crate::scalar::distinct(&rows);
            for (index, arg) in args.iter_mut().enumerate() {
                *arg = rows.iter().map(|row| row.items()[index].clone()).collect();
            }
        }
        (self.function)(call, &args)
    }
}

/// The kernel of an aggregate of the catalogue; `None` where there is none of that name, or [`crate::lower`] does it.
pub(crate) fn kernel(name: &str) -> Option<Kernel> {
    const TOPICS: [fn(&str) -> Option<Kernel>; 5] =
        [lists::kernel, maps::kernel, numbers::kernel, picks::kernel, sequences::kernel];
    TOPICS.iter().find_map(|topic| topic(name))
}

/// Of values that are not null, in any order.
fn unordered(function: GroupFunction) -> Option<Kernel> {
    Some(Kernel { function, sees_nulls: false, is_ordered: false })
}

/// Of values that are not null, in their order.
fn ordered(function: GroupFunction) -> Option<Kernel> {
    Some(Kernel { function, sees_nulls: false, is_ordered: true })
}

/// Of all values, in any order.
fn seeing(function: GroupFunction) -> Option<Kernel> {
    Some(Kernel { function, sees_nulls: true, is_ordered: false })
}

/// An aggregate as DataFusion calls it.
#[derive(Debug)]
pub(crate) struct GroupAggregate {
    name: &'static str,
    /// The name with its parameters: DataFusion takes calls that read alike to be the same one.
    shown: String,
    call: Arc<Call>,
    kernel: Kernel,
    signature: Signature,
}

impl GroupAggregate {
    pub(crate) fn new(name: &'static str, call: Call, kernel: Kernel) -> Self {
        let signature = any_arguments(call.takes.len());
        let shown = format!("{name}{:?}{}", call.params, if call.is_distinct { "distinct" } else { "" });
        Self { name, shown, call: Arc::new(call), kernel, signature }
    }

    fn counts_distinct(&self) -> bool {
        self.name == "uniqExact"
    }

    fn takes(&self) -> Vec<DataType> {
        self.call.takes.iter().map(data_type).collect()
    }
}

impl PartialEq for GroupAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.call.params == other.call.params
            && self.call.takes == other.call.takes
            && self.call.gives == other.call.gives
            && self.call.is_distinct == other.call.is_distinct
    }
}

impl Eq for GroupAggregate {}

impl Hash for GroupAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.call.takes, &self.call.gives).hash(state);
    }
}

impl AggregateUDFImpl for GroupAggregate {
    fn name(&self) -> &str {
        &self.shown
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(data_type(&self.call.gives))
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if self.counts_distinct() {
            return Ok(Box::new(DistinctRows::new(self.takes())?));
        }
        self.create_sliding_accumulator(args)
    }

    fn create_sliding_accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(GatheredRows::new(Arc::clone(&self.call), self.kernel)))
    }

    /// A list of the values of each argument.
    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let lists = self.takes().into_iter().zip(1..).map(|(ty, position)| {
            Arc::new(Field::new(format!("{}[{position}]", args.name), DataType::List(Arc::new(item_field(ty))), true))
        });
        Ok(lists.collect())
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(if self.counts_distinct() {
            Box::new(DistinctGroups::new(self.takes())?)
        } else {
            Box::new(GatheredGroups::new(Arc::clone(&self.call), self.kernel))
        })
    }
}
