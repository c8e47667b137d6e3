//! A kill at each named place that a host passes under this traffic: which those are is seen first, in lives that end at
//! random. It must not know what stands at a place.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use patchbay_failpoint::{HITS_VARIABLE, ORDERS_VARIABLE, POINTS};
use tokio::time::sleep;

use super::round::Round;
use super::stage::Stage;
use super::start;
use super::tally::Tally;
use crate::report::Report;
use crate::say::say;

/// Lives in which is seen what is passed, and how long each is.
const LOOKS: u64 = 8;
const LOOK: Duration = Duration::from_millis(1_500);
/// Fewer places are too few (R2).
const PLACES_MIN: usize = 60;
/// For a host to come to a place.
const PATIENCE: Duration = Duration::from_secs(10);
/// Places between two rests.
const ROUND: usize = 30;
/// Tries to die at one place.
const TRIES: u32 = 3;
/// The file to which the host adds the names of what it passes.
const HITS: &str = "hits";

pub(super) async fn play(
    stage: &mut Stage,
    tally: &mut Tally,
    report: &mut Report,
    only: &str,
) -> anyhow::Result<()> {
    let places = look(stage, tally).await?;
    anyhow::ensure!(
        !places.is_empty(),
        "no place is armed: name a binary with --patchbay that was built with `failpoints`"
    );
    tell(&places, report);
    let places: Vec<String> = places.into_iter().filter(|place| place.contains(only)).collect();
    let (mut number, mut missed) = (1, Vec::new());
    for places in places.chunks(ROUND) {
        let round = Round::begin(stage, number)?;
        for place in places {
            if !die_at_last(stage, tally, &round, place).await? {
                missed.push(place.clone());
            }
        }
        round.end(stage, tally).await?;
        number += 1;
        say(&format!("crashes: {} kills, {} failures", tally.kills, tally.failures.len()));
    }
    let hit = places.len() - missed.len();
    report.line(format!("{hit} named places, each proven to be hit by a host that died there"));
    report
        .expect(missed.is_empty(), || format!("no host died at {missed:?} within {PATIENCE:?} of its start"));
    Ok(())
}

fn tell(places: &BTreeSet<String>, report: &mut Report) {
    let apart: Vec<_> = POINTS.iter().filter(|point| !places.contains(**point)).collect();
    report.line(format!("{} named places are not passed under this traffic: {apart:?}", apart.len()));
    report.expect(places.len() >= PLACES_MIN, || {
        format!("expected {PLACES_MIN} places, found {}", places.len())
    });
}

/// What is passed by hosts that are killed now and then.
async fn look(stage: &mut Stage, tally: &mut Tally) -> anyhow::Result<BTreeSet<String>> {
    let hits = stage.file(HITS).to_string_lossy().into_owned();
    let round = Round::begin(stage, 0)?;
    for _ in 0..LOOKS {
        stage.host.kill().await?;
        round.desk.noted.killed();
        tally.kills += 1;
        start(stage, tally, &[(HITS_VARIABLE, &hits)]).await?;
        sleep(LOOK).await;
    }
    round.end(stage, tally).await?;
    Ok(passed(stage))
}

/// Whether a host died there, at one of a few tries: what is passed follows from what the one before has left.
async fn die_at_last(
    stage: &mut Stage,
    tally: &mut Tally,
    round: &Round,
    place: &str,
) -> anyhow::Result<bool> {
    for _ in 0..TRIES {
        if die_at(stage, tally, round, place).await? {
            return Ok(true);
        }
        sleep(LOOK).await;
    }
    Ok(false)
}

async fn die_at(stage: &mut Stage, tally: &mut Tally, round: &Round, place: &str) -> anyhow::Result<bool> {
    stage.host.kill().await?;
    round.desk.noted.killed();
    let hits = stage.file(HITS).to_string_lossy().into_owned();
    let _ = fs::remove_file(&hits);
    let order = format!("{place}=abort@1");
    let served = start(stage, tally, &[(HITS_VARIABLE, &hits), (ORDERS_VARIABLE, &order)]).await;
    let died = match served {
        Ok(()) => stage.host.ends(PATIENCE).await?,
        // It died before it was ready, or something is wrong with it.
        Err(error) if !passed(stage).contains(place) => return Err(error),
        Err(_) => true,
    };
    round.desk.noted.killed();
    tally.kills += 1;
    if !died {
        stage.host.kill().await?;
    }
    start(stage, tally, &[]).await?;
    Ok(died && passed(stage).contains(place))
}

fn passed(stage: &Stage) -> BTreeSet<String> {
    let hits = fs::read_to_string(stage.file(HITS)).unwrap_or_default();
    hits.lines().map(str::to_owned).collect()
}
