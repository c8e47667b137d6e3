//! The life of a request: from an accepted connection to a settled account. Start reading at `flow`. It knows providers
//! through the pool's handle, plugins through the slot's; it must not know the store, the vault or the command line.

mod admit;
mod after;
mod answer;
mod ask;
mod body;
mod decide;
mod decode;
mod flow;
mod gateway;
mod headers;
mod inside;
mod journey;
mod judge;
mod keyring;
mod models;
mod pass;
mod rarely;
mod receipt;
mod relay;
mod rescue;
mod serve;
mod stages;
mod tab;
mod trace;
mod turn;
mod wait;
mod workers;

pub use gateway::{Exhausted, Gateway, GatewayOptions, GatewayParts, HealthReport};
pub use inside::{Completed, Inside, InsideError};
pub use keyring::{KeyEntry, KeyHash, Keyring};
pub use receipt::{Late, Settled};
pub use serve::{Listener, ServeOptions, SharedServeOptions};
pub use stages::{STAGE_EDGES_US, StageTimes};
pub use tab::{Tab, TabPort};
pub use trace::{AttemptTrace, OpenTrace, RequestTrace, TracePort};
