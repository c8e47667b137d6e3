//! Loads, limits and calls components. It knows what a guest may do and what it may cost; it does not know what a
//! provider is, where components are kept, or which generation is in charge.

mod allowance;
pub mod ask;
mod cache;
mod call;
mod capability;
mod compile;
mod contract;
mod conversation;
mod engine;
pub mod exchange;
mod grant;
mod growth;
mod guest;
mod limit;
mod load;
mod plugin;
mod port;
pub mod routing;
mod tape;

pub use cache::CacheKey;
pub use call::{CallFailure, FailureClass, Refusal};
pub use compile::{CompileError, CompileLimits, Compiler, compile_child};
pub use contract::ContractVersion;
pub use engine::{Allocation, EngineError, Runtime, RuntimeOptions, engine_config};
pub use grant::permitted;
pub use guest::Start;
pub use limit::Limits;
pub use load::{LoadError, LoadRequest};
pub use plugin::{Call, Offers, Plugin, Ran};
pub use port::{Answering, HostPort, LogLine, LogPort, NoHost, Scope, Session, TracingLog};
pub use tape::{Exchange, Tape};
