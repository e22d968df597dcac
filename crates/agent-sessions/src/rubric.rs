//! What makes a sub-session good: one module a question.

pub mod checks;
pub mod evidence;
pub mod grade;
pub mod intent;
pub mod pes;
pub mod rework;
pub mod text;
