//! An engine under load whose process is killed at random, again and again, over one store; some lives are stopped for
//! longer than a lease first, some see their wall clock jump. What was acknowledged is there after each start, and at
//! the end every task has its end.

mod clock;
pub(crate) mod flood;

use std::fs;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::played_engine::child::LEASE;
use crate::played_engine::command;
use crate::report::Report;
use crate::say::say;

/// Which life of a process this is; the last one gives no new tasks.
pub(crate) const FLOOD_VARIABLE: &str = "FAULTS_FLOOD";
/// How many seconds the last life has.
pub(crate) const LAST_VARIABLE: &str = "FAULTS_LAST_S";
/// By how many milliseconds the wall clock of a life jumps.
pub(crate) const JUMP_VARIABLE: &str = "FAULTS_JUMP_MS";

const SHORT: u64 = 200;
const LONG: u64 = 10_000;
/// How far it is is said after so many.
const SAID_EACH: u64 = 500;
/// From its start to ready (R1).
const READY: Duration = Duration::from_secs(1);
/// A process that is not ready by then never will be.
const PATIENCE: Duration = Duration::from_secs(30);
/// For all that was acknowledged to come to its end in the last life: so long, and so much for each kill before it, which
/// leaves tasks behind.
const LAST: Duration = Duration::from_secs(600);
const LAST_EACH: Duration = Duration::from_millis(300);
/// For the last life to say so.
const LAST_WORDS: Duration = Duration::from_secs(60);
/// A life goes on for so long after it is ready, at most.
const LIFE_MS_MAX: u64 = 300;
/// One life in so many is stopped for longer than a lease; in another one in so many the clock jumps.
const STOPPED_EACH: u64 = 10;
const JUMPS_EACH: u64 = 5;
const HOUR_MS: i64 = 3_600_000;
const JUMPS_MS: [i64; 3] = [HOUR_MS, -HOUR_MS, 10 * 365 * 24 * HOUR_MS];
const POLL: Duration = Duration::from_millis(1);

