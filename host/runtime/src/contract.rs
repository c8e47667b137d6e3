//! The contract's versions: one module of bindings each, conversions upward, and a linker that offers to a component
//! what its version of the world has and nothing else.

mod lending;
mod v0_1;
mod v0_2;

use std::fmt;
use std::str::FromStr;

use patchbay_types::SlotKind;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wasmtime_wasi::p2::bindings as wasi;

use crate::call::Refusal;
use crate::capability;
use crate::exchange::{Input, Output};
use crate::guest::Guest;
use crate::routing::{Candidate, Decision, RequestFacts};

pub(crate) use v0_2::lent::exports::patchbay::plugin::routing as lent;
pub(crate) use v0_2::routing::exports::patchbay::plugin::routing as latest;
pub(crate) use v0_2::{analyzer, host, notifier, skill, source, strategy};

/// A version of `patchbay:plugin` that this host speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ContractVersion {
    V0_1,
    V0_2,
}

/// A linker for each version, and one for guests whose language imports more of WASI than it may use.
pub(crate) struct Linkers {
    v0_1: Linker<Guest>,
    v0_2: Linker<Guest>,
    v0_2_inert: Linker<Guest>,
}

/// Which linker a component gets, and which world it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    pub(crate) version: ContractVersion,
    pub(crate) kind: SlotKind,
    pub(crate) inert: bool,
}

/// A component that is linked and can be instantiated at once.
#[derive(Clone)]
pub(crate) enum Linked {
    RoutingV0_1(v0_1::RoutingPolicyPre<Guest>),
    Routing(v0_2::lent::RoutingPolicyPre<Guest>),
    Analyzer(analyzer::ErrorAnalyzerPre<Guest>),
    Strategy(strategy::FixStrategyPre<Guest>),
    Skill(skill::SkillAdapterPre<Guest>),
    Notifier(notifier::NotifierPre<Guest>),
    Source(source::TaskSourcePre<Guest>),
}

/// A running instance.
pub(crate) enum Instance {
    RoutingV0_1(v0_1::RoutingPolicy),
    Routing(v0_2::lent::RoutingPolicy),
    Analyzer(analyzer::ErrorAnalyzer),
    Strategy(strategy::FixStrategy),
    Skill(skill::SkillAdapter),
    Notifier(notifier::Notifier),
    Source(source::TaskSource),
}

/// What wasmtime says, or a plugin's own answer that it cannot do it, or what it was asked for.
pub(crate) type Answer<T> = wasmtime::Result<Result<T, Refusal>>;

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
        capability::add_all(&mut v0_2)?;
        let mut v0_2_inert = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut v0_2_inert)?;
        capability::add_all(&mut v0_2_inert)?;
        Ok(Self { v0_1, v0_2, v0_2_inert })
    }

    /// # Errors
    /// When the component imports what its world does not offer, or does not export what it must.
    pub(crate) fn link(&self, fit: Fit, component: &Component) -> wasmtime::Result<Linked> {
        let linker = match (fit.version, fit.inert) {
            (ContractVersion::V0_1, _) => {
                return v0_1::RoutingPolicyPre::new(self.v0_1.instantiate_pre(component)?)
                    .map(Linked::RoutingV0_1);
            }
            (ContractVersion::V0_2, false) => &self.v0_2,
            (ContractVersion::V0_2, true) => &self.v0_2_inert,
        };
        let pre = linker.instantiate_pre(component)?;
        match fit.kind {
            SlotKind::Routing => v0_2::lent::RoutingPolicyPre::new(pre).map(Linked::Routing),
            SlotKind::Analyzers => analyzer::ErrorAnalyzerPre::new(pre).map(Linked::Analyzer),
            SlotKind::Strategies => strategy::FixStrategyPre::new(pre).map(Linked::Strategy),
            SlotKind::Skills => skill::SkillAdapterPre::new(pre).map(Linked::Skill),
            SlotKind::Notifiers => notifier::NotifierPre::new(pre).map(Linked::Notifier),
            SlotKind::Sources => source::TaskSourcePre::new(pre).map(Linked::Source),
        }
    }
}

impl Linked {
    pub(crate) async fn instantiate(&self, store: &mut Store<Guest>) -> wasmtime::Result<Instance> {
        match self {
            Self::RoutingV0_1(linked) => linked.instantiate_async(store).await.map(Instance::RoutingV0_1),
            Self::Routing(linked) => linked.instantiate_async(store).await.map(Instance::Routing),
            Self::Analyzer(linked) => linked.instantiate_async(store).await.map(Instance::Analyzer),
            Self::Strategy(linked) => linked.instantiate_async(store).await.map(Instance::Strategy),
            Self::Skill(linked) => linked.instantiate_async(store).await.map(Instance::Skill),
            Self::Notifier(linked) => linked.instantiate_async(store).await.map(Instance::Notifier),
            Self::Source(linked) => linked.instantiate_async(store).await.map(Instance::Source),
        }
    }
}

