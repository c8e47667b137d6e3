//! Which of two values stays. It must not know what they mean.

use patchbay_types::Timestamp;

use crate::Shown;

/// Whose value stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The host's.
    Ours,
    /// The file's.
    Theirs,
}

/// Who wins, and why somebody should look at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) side: Side,
    pub(super) why: Option<&'static str>,
}

impl Verdict {
    pub(super) fn of(side: Side) -> Self {
        Self { side, why: None }
    }

    /// The host's stays, but somebody wanted it otherwise.
    pub(super) fn but(why: &'static str) -> Self {
        Self { side: Side::Ours, why: Some(why) }
    }
}

/// If only one side changed what both had.
pub(super) fn sided(base: Option<&str>, ours: &str, theirs: &str) -> Option<Verdict> {
    let base = base?;
    match (ours == base, theirs == base) {
        (true, false) => Some(Verdict::of(Side::Theirs)),
        (false, true) => Some(Verdict::of(Side::Ours)),
        _ => None,
    }
}

/// If both changed, or nobody knows what both had.
pub(super) fn later(ours: Timestamp, theirs: Option<Timestamp>) -> Verdict {
    match theirs {
        None => Verdict::but("the file does not say when it was changed: the host's stays"),
        Some(theirs) if theirs > ours => {
            Verdict { side: Side::Theirs, why: Some("both were changed: the file's is later") }
        }
        Some(_) => Verdict::but("both were changed: the host's is later"),
    }
}

pub(super) fn is_end(shown: Shown) -> bool {
    match shown {
        Shown::As(name) => name.is_end(),
        Shown::Unverified => true,
        Shown::Running => false,
    }
}
