//! The `hindsight` command: reads the command line, runs what it asks for, and ends with the exit status of that.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Queries take arrays of many megabytes and give them back, each on a thread of its own. The system's allocator returns such memory to the
/// system every time, and getting it again takes as long as many a query.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    hindsight::cli::main()
}
