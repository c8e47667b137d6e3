//! What a Patchbay plugin is written against: plain types, one trait and one macro a world, and a harness that
//! needs no host.
//!
//! ```
//! use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy};
//!
//! struct HostsOrder;
//!
//! impl RoutingPolicy for HostsOrder {
//!     fn rank(_request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
//!         let available = (0..candidates.len()).filter(|&index| candidates[index].available);
//!         Ok(Decision::new(available, "in the host's order"))
//!     }
//! }
//!
//! patchbay_sdk::routing_policy!(HostsOrder);
//! # fn main() {}
//! ```
//!
//! Built for `wasm32-wasip2`, [`log`] and [`config`] ask the host. Built for any other target they are mocks, which
//! `testing` sets and reads, so `cargo test` needs neither a host nor a WebAssembly runtime.

mod attributes;
mod config;
mod error;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
pub mod log;
mod routing;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use attributes::Attributes;
pub use config::config;
pub use error::PluginError;
pub use routing::{Candidate, Decision, Exhausted, Request, RoutingPolicy};

#[cfg(test)]
mod tests;
