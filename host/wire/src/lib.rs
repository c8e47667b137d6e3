//! LLM dialects and SSE framing: bytes in, values out, no I/O. It knows nothing of providers, prices, HTTP or time.
//!
//! Nothing here keeps more than a fixed number of bytes of a body or a stream, and nothing here can fail a stream
//! that a client could read.

mod answer_edit;
mod api_error;
mod call;
mod encoding;
mod endpoint;
mod error_word;
mod guess;
mod kept;
mod members;
mod models;
mod opening;
mod skim;
mod splice;
mod sse;
mod tee;
mod to_provider;
mod usage;
mod whole_answer;

pub use answer_edit::AnswerEdit;
pub use api_error::ApiError;
pub use call::{CallError, CallHead};
pub use endpoint::{Dialect, Endpoint};
pub use guess::Guess;
pub use models::{ModelCard, ModelList};
pub use opening::{Opened, Opening, StreamError};
pub use tee::{BodyTee, StreamTee};
pub use to_provider::to_provider;
pub use usage::Usage;
pub use whole_answer::WholeAnswer;
