//! What every test is played with: the host as a process, providers that are scripted, agents that are seen through to
//! the byte, and components made from text. It must not know what any test expects.

mod agent;
mod component;
mod host;
mod operator;
mod raw;
mod say;
mod upstream;
mod wait;

use std::path::PathBuf;

pub(crate) use agent::{Agent, Live, Reply, body_of, form_of};
pub(crate) use component::{
    Answer as Decided, Core, Dress, asker, exporting, manifest, plugin, policy, with_manifest,
};
pub(crate) use host::{Host, KEY, KEY_VARIABLE, Output, command};
pub(crate) use operator::Operator;
pub(crate) use raw::{head, is_refused, talk};
pub(crate) use say::say;
pub(crate) use upstream::{Answer, Asked, Gate, Step, Upstream, completion, event, usage_of};
use wait::PATIENCE;
pub(crate) use wait::{bounded, until};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
