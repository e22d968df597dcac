//! How far a recording is, and which moves between states there are.

use insights_core::problem::Problem;

/// How far a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Asked for, and not begun.
    Pending,
    /// Being recorded.
    Recording,
    /// Recorded; the video is on its way.
    Uploading,
    /// The video has come, and is being worked on.
    Processing,
    /// Everything is there.
    Ready,
    /// Something went wrong; `error_message` says what.
    Error,
}

use Status::{Error, Pending, Processing, Ready, Recording, Uploading};

/// From each state, the states that may follow. A client that does not tell of every state skips some; an upload that failed may be tried again; what is
/// ready stays ready.
const MOVES: [(Status, &[Status]); 6] = [
    (Pending, &[Recording, Uploading, Processing, Ready, Error]),
    (Recording, &[Uploading, Processing, Ready, Error]),
    (Uploading, &[Processing, Ready, Error]),
    (Processing, &[Ready, Error]),
    (Ready, &[]),
    (Error, &[Uploading, Processing, Ready]),
];

impl Status {
    /// All states, in their order.
    pub const ALL: [Self; 6] = [Pending, Recording, Uploading, Processing, Ready, Error];

    /// The text on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Pending => "pending",
            Recording => "recording",
            Uploading => "uploading",
            Processing => "processing",
            Ready => "ready",
            Error => "error",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Reads what a client sent as `status`.
    ///
    /// # Errors
    /// A refusal that names `status`.
    pub fn read(name: &str) -> Result<Self, Problem> {
        Self::from_name(name).ok_or_else(|| Problem::invalid_choice("status", name))
    }

    /// The states that may follow.
    pub fn next(self) -> &'static [Self] {
        let (_, next) = MOVES.iter().find(|(from, _)| *from == self).expect("every state has a row");
        next
    }

    /// Refuses a move that there is not. Staying is always possible.
    ///
    /// # Errors
    /// A refusal that names `status` and says what would be possible.
    pub fn check_move(self, to: Self) -> Result<(), Problem> {
        if self == to || self.next().contains(&to) {
            return Ok(());
        }
        let next: Vec<&str> = self.next().iter().map(|status| status.name()).collect();
        let possible = if next.is_empty() { "no other status".to_owned() } else { next.join(", ") };
        let detail =
            format!("A recording that is {} cannot become {}; possible is {possible}.", self.name(), to.name());
        Err(Problem { code: "invalid_transition", ..Problem::invalid("status", detail) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: Status, allowed: &[Status]) {
        for to in Status::ALL {
            let expected = to == from || allowed.contains(&to);
            assert_eq!(from.check_move(to).is_ok(), expected, "{} to {}", from.name(), to.name());
        }
    }

    #[test]
    fn moves_go_forwards_or_end_in_an_error() {
        check(Pending, &[Recording, Uploading, Processing, Ready, Error]);
        check(Recording, &[Uploading, Processing, Ready, Error]);
        check(Uploading, &[Processing, Ready, Error]);
        check(Processing, &[Ready, Error]);
        check(Ready, &[]);
        check(Error, &[Uploading, Processing, Ready]);
    }

    #[test]
    fn refusals_say_what_would_be_possible() {
        let refused = Processing.check_move(Recording).unwrap_err();
        assert_eq!((refused.attr.as_deref(), refused.kind.status()), (Some("status"), 400));
        assert_eq!(refused.detail, "A recording that is processing cannot become recording; possible is ready, error.");
        let refused = Ready.check_move(Error).unwrap_err();
        assert_eq!(refused.detail, "A recording that is ready cannot become error; possible is no other status.");
    }

    #[test]
    fn names_are_read_back() {
        for status in Status::ALL {
            assert_eq!(Status::read(status.name()), Ok(status));
        }
        assert_eq!(Status::read("done").unwrap_err().code, "invalid_choice");
    }
}
