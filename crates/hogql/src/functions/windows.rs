//! Functions of neighbouring rows. Aggregates are such functions too, with `OVER`.

use super::{FLOAT, Function, Gives, Kind, Take, UINT};

const fn window(name: &'static str, takes: &'static [Take], gives: Gives) -> Function {
    Function::new(name, Kind::Window, takes, gives).sees_nulls()
}

pub(super) const FUNCTIONS: &[Function] = &[
    window("row_number", &[], UINT).aka(&["rowNumber"]),
    window("rank", &[], UINT),
    window("dense_rank", &[], UINT).aka(&["denseRank"]),
    window("percent_rank", &[], FLOAT),
    window("cume_dist", &[], FLOAT),
    window("ntile", &[Take::Int], UINT),
    // Value, how many rows away (1), and what there is where there is no such row: null. The frame does not matter.
    window("lag", &[Take::Same, Take::Int, Take::Any], Gives::Resolved).at_least(1),
    window("lead", &[Take::Same, Take::Int, Take::Any], Gives::Resolved).at_least(1),
    // The same within the frame, and the default of the type where there is no such row.
    window("lagInFrame", &[Take::Same, Take::Int, Take::Any], Gives::Resolved).at_least(1),
    window("leadInFrame", &[Take::Same, Take::Int, Take::Any], Gives::Resolved).at_least(1),
    // Of the frame; the first and the last pass over nulls. Null or the default of the type where the frame has no such row.
    window("first_value", &[Take::Same], Gives::Argument(0)).aka(&["firstValue"]),
    window("last_value", &[Take::Same], Gives::Argument(0)).aka(&["lastValue"]),
    window("nth_value", &[Take::Same, Take::Int], Gives::Argument(0)).aka(&["nthValue"]),
];
