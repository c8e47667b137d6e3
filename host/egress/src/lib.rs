//! HTTP for plugins: to the origins that were granted, at addresses that were checked, with secrets that the plugin
//! never sees. It must not know what a plugin is, nor where grants and secrets are kept.

mod address;
mod client;
mod egress;
mod error;
mod exchange;
mod fill;
mod head;
mod limits;
mod mask;
mod origin;
mod reach;
mod receive;
mod resolve;
mod secret;

pub use egress::Egress;
pub use error::SendError;
pub use exchange::{Incoming, Outgoing};
pub use limits::EgressLimits;
pub use reach::{Reach, ReachError};
pub use secret::{Bound, Secrets};
