//! Counting what may be used: requests and tokens a minute, calls at one time, money a day. Arithmetic over time that is
//! passed in. It must not know providers, keys, requests or where anything is kept.

mod account;
mod calendar;
mod exceeded;
mod limits;
mod purse;
mod rate;
mod token_rate;

pub use account::{Account, AccountStatus, Now, Stay};
pub use exceeded::{Exceeded, Period};
pub use limits::{Limits, LimitsError};
pub use rate::Rate;
pub use token_rate::{Reserved, TokenRate};
