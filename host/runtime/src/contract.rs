//! The contract's versions: one module of bindings each, conversions upward, and a linker that offers to a component
//! what its version of the world has and nothing else.

mod v0_1;
mod v0_2;

use std::fmt;
use std::str::FromStr;

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings as wasi;

use crate::guest::Guest;
use crate::routing::{Candidate, Decision, RequestFacts};

pub(crate) use v0_2::exports::patchbay::plugin::routing as latest;

/// A version of `patchbay:plugin` that this host speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ContractVersion {
    V0_1,
    V0_2,
}

/// A linker for each version.
pub(crate) struct Linkers {
    v0_1: Linker<Guest>,
    v0_2: Linker<Guest>,
}

/// A component that is linked and can be instantiated at once.
#[derive(Clone)]
pub(crate) enum Linked {
    V0_1(v0_1::RoutingPolicyPre<Guest>),
    V0_2(v0_2::RoutingPolicyPre<Guest>),
}

/// A running instance.
pub(crate) enum Instance {
    V0_1(v0_1::RoutingPolicy),
    V0_2(v0_2::RoutingPolicy),
}

/// A plugin's own answer that it cannot do it, or what wasmtime says.
pub(crate) type Answer = wasmtime::Result<Result<Decision, latest::PluginError>>;

impl ContractVersion {
    /// All that this host speaks, the oldest first.
    pub const ALL: [ContractVersion; 2] = [Self::V0_1, Self::V0_2];
}

impl fmt::Display for ContractVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0_1 => "0.1.0",
            Self::V0_2 => "0.2.0",
        })
    }
}

impl FromStr for ContractVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|version| version.to_string() == text)
            .ok_or_else(|| format!("contract version {text:?} is unknown: this host speaks 0.1.0 and 0.2.0"))
    }
}

impl Linkers {
    pub(crate) fn new(engine: &Engine) -> wasmtime::Result<Self> {
        let mut v0_1 = pure_wasi(engine)?;
        v0_1::add_to_linker(&mut v0_1)?;
        let mut v0_2 = pure_wasi(engine)?;
        v0_2::add_to_linker(&mut v0_2)?;
        Ok(Self { v0_1, v0_2 })
    }

    /// # Errors
    /// When the component imports what its world does not offer, or does not export what it must.
    pub(crate) fn link(&self, version: ContractVersion, component: &Component) -> wasmtime::Result<Linked> {
        match version {
            ContractVersion::V0_1 => {
                v0_1::RoutingPolicyPre::new(self.v0_1.instantiate_pre(component)?).map(Linked::V0_1)
            }
            ContractVersion::V0_2 => {
                v0_2::RoutingPolicyPre::new(self.v0_2.instantiate_pre(component)?).map(Linked::V0_2)
            }
        }
    }
}

impl Linked {
    pub(crate) async fn instantiate(&self, store: &mut Store<Guest>) -> wasmtime::Result<Instance> {
        match self {
            Self::V0_1(linked) => linked.instantiate_async(store).await.map(Instance::V0_1),
            Self::V0_2(linked) => linked.instantiate_async(store).await.map(Instance::V0_2),
        }
    }
}

impl Instance {
    pub(crate) async fn rank(
        &self,
        store: &mut Store<Guest>,
        request: &RequestFacts,
        candidates: &[Candidate],
    ) -> Answer {
        match self {
            Self::V0_1(instance) => v0_1::rank(instance, store, request, candidates).await,
            Self::V0_2(instance) => {
                instance.patchbay_plugin_routing().call_rank(store, request, candidates).await
            }
        }
    }
}

/// The part of WASI that a plugin may import: clocks, random, input and output, the (empty) command line, and the
/// (empty) file system that Rust's own library asks for. No sockets.
fn pure_wasi(engine: &Engine) -> wasmtime::Result<Linker<Guest>> {
    use wasmtime_wasi::WasiView;
    use wasmtime_wasi::cli::{WasiCli, WasiCliView};
    use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};

    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async::<Guest>(&mut linker)?;
    let cli = <Guest as WasiCliView>::cli;
    wasi::cli::environment::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::cli::exit::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::cli::terminal_input::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::cli::terminal_output::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(&mut linker, cli)?;
    wasi::random::insecure::add_to_linker::<Guest, wasmtime_wasi::random::WasiRandom>(
        &mut linker,
        |guest| guest.ctx().ctx.random(),
    )?;
    wasi::random::insecure_seed::add_to_linker::<Guest, wasmtime_wasi::random::WasiRandom>(
        &mut linker,
        |guest| guest.ctx().ctx.random(),
    )?;
    let files = <Guest as WasiFilesystemView>::filesystem;
    wasi::filesystem::types::add_to_linker::<Guest, WasiFilesystem>(&mut linker, files)?;
    wasi::filesystem::preopens::add_to_linker::<Guest, WasiFilesystem>(&mut linker, files)?;
    Ok(linker)
}
