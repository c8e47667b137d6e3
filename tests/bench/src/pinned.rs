//! The cost of a decision in its slot: the pin, the budget, the recorder and a shadow, against the plugin alone.

mod place;

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use patchbay_runtime::{Plugin, Start};
use patchbay_slots::{Pinned, Slot};
use serde::Serialize;

use crate::child::say;
use crate::plugin::{self, Input};
use crate::statistics::median;
use place::Place;

/// Each batch is timed as one, and the three ways take turns.
const BATCHES: usize = 251;
/// Fewer than wait to be looked at, so that the shadow hears all of them.
const CALLS: u32 = 200;
/// How long the shadow may take to hear a batch.
const CATCH_UP: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(1);

/// Microseconds of one call on a warm instance: medians over the batches.
#[derive(Serialize)]
pub(crate) struct PinnedCall {
    pub(crate) candidates: usize,
    /// `Plugin::rank`, without a slot around it.
    pub(crate) alone_us: f64,
    /// Pin, rank, budget and recorder.
    pub(crate) recorded_us: f64,
    /// The same while a shadow hears every call on another thread.
    pub(crate) shadowed_us: f64,
    /// To the plugin alone, in the same turn.
    pub(crate) recorded_ratio: f64,
    pub(crate) shadowed_ratio: f64,
}

pub(crate) async fn measure() -> anyhow::Result<Vec<PinnedCall>> {
    let (quiet, tried) = (Place::open(false).await?, Place::open(true).await?);
    let mut calls = Vec::new();
    for count in plugin::CANDIDATES {
        say(&format!("one call through a slot, {count} candidates"));
        calls.push(compare(&quiet.slot, &tried.slot, &plugin::input_with(count)).await?);
    }
    Ok(calls)
}

async fn compare(quiet: &Slot, tried: &Slot, input: &Input) -> anyhow::Result<PinnedCall> {
    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        let alone = pin(quiet)?;
        let alone = time(async || alone_once(alone.plugin(), input).await).await?;
        let recorded = time(async || pinned_once(quiet, input).await).await?;
        let before = heard(tried)?;
        let shadowed = time(async || pinned_once(tried, input).await).await?;
        catch_up(tried, before + u64::from(CALLS)).await?;
        batches.push([alone, recorded, shadowed]);
    }
    let of = |figure: fn(&[f64; 3]) -> f64| median(batches.iter().map(figure));
    Ok(PinnedCall {
        candidates: input.candidates.len(),
        alone_us: of(|[alone, _, _]| *alone),
        recorded_us: of(|[_, recorded, _]| *recorded),
        shadowed_us: of(|[_, _, shadowed]| *shadowed),
        recorded_ratio: of(|[alone, recorded, _]| recorded / alone),
        shadowed_ratio: of(|[alone, _, shadowed]| shadowed / alone),
    })
}

async fn alone_once(plugin: &Plugin, input: &Input) -> anyhow::Result<()> {
    plugin.rank(Start::now(1), &input.request, &input.candidates).await?;
    Ok(())
}

/// As a request does it, with one decision.
async fn pinned_once(slot: &Slot, input: &Input) -> anyhow::Result<()> {
    pin(slot)?.rank(1, &input.request, &input.candidates).await?;
    Ok(())
}

fn pin(slot: &Slot) -> anyhow::Result<Pinned> {
    slot.pin(1).ok_or_else(|| anyhow::anyhow!("the slot lost its plugin: it failed too often"))
}

/// Microseconds of one of a batch.
async fn time(mut call: impl AsyncFnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call().await?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS))
}

/// How many calls the shadow has heard; each alike, and none left out, or the figure would say something else.
fn heard(slot: &Slot) -> anyhow::Result<u64> {
    let Some(report) = slot.trial_report(1) else { bail!("the trial is over: the shadow failed too often") };
    let trial = report.trial;
    ensure!(trial.missed == 0, "the shadow missed {} calls", trial.missed);
    ensure!(trial.agree == trial.calls, "the shadow agreed to {} of {} calls", trial.agree, trial.calls);
    Ok(trial.calls)
}

async fn catch_up(slot: &Slot, calls: u64) -> anyhow::Result<()> {
    let begun = Instant::now();
    while heard(slot)? < calls {
        ensure!(begun.elapsed() < CATCH_UP, "the shadow is behind for more than {CATCH_UP:?}");
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
