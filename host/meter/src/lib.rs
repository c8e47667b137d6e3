//! Tokens to cost, and the ledger of usage: arithmetic, a [`Meter`] that gathers off the request path, and the port
//! through which it is kept. It knows no dialect of any provider, and no store.

mod entry;
mod histogram;
mod ledger;
mod meter;
mod price;
mod row;
mod spent;

pub use entry::{Entry, Outcome};
pub use histogram::{BOUNDS_MS, Histogram};
pub use ledger::{Added, Flush, Ledger, LedgerError};
pub use meter::{Meter, Outcomes, Still, TotalKey};
pub use price::{Price, Priced};
pub use row::{UsageKey, UsageRow};
pub use spent::Spent;
