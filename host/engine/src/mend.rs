//! What is done about a problem: each function is one step of the walk, stored before the next begins. What a plan may
//! be, and when it is enough, is decided in `patchbay-tasks`. They must not know who thinks or acts.

mod acting;
mod apply;
mod case;
mod change;
mod clockwork;
mod diagnose;
mod end;
mod evidence;
mod facts;
mod fix_task;
mod gate;
mod halt;
mod judge;
mod known;
mod over;
mod part;
mod propose;
mod record;
mod shape;
mod step;
mod subtask;
mod watch;

pub(crate) use acting::Acting;
pub(crate) use apply::apply;
pub(crate) use case::{Case, Stage};
pub(crate) use change::changed;
pub(crate) use clockwork::{Begun, Later, problem_of};
pub(crate) use diagnose::diagnose;
pub(crate) use end::{abandon, give_up, leave, let_go, release};
pub(crate) use gate::gate;
pub(crate) use judge::judge;
pub(crate) use over::Came;
pub(crate) use propose::propose;
pub(crate) use record::{mends, put_problem};
pub use step::RESULT_CHARS_MAX;
pub(crate) use subtask::fix_of;
pub(crate) use watch::Watching;

use patchbay_tasks::{Fingerprint, FixId};

/// Whose problem something is to be done about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum MendDue {
    Problem(Fingerprint),
    /// The problem of this fix.
    Fix(FixId),
}
