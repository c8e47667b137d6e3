//! The same component by wasmtime alone: no WASI, no limits, no clock, no log. What such a call costs, every host pays.

use patchbay_runtime::engine_config;
use patchbay_runtime::routing::{Candidate, Decision, RequestFacts};
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentType, Instance, InstancePre, Lift, Linker, TypedFunc,
};
use wasmtime::error::Context;
use wasmtime::{Engine, Store, bail};

use super::Input;

const INTERFACE: &str = "patchbay:plugin/routing@0.2.0";
const FUNCTION: &str = "rank";

/// The linked component.
pub(super) struct Raw {
    engine: Engine,
    linked: InstancePre<()>,
    rank: ComponentExportIndex,
}

pub(super) struct RawInstance<'i> {
    store: Store<()>,
    rank: TypedFunc<Arguments<'i>, Answer>,
}

type Arguments<'i> = (&'i RequestFacts<'i>, &'i [Candidate<'i>]);
type Answer = (Result<Decision, PluginError>,);

#[derive(ComponentType, Lift)]
#[component(record)]
struct PluginError {
    code: String,
    message: String,
    #[component(name = "retry-after-ms")]
    retry_after_ms: Option<u64>,
}

impl Raw {
    /// With the engine's settings as Patchbay has them: what is compared is what stands around the call, not the code of
    /// the guest.
    pub(super) fn new(component: &[u8], memory_bytes: usize) -> wasmtime::Result<Self> {
        let engine = Engine::new(&engine_config(memory_bytes))?;
        let component = Component::new(&engine, component)?;
        let interface = component.get_export_index(None, INTERFACE);
        let rank = interface.and_then(|interface| component.get_export_index(Some(&interface), FUNCTION));
        let rank = rank.with_context(|| format!("the component does not export {INTERFACE}#{FUNCTION}"))?;
        let mut linker = Linker::new(&engine);
        // A decision asks its host for nothing.
        linker.define_unknown_imports_as_traps(&component)?;
        Ok(Self { linked: linker.instantiate_pre(&component)?, engine, rank })
    }

    pub(super) fn instance<'i>(&self) -> wasmtime::Result<RawInstance<'i>> {
        let mut store = self.store();
        let instance = self.linked.instantiate(&mut store)?;
        self.typed(store, instance)
    }

    pub(super) async fn instance_on_fiber<'i>(&self) -> wasmtime::Result<RawInstance<'i>> {
        let mut store = self.store();
        let instance = self.linked.instantiate_async(&mut store).await?;
        self.typed(store, instance)
    }

    fn store(&self) -> Store<()> {
        let mut store = Store::new(&self.engine, ());
        // Nobody moves this engine's epoch.
        store.set_epoch_deadline(1);
        store
    }

    fn typed<'i>(&self, mut store: Store<()>, instance: Instance) -> wasmtime::Result<RawInstance<'i>> {
        let rank = instance.get_typed_func(&mut store, self.rank)?;
        Ok(RawInstance { store, rank })
    }
}

impl<'i> RawInstance<'i> {
    pub(super) fn rank(&mut self, input: &'i Input) -> wasmtime::Result<Decision> {
        decided(self.rank.call(&mut self.store, (&input.request, &*input.candidates))?)
    }

    pub(super) async fn rank_on_fiber(&mut self, input: &'i Input) -> wasmtime::Result<Decision> {
        decided(self.rank.call_async(&mut self.store, (&input.request, &*input.candidates)).await?)
    }
}

fn decided((answer,): Answer) -> wasmtime::Result<Decision> {
    match answer {
        Ok(decision) => Ok(decision),
        Err(PluginError { code, message, retry_after_ms }) => {
            bail!("the plugin refused: {message} ({code}, retry after {retry_after_ms:?} ms)")
        }
    }
}
