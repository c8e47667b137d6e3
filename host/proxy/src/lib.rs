//! The life of a request: from an accepted connection to a settled account. Start reading at `flow`. It knows providers
//! through the pool's handle, plugins through the slot's; it must not know the store, the vault or the command line.

mod admit;
mod body;
mod decide;
mod decode;
mod flow;
mod gateway;
mod headers;
mod inside;
mod keyring;
mod models;
mod relay;
mod rescue;
mod serve;
mod settle;
mod workers;

pub use gateway::{Gateway, GatewayOptions, GatewayParts, HealthReport};
pub use inside::{Completed, Inside, InsideError};
pub use keyring::{KeyEntry, KeyHash, Keyring};
pub use serve::{Listener, ServeOptions, SharedServeOptions};
pub use settle::{Late, Settled};
