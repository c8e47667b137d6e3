//! What guests may ask of their host: one module a capability, each of which turns a guest's call into a
//! [`crate::ask::HostCall`] and its answer back. Nothing has an effect here: that is the session's, and
//! `conversation` has allowed the call before.

mod blobs;
mod files;
mod http;
mod job;
mod kv;
mod llm;
mod local;
mod process;
mod secrets;
mod tasks;

use wasmtime::component::{HasSelf, Linker};

use crate::ask::{HostReply, PluginError};
use crate::contract::host::patchbay::plugin;
use crate::guest::Guest;

#[allow(unreachable_pub, reason = "the generated bindings export them again")]
pub use blobs::Blob;
#[allow(unreachable_pub, reason = "the generated bindings export them again")]
pub use process::Child;

/// The outer result traps, which only a broken resource handle does; the inner one is the guest's.
pub(crate) type Answered<T> = wasmtime::Result<Result<T, PluginError>>;

/// Everything that the latest contract's worlds import. What a component may import of it was checked before.
pub(crate) fn add_all(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    plugin::log::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::config::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::blobs::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::kv::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::http::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::secrets::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::llm::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::process::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::files::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::job::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    plugin::tasks::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)
}

/// The reply to this kind of call, out of all kinds.
macro_rules! reply {
    ($answer:expr, $pattern:pat => $value:expr) => {
        Ok($answer.and_then(|reply| match reply {
            $pattern => Ok($value),
            _ => Err($crate::ask::mismatch()),
        }))
    };
}
pub(crate) use reply;

fn done(answer: Result<HostReply, PluginError>) -> Answered<()> {
    reply!(answer, HostReply::Done => ())
}
