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
//! Built for `wasm32-wasip2`, [`log`], [`config`](config()) and the capabilities ([`kv`], [`http`], [`secrets`],
//! [`llm`], [`process`], [`files`], [`job`], [`tasks`]) ask the host. Built for any other target they are mocks, which
//! `testing` sets and reads, so `cargo test` needs neither a host nor a WebAssembly runtime.

mod analyzer;
mod attributes;
mod config;
mod error;
pub mod files;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
pub mod http;
pub mod job;
mod json_text;
pub mod kv;
pub mod llm;
pub mod log;
mod moment;
mod notifier;
pub mod process;
mod routing;
pub mod secrets;
mod skill;
mod source;
pub mod step;
mod strategy;
pub mod tasks;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod text;

#[cfg(target_arch = "wasm32")]
use guest::host;
#[cfg(not(target_arch = "wasm32"))]
use testing::host;

pub use analyzer::{Diagnosis, ErrorAnalyzer, Failure};
pub use attributes::Attributes;
pub use config::config;
pub use error::PluginError;
pub use notifier::{Message, Notifier, Receipt, RouteDescription, SendError};
pub use routing::{Candidate, Decision, Exhausted, Request, RoutingPolicy};
pub use skill::{Invocation, Outcome, SkillAdapter, SkillDescription};
pub use source::{Item, Page, ResultNote, TaskSource};
pub use strategy::{Action, Check, FixPlan, FixStrategy, Problem};

#[cfg(test)]
mod tests;