#[derive(Args, Clone, Default)]
pub(crate) struct Order {
    /// 200 kills.
    #[arg(long, conflicts_with = "long")]
    pub(crate) short: bool,
    /// 10,000 kills.
    #[arg(long)]
    pub(crate) long: bool,
    /// What the random moments follow from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// What the lives were.
#[derive(Default)]
struct Lives {
    ready: Vec<Duration>,
    killed_early: u64,
    stopped: u64,
    jumps: u64,
}

impl Lives {
    fn worst(&self) -> Duration {
        self.ready.iter().copied().max().unwrap_or_default()
    }
}

pub(crate) async fn run(order: &Order) -> anyhow::Result<Report> {
    let kills = if order.long { LONG } else { SHORT };
    let mut report = Report::new("kills");
    let folder = TempDir::new()?;
    let mut random = fastrand::Rng::with_seed(order.seed);
    let mut lives = Lives::default();
    say(&format!("kills: {kills}"));
    for life in 0..kills {
        if let Err(error) = one(folder.path(), life, &mut random, &mut lives).await {
            report.failures.push(format!("life {life}: {error:#}"));
            return Ok(report);
        }
        if (life + 1).is_multiple_of(SAID_EACH) {
            say(&format!("kills: {} of {kills}, the slowest start {:?}", life + 1, lives.worst()));
        }
    }
    say("kills: the last life goes on until all is over");
    last(folder.path(), kills, &mut report).await?;
    tell(lives, kills, &mut report);
    Ok(report)
}

/// One life: it starts, works, and is killed.
async fn one(folder: &Path, life: u64, random: &mut fastrand::Rng, lives: &mut Lives) -> anyhow::Result<()> {
    let jump = if life % JUMPS_EACH == 1 { random.choice(JUMPS_MS).unwrap_or_default() } else { 0 };
    let mut child = start(folder, &life.to_string(), jump, LAST)?;
    lives.jumps += u64::from(jump != 0);
    if random.u64(..STOPPED_EACH) == 0 {
        // Perhaps before it is ready.
        sleep(Duration::from_millis(random.u64(..20))).await;
        lives.killed_early += 1;
    } else {
        let took = ready(folder, life, &mut child).await?;
        if took >= READY {
            // At once, so that it can be seen what else the machine did then.
            say(&format!("kills: life {life} was ready after {took:?}"));
        }
        lives.ready.push(took);
        sleep(Duration::from_millis(random.u64(..LIFE_MS_MAX))).await;
        if life % STOPPED_EACH == 3 {
            hold(&child).await?;
            lives.stopped += 1;
        }
    }
    if let Some(status) = child.try_wait()? {
        bail!("it ended by itself: {status}: {}", said(&mut child).await);
    }
    child.kill().await?;
    Ok(())
}

fn start(folder: &Path, life: &str, jump_ms: i64, patience: Duration) -> anyhow::Result<Child> {
    let mut command = Command::from(command(folder));
    command.env(FLOOD_VARIABLE, life).env(JUMP_VARIABLE, jump_ms.to_string());
    command.env(LAST_VARIABLE, patience.as_secs().to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command.spawn()?)
}

/// How long it took.
async fn ready(folder: &Path, life: u64, child: &mut Child) -> anyhow::Result<Duration> {
    let (file, began) = (folder.join(format!("ready-{life}")), Instant::now());
    while !file.exists() {
        if let Some(status) = child.try_wait()? {
            bail!("it does not start: {status}: {}", said(child).await);
        }
        if began.elapsed() > PATIENCE {
            bail!("it is not ready after {PATIENCE:?}");
        }
        sleep(POLL).await;
    }
    let took = began.elapsed();
    fs::remove_file(file)?;
    Ok(took)
}

/// SIGSTOP for longer than a lease, then SIGCONT, and time to do what it should not.
async fn hold(child: &Child) -> anyhow::Result<()> {
    let id = child.id().context("it has ended")?;
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).context("a process id is positive")?;
    kill_process(id, Signal::STOP)?;
    sleep(LEASE * 2).await;
    kill_process(id, Signal::CONT)?;
    sleep(LEASE / 2).await;
    Ok(())
}

/// The life in which all that was acknowledged comes to its end; it looks at everything itself.
async fn last(folder: &Path, kills: u64, report: &mut Report) -> anyhow::Result<()> {
    let patience = LAST + LAST_EACH * u32::try_from(kills)?;
    let mut child = start(folder, "last", 0, patience)?;
    let Ok(status) = timeout(patience + LAST_WORDS, child.wait()).await else {
        report.failures.push(format!("the last life did not end within {patience:?}"));
        return Ok(());
    };
    let status: ExitStatus = status?;
    let said = said(&mut child).await;
    report.expect(status.success(), || format!("the last life: {status}: {said}"));
    let told = fs::read_to_string(folder.join("told")).unwrap_or_default();
    told.lines().for_each(|line| report.line(line));
    Ok(())
}

async fn said(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(stderr) = child.stderr.as_mut() {
        // What it has said by now is enough.
        let _ = tokio::io::AsyncReadExt::read_to_string(stderr, &mut text).await;
    }
    text.trim().to_owned()
}

fn tell(mut lives: Lives, kills: u64, report: &mut Report) {
    let worst = lives.worst();
    lives.ready.sort_unstable();
    let at = |part: usize| lives.ready.get(lives.ready.len() * part / 100).copied().unwrap_or_default();
    report.line(format!(
        "{kills} kills, {} perhaps before it was ready, {} after a stop of {:?} (a lease is {LEASE:?}), {} with a jump of the clock",
        lives.killed_early,
        lives.stopped,
        LEASE * 2,
        lives.jumps
    ));
    report.line(format!("start to ready: median {:?}, 99 % {:?}, worst {worst:?}", at(50), at(99)));
    report.expect(worst < READY, || {
        format!("expected every start to be ready within {READY:?}, found {worst:?}")
    });
}
