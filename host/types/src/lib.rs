//! The words that every other crate speaks: ids, units, secrets, time, whom to blame, and what is told to people.
//! No I/O, no async runtime, nothing about LLMs beyond their units. It stays small.

mod clock;
mod digest;
mod fault;
mod id;
mod log;
mod secret;
mod thread;
mod unit;

pub use clock::{Clock, ManualClock, Monotonic, SystemClock, Timestamp};
pub use digest::Digest;
pub use fault::{Blame, Fault, Retry};
pub use id::{AgentName, GenerationId, NameError, ProviderId, ProviderName, RequestId, SlotName};
pub use log::{Audit, Event, Report, Severity};
pub use secret::Secret;
pub use thread::{shard, shards};
pub use unit::{Bytes, NanoUsd, NanoUsdPerMillion, PriceError, Tokens};
