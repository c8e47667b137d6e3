//! The life of a plugin in its slot: generations, the pin that a call holds, the budget of failures, rollback, trials,
//! recording and replay, and what of this is there again after a restart. It knows no request and no provider; who
//! answers when a plugin does not is its caller's affair.

mod activate;
mod boot;
mod budget;
mod error;
mod forget;
mod generation;
mod histogram;
mod late;
mod limit;
mod observe;
mod own;
mod permit;
mod prepare;
mod promote;
mod record;
mod recorded;
mod recorder;
mod replay;
mod slot;
mod slots;
mod tally;
mod told;
mod trial;
mod view;
mod watch;

pub use activate::Load;
pub use budget::BudgetLimits;
pub use error::{LoadError, OpenError, OrderError, PromoteError, RemoveError, RollbackError, WakeError};
pub use generation::{Account, Pinned, Question, Unanswered};
pub use late::Expected;
pub use limit::HostLimits;
pub use observe::Observer;
pub use own::Own;
pub use prepare::{Checked, check};
pub use promote::{Gate, Promote, Promoted};
pub use record::{GenerationRecord, Origin, SlotRecord, State, TrialMode};
pub use recorded::{Answer, Recorded};
pub use replay::{Replayed, Verdict, replay};
pub use slot::{Default, Fingerprints, Slot, SlotOptions};
pub use slots::{Answered, Slots};
pub use trial::Difference;
pub use view::{EffectsView, GenerationView, SlotView, TrialReport, TrialView};
