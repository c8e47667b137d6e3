//! A storm of 429: one of two providers limits everybody while requests come at a fixed rate. No client may notice, the
//! rest only grows and outlives `kill -9`, and the provider is let in again by one probe and then by and by.

mod load;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use crate::alone::{NATIVE, register};
use crate::calendar;
use crate::host::Host;
use crate::operator::{Cooldown, Operator};
use crate::report::Report;
use crate::say::say;
use crate::script::Script;
use crate::upstream::{Asked, Upstream};
use crate::wait::until;
use crate::words;
use load::Load;

const LIMITED: &str = "limited";
const SPARE: &str = "spare";
/// Two rests fit before the kill, and the second outlives it.
const CONFIG: &str = "[cooldown]\nbase = \"2s\"\nmax = \"20s\"\n[usage]\nflush_interval = \"100ms\"\n";
/// In the second rest.
const KILL_AFTER: Duration = Duration::from_millis(3500);
/// What begins shortly before the kill may be lost with it.
const WRITTEN: Duration = Duration::from_millis(400);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// From when the second rest is over until the provider has everything again.
const RETURN: Duration = Duration::from_secs(4);
const RETURN_MAX: Duration = Duration::from_secs(15);
/// How long the provider takes for a request when it is well: so several are under way at a time.
const TAKES: Duration = Duration::from_millis(100);
/// Steps of the ramp that are told.
const SHOWN_MAX: usize = 12;
/// The ramp is over after so many successes.
const RAMP: usize = 6;

#[derive(Args, Clone)]
pub(crate) struct Order {
    /// Requests a second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..=5000))]
    pub(crate) rate: u64,
}

struct Stage {
    host: Host,
    limited: Upstream,
    well: Arc<AtomicBool>,
    _spare: Upstream,
}

pub(crate) async fn run(binary: &Path, order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("storm");
    say(&format!("storm: {} requests a second", order.rate));
    let mut stage = Stage::set(binary).await?;
    let client = stage.host.client("storm").await?;
    let load = Load::start(client.clone(), order.rate);
    let rests = stage.watch(KILL_AFTER).await;
    only_grows(&rests, &mut report);
    let before = load.stop().await;
    before.judge("before the kill", &mut report);
    let kept = rests.iter().rfind(|(at, _)| at.elapsed() > WRITTEN).map(|(_, rest)| rest.clone());
    stage.host.kill().await?;
    stage.host.serve().await?;
    stage.is_kept(kept, &mut report).await?;
    stage.well.store(true, Ordering::SeqCst);
    let mended = Instant::now();
    let load = Load::start(client.moved(stage.host.address()?), order.rate);
    let limited = stage.limited.seen();
    let back =
        until(RETURN_MAX, || async { limited.asked().iter().any(|asked| asked.at > mended).then_some(()) });
    report.expect(back.await.is_some(), || {
        format!("expected the provider to be asked again within {RETURN_MAX:?}")
    });
    sleep(RETURN).await;
    load.stop().await.judge("after the kill", &mut report);
    ramp(&stage.limited.seen().asked(), mended, &mut report);
    Ok(report)
}

impl Stage {
    async fn set(binary: &Path) -> anyhow::Result<Self> {
        let well = Arc::new(AtomicBool::new(false));
        let is_well = well.clone();
        let limited = Upstream::start(move |asked| match is_well.load(Ordering::SeqCst) {
            false => Script::whole("429 Too Many Requests", "", "slow down"),
            true => delayed(words::good(NATIVE, asked.is_stream())),
        })
        .await?;
        let spare = Upstream::start(|asked| words::good(NATIVE, asked.is_stream())).await?;
        let host = Host::start(binary, CONFIG).await?;
        register(&host, LIMITED, &limited, &[]).await?;
        register(&host, SPARE, &spare, &["--pool", "fallback"]).await?;
        Ok(Self { host, limited, well, _spare: spare })
    }

    /// The rests of the limited provider, each time with when it was seen.
    async fn watch(&self, time: Duration) -> Vec<(Instant, Cooldown)> {
        let (operator, end) = (self.host.operator(), Instant::now() + time);
        let mut rests = Vec::new();
        while Instant::now() < end {
            if let Some(rest) = rest_of(&operator).await {
                rests.push((Instant::now(), rest));
            }
            sleep(LOOK_EVERY).await;
        }
        rests
    }

    /// After the kill the rest is the one that was there before.
    async fn is_kept(&self, kept: Option<Cooldown>, report: &mut Report) -> anyhow::Result<()> {
        let Some(kept) = kept else {
            report.failures.push("expected a rest before the kill, none was seen".to_owned());
            return Ok(());
        };
        let now = u64::try_from(calendar::now().as_millis())?;
        let found = rest_of(&self.host.operator()).await;
        report.line(format!("killed with {} ms of rest {} left", kept.until.saturating_sub(now), kept.count));
        report.expect(kept.until > now, || {
            "expected the rest to outlive the kill, the start took too long".to_owned()
        });
        report.expect(
            found.as_ref().is_some_and(|found| found.until >= kept.until && found.count >= kept.count),
            || format!("expected the rest {kept:?} after the kill, found {found:?}"),
        );
        Ok(())
    }
}

async fn rest_of(operator: &Operator) -> Option<Cooldown> {
    let rests = operator.cooldowns().await.ok()?;
    rests.into_iter().find(|rest| rest.provider == LIMITED)
}

/// An answer that takes a while.
fn delayed(mut script: Script) -> Script {
    script.steps.insert(0, crate::script::Step::Wait(TAKES));
    script
}

fn only_grows(rests: &[(Instant, Cooldown)], report: &mut Report) {
    let most = rests.iter().map(|(_, rest)| rest.count).max().unwrap_or_default();
    report.line(format!("{} looks at the rest, which was the {most}. at last", rests.len()));
    report.expect(most >= 2, || format!("expected a second, longer rest, found {most}"));
    for pair in rests.windows(2) {
        if let [(_, one), (_, next)] = pair {
            report.expect(next.until >= one.until && next.count >= one.count, || {
                format!("expected a rest that only grows, found {one:?} and then {next:?}")
            });
        }
    }
}

/// As the provider saw it: first one alone, and after each success at most twice as many at a time.
fn ramp(asked: &[Asked], mended: Instant, report: &mut Report) {
    let returned: Vec<&Asked> = asked.iter().filter(|asked| asked.at > mended).collect();
    let (mut steepest, mut too_steep) = (Vec::new(), None);
    for one in &returned {
        let ended = returned.iter().filter(|other| other.ended.is_some_and(|ended| ended < one.at)).count();
        let under_way = returned.iter().filter(|other| other.at <= one.at).count() - ended;
        if ended >= RAMP {
            break;
        }
        steepest.push(format!("{ended}:{under_way}"));
        if under_way > 1 << ended {
            too_steep.get_or_insert((ended, under_way));
        }
    }
    if let Some((ended, under_way)) = too_steep {
        let most = 1 << ended;
        report
            .failures
            .push(format!("expected at most {most} at a time after {ended} successes, found {under_way}"));
    }
    steepest.dedup();
    steepest.truncate(SHOWN_MAX);
    report.line(format!(
        "{} requests after its return; successes:at a time {}",
        returned.len(),
        steepest.join(" ")
    ));
    report.expect(returned.len() > RAMP, || "expected the provider to be let in again".to_owned());
}
