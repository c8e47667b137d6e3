//! The cost of one decision of the bundled `primary-fallback`: through Patchbay's runtime, and by wasmtime alone.

mod bare;
mod input;
mod raw;

use std::sync::Arc;
use std::time::Instant;

use patchbay_bundled::Bundled;
use patchbay_runtime::routing::{Candidate, RequestFacts};
use patchbay_runtime::{
    Compiler, ContractVersion, Limits, LoadRequest, NoHost, Plugin, Runtime, RuntimeOptions, Start,
    TracingLog,
};
use patchbay_types::{Digest, Grants, SlotKind};
use serde::Serialize;
use wasmtime::ensure;

use crate::child::say;
use crate::component::{POLICY, bundled};
use crate::statistics::median;
pub(crate) use bare::Bare;
pub(crate) use input::with as input_with;
use raw::Raw;

pub(crate) const CANDIDATES: [usize; 2] = [4, 16];
/// Each batch is timed as one, and all three ways take turns. A batch is shorter than a turn of the scheduler, so that
/// most of them run through even where the cores are shared.
const BATCHES: usize = 501;
const WARM_CALLS: u32 = 200;
const FRESH_CALLS: u32 = 10;

/// Microseconds of one call: medians over the batches.
#[derive(Serialize)]
pub(crate) struct PluginCall {
    /// `warm`: one that is kept. `fresh`: made for this call.
    pub(crate) instance: &'static str,
    pub(crate) candidates: usize,
    /// By wasmtime alone, on the caller's stack: it could neither be preempted nor wait for its host.
    pub(crate) raw_us: f64,
    /// By wasmtime alone, on a stack of its own, as a host calls a guest that it may have to stop.
    pub(crate) raw_fiber_us: f64,
    pub(crate) patchbay_us: f64,
    /// Patchbay's to each of the others, in the same batch.
    pub(crate) ratio: f64,
    pub(crate) ratio_fiber: f64,
}

/// What a policy is asked.
pub(crate) struct Input {
    pub(crate) request: RequestFacts<'static>,
    pub(crate) candidates: Vec<Candidate<'static>>,
}

pub(crate) async fn measure() -> anyhow::Result<Vec<PluginCall>> {
    calls(bundled(POLICY)?).await.map_err(|error| anyhow::anyhow!("the plugin's calls: {error:#}"))
}

async fn calls(bundled: &Bundled) -> wasmtime::Result<Vec<PluginCall>> {
    let raw = Raw::new(bundled.component, Limits::default().memory_bytes)?;
    let policy = load(bundled).await?;
    let mut calls = Vec::new();
    for count in CANDIDATES {
        say(&format!("one call of {POLICY}, {count} candidates"));
        let input = input::with(count);
        agree(&raw, &policy, &input).await?;
        calls.push(warm(&raw, &policy, &input).await?);
    }
    // From here on it keeps no instance: each call makes its own.
    policy.cool();
    for count in CANDIDATES {
        calls.push(fresh(&raw, &policy, &input::with(count)).await?);
    }
    Ok(calls)
}

async fn load(bundled: &Bundled) -> wasmtime::Result<Plugin> {
    let limits = Limits::default();
    let runtime = Runtime::new(RuntimeOptions {
        compiler: Compiler::Here,
        cache: None,
        log: Arc::new(TracingLog),
        host: Arc::new(NoHost),
        memory_bytes: limits.memory_bytes,
        fat_memory_bytes: limits.memory_bytes,
    })?;
    let request = LoadRequest {
        component: bundled.component,
        digest: Digest::of(bundled.component),
        label: POLICY,
        contract: ContractVersion::V0_2,
        kind: SlotKind::Routing,
        pure: true,
        fat: false,
        config: "{}",
        grants: &Grants::default(),
        limits,
    };
    Ok(runtime.load(request).await?)
}

/// What is compared does the same.
async fn agree(raw: &Raw, policy: &Plugin, input: &Input) -> wasmtime::Result<()> {
    let expected = raw.instance()?.rank(input)?;
    let found = policy.rank(Start::now(0), &input.request, &input.candidates).await?;
    ensure!(
        found.order == expected.order,
        "Patchbay ranked {:?}, wasmtime alone {:?}",
        found.order,
        expected.order
    );
    ensure!(found.order.len() == input.candidates.len(), "{POLICY} left out a candidate that is available");
    Ok(())
}

async fn warm(raw: &Raw, policy: &Plugin, input: &Input) -> wasmtime::Result<PluginCall> {
    let (mut on_stack, mut on_fiber) = (raw.instance()?, raw.instance_on_fiber().await?);
    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        batches.push([
            time(WARM_CALLS, async || on_stack.rank(input).map(drop)).await?,
            time(WARM_CALLS, async || on_fiber.rank_on_fiber(input).await.map(drop)).await?,
            time(WARM_CALLS, async || rank(policy, input).await).await?,
        ]);
    }
    Ok(call("warm", input, &batches))
}

async fn fresh(raw: &Raw, policy: &Plugin, input: &Input) -> wasmtime::Result<PluginCall> {
    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        batches.push([
            time(FRESH_CALLS, async || raw.instance()?.rank(input).map(drop)).await?,
            time(FRESH_CALLS, async || raw.instance_on_fiber().await?.rank_on_fiber(input).await.map(drop))
                .await?,
            time(FRESH_CALLS, async || rank(policy, input).await).await?,
        ]);
    }
    Ok(call("fresh", input, &batches))
}

async fn rank(policy: &Plugin, input: &Input) -> wasmtime::Result<()> {
    policy.rank(Start::now(1), &input.request, &input.candidates).await?;
    Ok(())
}

/// Microseconds of one of `calls`.
async fn time(calls: u32, mut call: impl AsyncFnMut() -> wasmtime::Result<()>) -> wasmtime::Result<f64> {
    let begun = Instant::now();
    for _ in 0..calls {
        call().await?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(calls))
}

fn call(instance: &'static str, input: &Input, batches: &[[f64; 3]]) -> PluginCall {
    let of = |figure: fn(&[f64; 3]) -> f64| median(batches.iter().map(figure));
    PluginCall {
        instance,
        candidates: input.candidates.len(),
        raw_us: of(|[raw, _, _]| *raw),
        raw_fiber_us: of(|[_, fiber, _]| *fiber),
        patchbay_us: of(|[_, _, patchbay]| *patchbay),
        ratio: of(|[raw, _, patchbay]| patchbay / raw),
        ratio_fiber: of(|[_, fiber, patchbay]| patchbay / fiber),
    }
}
