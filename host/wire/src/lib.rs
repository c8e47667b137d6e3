//! LLM dialects and SSE framing: bytes in, values out, no I/O. It knows nothing of providers, prices, HTTP or time.
//!
//! Nothing here keeps more than a fixed number of bytes of a body or a stream, and nothing here can fail a stream
//! that a client could read.

mod api_error;
mod call;
mod encoding;
mod endpoint;
mod kept;
mod members;
mod model_back;
mod models;
mod skim;
mod splice;
mod sse;
mod tee;
mod usage;

pub use api_error::ApiError;
pub use call::{CallError, CallHead};
pub use endpoint::Endpoint;
pub use model_back::ModelBack;
pub use models::{ModelCard, ModelList};
pub use splice::splice_model;
pub use tee::{BodyTee, StreamTee};
pub use usage::Usage;
