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
mod fake;
mod fits;
mod golden;
pub(crate) mod host;
pub(crate) mod mock;
pub(crate) mod payload;
mod run;
mod whole;
mod world;

pub use case::{Case, CaseError, Expect, Ranked};
pub use fake::FakeHost;
pub use golden::{Answered, GoldenCase, HostAnswer, fake_host, question_of};
pub use mock::{Http, HttpOn, Kv, Llm, LogLine, Mock, Process, ProcessOn, logs, set_config};
pub use run::{
    case, run_analyzer_cases, run_case, run_cases, run_notifier_cases, run_skill_cases, run_source_cases,
    run_strategy_cases,
};
