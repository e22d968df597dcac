//! How far a command is: a bar on a terminal, a line now and then elsewhere. On standard error, so that answers stay clean.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Lines printed at most where standard error is no terminal.
const PLAIN_LINES: u64 = 10;

/// The progress of one command towards a known end.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    total: u64,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    Lines { printed: u64 },
}

impl Progress {
    /// Progress in bytes, of `total`.
    pub(crate) fn of_bytes(what: &'static str, total: u64) -> Self {
        Self::new(what, total, "{prefix} {wide_bar} {bytes}/{total_bytes} {msg} {eta}")
    }

    /// Progress in items of some kind, of `total`.
    pub(crate) fn of_items(what: &'static str, total: u64) -> Self {
        Self::new(what, total, "{prefix} {wide_bar} {pos}/{len} {msg}")
    }

    fn new(what: &'static str, total: u64, template: &str) -> Self {
        let shown = if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(template).expect("the templates are constants and valid");
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            Shown::Bar(bar.with_style(style).with_prefix(what))
        } else {
            Shown::Lines { printed: 0 }
        };
        Self { what, total, shown }
    }

    /// Shows that `done` of the total is done.
    pub(crate) fn set(&mut self, done: u64, message: impl FnOnce() -> String) {
        match &mut self.shown {
            Shown::Bar(bar) => {
                bar.set_position(done.min(self.total));
                bar.set_message(message());
            }
            Shown::Lines { printed } => {
                let share = u128::from(done) * u128::from(PLAIN_LINES) / u128::from(self.total.max(1));
                let tenth = u64::try_from(share).unwrap_or(PLAIN_LINES);
                if tenth > *printed {
                    *printed = tenth;
                    let percent = (tenth * 100 / PLAIN_LINES).min(100);
                    // A closed standard error is no reason to stop.
                    let _ = writeln!(std::io::stderr(), "{} {percent}% {}", self.what, message());
                }
            }
        }
    }

    /// Prints a line beside the progress.
    pub(crate) fn note(&self, line: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.println(line),
            Shown::Lines { .. } => {
                let _ = writeln!(std::io::stderr(), "{line}");
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Shown::Bar(bar) = self.shown {
            bar.finish_and_clear();
        }
    }
}
