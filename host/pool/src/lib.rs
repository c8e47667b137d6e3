//! Upstream endpoints: connect, health, cooldown, buckets, and the snapshot of candidates.
//! It knows providers and connections. It must not know the store (what must last goes through [`Keeper`]), the vault
//! (credentials come opened), plugins, or what is in a body.

mod base_url;
mod bucket;
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
mod status;
pub mod taxonomy;

pub use base_url::{BaseUrl, BaseUrlError};
pub use candidate::{Candidate, Health, Unavailable};
pub use client::SendError;
pub use config::PoolConfig;
pub use endpoint::Endpoint;
pub use keeper::{BucketFill, Change, Cooldown, CooldownChange, Keeper};
pub use permit::Permit;
pub use pool::Pool;
pub use provider::{Definition, FieldError, Model, Provider, RPM_DEFAULT, RPM_MAX, Source};
pub use status::{CoolingStatus, EndpointStatus};
pub use taxonomy::Verdict;
