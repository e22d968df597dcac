//! `lagInFrame` and `leadInFrame` where the frame of a row may not have the row that is looked for.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDFImpl};

/// The value of a row so many behind or ahead, of a frame. Takes the value, the distance and what there is where there is no such row.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct InFrame {
    is_ahead: bool,
    /// Whether rows outside of the frame cannot be seen.
    keeps_to_frame: bool,
    gives: DataType,
    signature: Signature,
}

impl InFrame {
    pub(super) fn new(is_ahead: bool, keeps_to_frame: bool, gives: DataType) -> Self {
        Self { is_ahead, keeps_to_frame, gives, signature: Signature::any(3, Volatility::Immutable) }
    }
}

impl WindowUDFImpl for InFrame {
    fn name(&self) -> &str {
        match (self.is_ahead, self.keeps_to_frame) {
            (true, true) => "leadInFrame",
            (false, true) => "lagInFrame",
            (true, false) => "leadOr",
            (false, false) => "lagOr",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _args: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Neighbour { row: 0, is_ahead: self.is_ahead, keeps_to_frame: self.keeps_to_frame }))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), self.gives.clone(), true)))
    }
}

/// Goes through the rows of one partition.
#[derive(Debug)]
struct Neighbour {
    /// The row that is asked for next: frames come in the order of the rows, one for each.
    row: usize,
    is_ahead: bool,
    keeps_to_frame: bool,
}

impl PartitionEvaluator for Neighbour {
    fn uses_window_frame(&self) -> bool {
        true
    }

    fn evaluate(&mut self, values: &[ArrayRef], frame: &Range<usize>) -> Result<ScalarValue> {
        let row = self.row;
        self.row += 1;
        let distance = match ScalarValue::try_from_array(&values[1], row)? {
            ScalarValue::Int64(Some(distance)) => usize::try_from(distance).unwrap_or(usize::MAX),
            _ => 0,
        };
        let wanted = if self.is_ahead { row.checked_add(distance) } else { row.checked_sub(distance) };
        let is_seen = |wanted: &usize| *wanted < values[0].len() && (!self.keeps_to_frame || frame.contains(wanted));
        match wanted.filter(is_seen) {
            Some(wanted) => ScalarValue::try_from_array(&values[0], wanted),
            None => ScalarValue::try_from_array(&values[2], row),
        }
    }
}
