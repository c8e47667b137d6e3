//! Runs a plugin natively, with no host: the imports are mocks, and golden cases say what is expected of it.
//!
//! The same files are run against the built component by `patchbay plugin test`. Their shape is in the SDK's README.
//!
//! ```no_run
//! # use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy};
//! # struct MyPolicy;
//! # impl RoutingPolicy for MyPolicy {
//! #     fn rank(_: &Request, _: &[Candidate]) -> Result<Decision, PluginError> { Ok(Decision::new([], "")) }
//! # }
//! #[test]
//! fn every_case_holds() {
//!     patchbay_sdk::testing::run_cases::<MyPolicy>("cases");
//! }
//! ```

mod case;
pub(crate) mod mock;
mod run;

pub use case::{Case, CaseError, Expect, Ranked};
pub use mock::{LogLine, logs, set_config};
pub use run::{case, run_case, run_cases};
