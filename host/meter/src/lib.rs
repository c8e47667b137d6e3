//! Tokens to cost, and the ledger of usage: arithmetic, a [`Meter`] that gathers off the request path, and the port
//! through which it is kept. It knows no dialect of any provider, and no store.

mod entry;
mod ledger;
mod meter;
mod price;
mod row;

pub use entry::{Entry, Outcome};
pub use ledger::{Added, Ledger, LedgerError};
pub use meter::{Meter, TotalKey};
pub use price::Price;
pub use row::{UsageKey, UsageRow};
