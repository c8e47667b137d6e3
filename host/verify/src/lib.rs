//! Whether the checks of a task or of a fix hold. It must not know the store, plugins, models, who did the work, or
//! what becomes of a task whose check fails.

mod allow;
mod aside;
mod command;
mod document;
mod enough;
mod file;
mod grounds;
mod http;
mod json_path;
mod limits;
mod others;
mod place;
mod refused;
mod same;
mod schema;
mod stop;
mod text;
mod verdict;
mod verifier;

pub use allow::{Allow, AllowError};
pub use enough::{NotEnough, is_enough};
pub use grounds::Grounds;
pub use limits::VerifyLimits;
pub use others::{Answering, NoAnswer, Opinion, OtherChecks};
pub use refused::CheckRefused;
pub use verdict::{CheckResult, Ended, Verdict};
pub use verifier::{Verifier, VerifyParts};
