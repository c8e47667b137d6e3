//! `patchbay demo`: what this host is for, shown on real traffic, needing nothing but this binary. It uses the same
//! doors as an operator and an agent: nothing here is possible only here.

mod client;
mod healing;
mod mind;
mod provider;
mod stage;
mod tell;

use std::time::Duration;

use anyhow::{Context, ensure};

use crate::bundled;
use crate::cli::DemoOptions;
use client::{Crowd, Seen};
use stage::Stage;

/// Agents that ask at the same time, while something is changed.
const CROWD: usize = 6;
/// The longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays all acts; then serves on until a signal, unless it is to end.
///
/// # Errors
/// The first thing that did not happen as it should have.
pub async fn run(options: DemoOptions) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("patchbay-demo-").tempdir()?;
    let stage = Stage::set(folder.path(), &options).await?;
    let played = play(&stage).await;
    if let Err(error) = &played {
        tell::failed(error);
    } else if !options.exit {
        tell::serving(&stage);
        crate::serve::ended().await?;
    }
    stage.clear().await?;
    played
}

async fn play(stage: &Stage) -> anyhow::Result<()> {
    tell::opening(stage);
    first_requests(stage).await?;
    rate_limit(stage).await?;
    swap(stage).await?;
    trial(stage).await?;
    rollback(stage).await?;
    healing::mend(stage).await?;
    healing::remember(stage).await?;
    healing::give_up(stage).await?;
    tell::ledger(&stage.usage().await?);
    tell::generations(&stage.slot().await?);
    tell::closing();
    Ok(())
}

/// Two requests, decided by the policy that came with the host.
async fn first_requests(stage: &Stage) -> anyhow::Result<()> {
    tell::act("A request and a stream, through the gateway");
    for stream in [false, true] {
        let served = stage.agent.ask(stream).await?;
        ensure!(
            served.provider == "alpha",
            "expected the first pool's provider alpha, not {}",
            served.provider
        );
        tell::request(stream, &served);
    }
    Ok(())
}

/// A provider says 429: others take over, it is left alone for a while, and comes back by a probe.
async fn rate_limit(stage: &Stage) -> anyhow::Result<()> {
    tell::act("alpha answers 429: the request goes on to beta, and alpha is left alone");
    stage.alpha.set_busy(true);
    let first = stage.agent.ask(false).await?;
    ensure!(
        first.provider == "beta" && first.attempts == 2,
        "expected beta at the second attempt: {first:?}"
    );
    tell::request(false, &first);
    let cooldowns = stage.host.operator.cooldowns();
    ensure!(cooldowns.iter().any(|cooldown| cooldown.provider.as_str() == "alpha"), "alpha does not cool");
    tell::cooldowns(&cooldowns);
    let asked = stage.alpha.refused();
    for stream in [false, true] {
        let next = stage.agent.ask(stream).await?;
        ensure!(next.provider == "beta" && next.attempts == 1, "expected beta at once: {next:?}");
    }
    ensure!(stage.alpha.refused() == asked, "alpha was asked although it cools");
    tell::note("the next two went to beta at once: alpha was not asked again");
    stage.alpha.set_busy(false);
    until("alpha to serve again", || async { Ok(stage.agent.ask(false).await?.provider == "alpha") }).await?;
    tell::note("its time over and one probe answered, alpha serves again");
    Ok(())
}

/// Another policy takes over while requests run.
async fn swap(stage: &Stage) -> anyhow::Result<()> {
    tell::act("The routing policy is swapped while requests run");
    let before = stage.active()?;
    let crowd = Crowd::start(&stage.agent, CROWD);
    until("some traffic", || async { Ok(crowd.seen().requests > 100) }).await?;
    let loaded = stage.load(bundled::component("least-latency")?).await?;
    tell::loaded(&loaded);
    until("traffic on the new policy", || async { Ok(count(&crowd.seen(), loaded.number) > 100) }).await?;
    let seen = crowd.end().await;
    unharmed(&seen)?;
    let known = seen.generations.keys().all(|number| [before, loaded.number].contains(number));
    ensure!(known, "answers of generations that never were in charge: {:?}", seen.generations);
    tell::crowd(&seen);
    Ok(())
}

/// A candidate hears what the active policy hears, and is put in charge once recorded calls have been put to it.
async fn trial(stage: &Stage) -> anyhow::Result<()> {
    tell::act("Another policy listens on live traffic as a shadow, and is then promoted through the gate");
    let before = stage.active()?;
    let candidate = stage.shadow(bundled::component("cost-aware")?).await?;
    tell::loaded(&candidate);
    let crowd = Crowd::start(&stage.agent, CROWD);
    until("the shadow to hear some calls", || async { Ok(stage.trial()?.trial.calls > 300) }).await?;
    let seen = crowd.end().await;
    unharmed(&seen)?;
    ensure!(seen.generations.keys().all(|number| *number == before), "the shadow decided something");
    tell::crowd(&seen);
    let report = stage.trial()?;
    ensure!(report.trial.failed == 0, "the shadow failed {} calls", report.trial.failed);
    tell::trial(&report);
    let promoted = stage.promote("the demo means it").await?;
    ensure!(stage.active()? == candidate.number, "{} is not in charge", candidate.id);
    tell::promoted(&promoted);
    Ok(())
}

/// A policy that traps takes over, and is taken out by itself.
async fn rollback(stage: &Stage) -> anyhow::Result<()> {
    tell::act("A policy that traps at every call is loaded while requests run");
    let crowd = Crowd::start(&stage.agent, CROWD);
    until("some traffic", || async { Ok(crowd.seen().requests > 50) }).await?;
    let loaded = stage.load(bundled::faulty()?).await?;
    tell::loaded(&loaded);
    until("the rollback", || async { Ok(stage.active()? > loaded.number) }).await?;
    let back = stage.active()?;
    until("traffic on the policy that came back", || async { Ok(count(&crowd.seen(), back) > 50) }).await?;
    let seen = crowd.end().await;
    unharmed(&seen)?;
    ensure!(seen.fallbacks > 0, "the native policy never had to answer, so the bad policy was never asked");
    tell::crowd(&seen);
    let reports = stage.reports().await?;
    ensure!(!reports.is_empty(), "the rollback left no report in the outbox");
    tell::reports(&reports);
    Ok(())
}

fn count(seen: &Seen, generation: u64) -> u64 {
    seen.generations.get(&generation).copied().unwrap_or(0)
}

fn unharmed(seen: &Seen) -> anyhow::Result<()> {
    ensure!(seen.failed == 0, "{} requests failed: {:?}", seen.failed, seen.failures);
    ensure!(
        seen.went_back == 0,
        "{} answers came from an older generation than the one before",
        seen.went_back
    );
    Ok(())
}

/// Asks again and again, a little apart, until it is so.
async fn until<F: Future<Output = anyhow::Result<bool>>>(
    what: &str,
    so: impl Fn() -> F,
) -> anyhow::Result<()> {
    let waiting = async {
        while !so().await? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("waited too long for {what}"))?
}
