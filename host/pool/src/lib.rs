//! Upstream endpoints: connect, health, cooldown, buckets, and the snapshot of candidates.
//! It knows providers and connections. It must not know the store (what must last goes through [`Keeper`]), the vault
//! (credentials come opened), plugins, or what is in a body.

mod base_url;
mod candidate;
mod client;
mod condition;
mod config;
mod endpoint;
mod index;
mod keeper;
pub mod native;
mod permit;
mod pool;
mod provider;
mod pulse;
mod route;
mod status;
pub mod taxonomy;
mod virtual_model;

pub use base_url::{BaseUrl, BaseUrlError};
pub use candidate::{Candidate, Health, Unavailable, Wanted};
pub use client::{Answer, SendError};
pub use config::PoolConfig;
pub use endpoint::Endpoint;
pub use index::RouteHandle;
pub use keeper::{BucketFill, Change, Cooldown, CooldownChange, Keeper};
pub use permit::Permit;
pub use pool::Pool;
pub use provider::{
    Api, Deadlines, Definition, FieldError, MAX_IN_FLIGHT_MAX, Model, Provider, RPM_DEFAULT, RPM_MAX, Source,
    TPM_MAX, Timeouts,
};
pub use pulse::Probe;
pub use route::Route;
pub use status::{CoolingStatus, EndpointStatus, ProbeStatus};
pub use taxonomy::Verdict;
pub use virtual_model::{Spread, Target, VirtualModel};
