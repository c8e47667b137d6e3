//! Loads, limits and calls components. It knows what a guest may do and what it may cost; it does not know what a
//! provider is, where components are kept, or which generation is in charge.

mod cache;
mod call;
mod compile;
mod contract;
mod engine;
mod guest;
mod limit;
mod load;
mod port;
pub mod routing;

pub use cache::CacheKey;
pub use call::{CallFailure, FailureClass};
pub use compile::{CompileError, CompileLimits, Compiler, compile_child};
pub use contract::ContractVersion;
pub use engine::{Allocation, EngineError, Runtime, RuntimeOptions};
pub use limit::Limits;
pub use load::{LoadError, LoadRequest};
pub use port::{LogLine, LogPort, TracingLog};
