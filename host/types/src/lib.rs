//! The words that every other crate speaks: ids, units, secrets, time, whom to blame, and what is told to people.
//! No I/O, no async runtime, nothing about LLMs beyond their units. It stays small.

mod calendar;
mod clock;
mod digest;
mod fault;
mod grant;
mod id;
mod log;
mod secret;
mod slot;
mod thread;
mod unit;

pub use calendar::{Written, WrittenError};
pub use clock::{Clock, ManualClock, Monotonic, SystemClock, Timestamp};
pub use digest::Digest;
pub use fault::{Blame, Fault, Retry};
pub use grant::{FilesGrant, Grants, HttpGrant, KvGrant, LlmGrant, Wasi};
pub use id::{AgentName, NameError, ProviderId, ProviderName, RequestId, stable_hash};
pub use log::{Audit, Event, Report, Severity};
pub use secret::Secret;
pub use slot::{GenerationId, SlotError, SlotKind, SlotName};
pub use thread::{Handle, Handles, shard, shards, take_shard};
pub use unit::{Bytes, NanoUsd, NanoUsdPerMillion, PriceError, Tokens};
