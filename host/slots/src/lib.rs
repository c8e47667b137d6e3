//! The life of a plugin in its slot: generations, the pin that a call holds, the budget of failures, rollback, and what
//! of this is there again after a restart. It knows no request and no provider; who answers when a plugin does not is
//! its caller's affair.

mod activate;
mod boot;
mod budget;
mod error;
mod generation;
mod histogram;
mod prepare;
mod record;
mod slot;
mod view;
mod watch;

pub use budget::BudgetLimits;
pub use error::{LoadError, OpenError, RollbackError};
pub use generation::{Pinned, Unanswered};
pub use prepare::{Checked, check};
pub use record::{GenerationRecord, Origin, SlotRecord, State};
pub use slot::{RoutingSlot, SlotOptions};
pub use view::{GenerationView, SlotView};