impl Instance {
    /// The one question that is asked often, without a detour over values.
    pub(crate) async fn rank(
        &self,
        store: &mut Store<Guest>,
        request: &RequestFacts<'_>,
        candidates: &[Candidate<'_>],
    ) -> Answer<Decision> {
        match self {
            Self::RoutingV0_1(instance) => v0_1::rank(instance, store, request, candidates).await,
            Self::Routing(instance) => {
                let answer =
                    instance.patchbay_plugin_routing().call_rank(store, request.clone(), candidates).await?;
                Ok(answer.map(Into::into).map_err(Into::into))
            }
            _ => Err(wasmtime::format_err!("only a routing policy ranks")),
        }
    }

    /// Any question that plugins of this kind are asked.
    pub(crate) async fn ask(&self, store: &mut Store<Guest>, input: &Input) -> Answer<Output> {
        match (self, input) {
            (Self::RoutingV0_1(_) | Self::Routing(_), Input::Rank { request, candidates }) => {
                let candidates: Vec<Candidate<'_>> = candidates.iter().map(|one| one.lend()).collect();
                into(self.rank(store, &request.lend(), &candidates).await, Output::Decision)
            }
            (Self::Analyzer(instance), Input::Analyze { failure }) => {
                let answer = instance.patchbay_plugin_analyzer().call_analyze(store, failure).await;
                into(refused(answer), Output::Diagnosis)
            }
            (Self::Strategy(instance), Input::Propose { problem }) => {
                let answer = instance.patchbay_plugin_strategy().call_propose(store, problem).await;
                into(refused(answer), Output::Plan)
            }
            (Self::Skill(instance), _) => ask_skill(instance, store, input).await,
            (Self::Notifier(instance), _) => ask_notifier(instance, store, input).await,
            (Self::Source(instance), _) => ask_source(instance, store, input).await,
            _ => Err(wrong(input)),
        }
    }
}

async fn ask_skill(
    instance: &skill::SkillAdapter,
    store: &mut Store<Guest>,
    input: &Input,
) -> Answer<Output> {
    let skill = instance.patchbay_plugin_skill();
    match input {
        Input::Describe {} => into(refused(skill.call_describe(store).await), Output::Skills),
        Input::Run { invocation } => into(refused(skill.call_run(store, invocation).await), Output::Outcome),
        _ => Err(wrong(input)),
    }
}

async fn ask_notifier(
    instance: &notifier::Notifier,
    store: &mut Store<Guest>,
    input: &Input,
) -> Answer<Output> {
    let delivery = instance.patchbay_plugin_delivery();
    match input {
        Input::Describe {} => into(refused(delivery.call_describe(store).await), Output::Routes),
        Input::Send { message } => into(refused(delivery.call_send(store, message).await), Output::Receipt),
        _ => Err(wrong(input)),
    }
}

async fn ask_source(
    instance: &source::TaskSource,
    store: &mut Store<Guest>,
    input: &Input,
) -> Answer<Output> {
    let source = instance.patchbay_plugin_source();
    let done = |()| Output::Done;
    match input {
        Input::Poll { cursor } => {
            into(refused(source.call_poll(store, cursor.as_deref()).await), Output::Page)
        }
        Input::Claim { item } => into(refused(source.call_claim(store, item).await), Output::Claim),
        Input::Heartbeat { item, claim } => {
            into(refused(source.call_heartbeat(store, item, claim).await), done)
        }
        Input::Complete { item, claim, note } => {
            into(refused(source.call_complete(store, item, claim, note).await), done)
        }
        Input::Release { item, claim, reason } => {
            into(refused(source.call_release(store, item, claim, reason).await), done)
        }
        _ => Err(wrong(input)),
    }
}

fn refused<T, E: Into<Refusal>>(answer: wasmtime::Result<Result<T, E>>) -> Answer<T> {
    answer.map(|answer| answer.map_err(Into::into))
}

fn into<T>(answer: Answer<T>, output: impl FnOnce(T) -> Output) -> Answer<Output> {
    answer.map(|answer| answer.map(output))
}

/// Whoever asks has looked at the kind before.
fn wrong(input: &Input) -> wasmtime::Error {
    wasmtime::format_err!("this plugin cannot be asked {:?}", input.ask())
}

impl From<crate::ask::PluginError> for Refusal {
    fn from(error: crate::ask::PluginError) -> Self {
        let retryable = error.retry_after_ms.is_some();
        Self { code: error.code, message: error.message, retryable, retry_after_ms: error.retry_after_ms }
    }
}

impl From<notifier::exports::patchbay::plugin::delivery::SendError> for Refusal {
    fn from(error: notifier::exports::patchbay::plugin::delivery::SendError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
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
