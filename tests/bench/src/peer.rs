//! Other gateways before the same upstream, each in turn with the floor. Whatever is not installed or does not work is
//! said to be left out, with the reason.

mod place;
mod recipe;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use http::StatusCode;
use serde::Serialize;
use tokio::time::{sleep, timeout};

use crate::Plan;
use crate::child::{Children, say};
use crate::load::WHOLE;
use crate::machine::{family, resident_bytes};
use crate::pairs::Pairs;
use crate::patchbay::{Patchbay, Policy};
use crate::report::Skipped;
use crate::round::{self, SCENARIOS, Sample};
use crate::statistics::median;
use crate::target::Target;
use place::Place;
use recipe::{RECIPES, Recipe};

/// How long a gateway may take until it passes a request on.
const READY: Duration = Duration::from_secs(90);
/// How long one answer may take meanwhile, and how long until the next try.
const TRY: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// One gateway against the floor of the same rounds.
#[derive(Serialize)]
pub(crate) struct PeerRow {
    pub(crate) name: String,
    pub(crate) version: String,
    /// At 32 connections.
    pub(crate) per_second: f64,
    pub(crate) floor_per_second: f64,
    pub(crate) ratio: f64,
    /// At one connection.
    pub(crate) p50_us: f64,
    pub(crate) floor_p50_us: f64,
    pub(crate) p50_added_us: f64,
    /// Of all its processes, for each answer at 32 connections.
    pub(crate) processor_us: f64,
    /// Of all its processes after the load; what they share counts for each.
    pub(crate) resident_bytes: u64,
    /// In all rounds together.
    pub(crate) errors: u64,
    pub(crate) complaint: Option<String>,
}

/// What was measured, and what was not.
#[derive(Default)]
pub(crate) struct Peers {
    pub(crate) rows: Vec<PeerRow>,
    pub(crate) skipped: Vec<Skipped>,
}

pub(crate) async fn measure(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    [upstream, floor]: [&Target; 2],
    children: &mut Children,
) -> anyhow::Result<Peers> {
    let mut peers = Peers::default();
    peers.rows.push(patchbay(plan, binary, &folder.join("peers"), [upstream, floor], children).await?);
    for recipe in RECIPES {
        match one(plan, recipe, folder, [upstream, floor], children).await {
            Ok(row) => peers.rows.push(row),
            Err(error) => {
                say(&format!("{}: skipped: {error:#}", recipe.name));
                peers.skipped.push(Skipped { what: recipe.name.to_owned(), reason: format!("{error:#}") });
            }
        }
    }
    Ok(peers)
}

async fn patchbay(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    [upstream, floor]: [&Target; 2],
    children: &mut Children,
) -> anyhow::Result<PeerRow> {
    let patchbay =
        Patchbay::set_up(binary, folder.to_owned(), upstream.address, Policy::Plugin, children).await?;
    let serving = patchbay.serve(children).await?;
    let target = patchbay.target("Patchbay, policy on", &serving);
    let row = compare(plan, floor, &target, env!("CARGO_PKG_VERSION").to_owned(), children).await;
    children.stop_one(serving.process).await;
    row
}

async fn one(
    plan: &Plan,
    recipe: &Recipe,
    folder: &Path,
    [upstream, floor]: [&Target; 2],
    children: &mut Children,
) -> anyhow::Result<PeerRow> {
    let place = Place::find(recipe, plan.peers.as_deref(), folder.join(recipe.folder), upstream.address)?;
    say(&format!("{}: starting", recipe.name));
    let mut launch = (recipe.launch)(&place)?;
    let process = children.process(place.quiet(&mut launch.command)?)?;
    let address = ([127, 0, 0, 1], place.port).into();
    let target = Target {
        key: Some(launch.key),
        headers: launch.headers,
        process: Some(process),
        ..Target::new(recipe.name, address)
    };
    let row = match ready(&target, process, children).await {
        Ok(()) => compare(plan, floor, &target, place.version(), children).await,
        Err(error) => Err(anyhow!("{error:#}; {}", place.log_tail())),
    };
    children.stop_one(process).await;
    row
}

/// Until it passes a request on.
async fn ready(target: &Target, process: u32, children: &mut Children) -> anyhow::Result<()> {
    let (begun, recipient) = (Instant::now(), target.recipient());
    loop {
        if let Some(how) = children.ended(process) {
            bail!("it ended: {how}");
        }
        let found = match timeout(TRY, recipient.ask(WHOLE.into())).await {
            Ok(Ok(StatusCode::OK)) => return Ok(()),
            Ok(Ok(status)) => format!("it answers {status}"),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => format!("no answer within {TRY:?}"),
        };
        if begun.elapsed() > READY {
            bail!("it passes no request on after {READY:?}: {found}");
        }
        sleep(POLL).await;
    }
}

async fn compare(
    plan: &Plan,
    floor: &Target,
    target: &Target,
    version: String,
    children: &mut Children,
) -> anyhow::Result<PeerRow> {
    let both = [floor.clone(), target.clone()];
    let (mut busy, mut single) = (Vec::new(), Vec::new());
    for number in 1..=plan.rounds {
        say(&format!("{} beside the floor: round {number} of {}", target.name, plan.rounds));
        busy.push(
            round::measure(SCENARIOS[0], plan.seconds, &both, children).await.context(SCENARIOS[0].title)?,
        );
        single.push(
            round::measure(SCENARIOS[1], plan.seconds, &both, children).await.context(SCENARIOS[1].title)?,
        );
    }
    let memory = target.process.into_iter().flat_map(family).filter_map(resident_bytes).sum();
    Ok(row(target.name.clone(), version, memory, &Pairs::of(&busy, 1), &Pairs::of(&single, 1)))
}

fn row(
    name: String,
    version: String,
    resident_bytes: u64,
    busy: &Pairs<'_, Sample>,
    single: &Pairs<'_, Sample>,
) -> PeerRow {
    let samples = || busy.samples().chain(single.samples());
    PeerRow {
        name,
        version,
        per_second: busy.own(|sample| sample.outcome.per_second),
        floor_per_second: median(busy.floors().map(|sample| sample.outcome.per_second)),
        ratio: busy.ratio(|sample| sample.outcome.per_second),
        p50_us: single.own(|sample| sample.outcome.p50_us),
        floor_p50_us: median(single.floors().map(|sample| sample.outcome.p50_us)),
        p50_added_us: single.added(|sample| sample.outcome.p50_us),
        processor_us: busy.own(|sample| sample.processor_us.unwrap_or_default()),
        resident_bytes,
        errors: samples().map(|sample| sample.outcome.errors).sum(),
        complaint: samples().find_map(|sample| sample.outcome.complaint.clone()),
    }
}
