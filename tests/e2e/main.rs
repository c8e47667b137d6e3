//! Black-box tests of the binary `patchbay`: real processes, real sockets, and providers that are played. What these
//! tests may not do is reach into the host: whatever they check is what an agent, an operator or a file sees.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that unwraps says what it expects, and the runtime of a test owns the tasks that it starts"
)]

mod architecture;
mod cli;
mod contract;
mod demo;
mod docs;
mod gateway;
mod grants;
mod harness;
mod hostile;
mod interop;
mod languages;
mod mending;
mod openai_sdk;
mod plugin;
mod registry;
mod reload;
mod restart;
mod script;
mod secrets;
mod swap;
mod tasks;
mod trial;
mod usage;
mod worlds;
