//! What Patchbay takes when it has nothing to do, and what connections and large bodies leave behind.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::child::{Children, say};
use crate::machine::{processor_time, resident_bytes, watched};
use crate::patchbay::{Patchbay, Policy};
use crate::report::Process;
use crate::round::{self, Scenario};
use crate::target::{self, SETTLE, Target};
use crate::{Part, Plan, full, upstream};

const CONNECTIONS: Scenario =
    Scenario { title: "200 connections", connections: 200, stream: false, awake: false };
/// Large bodies at one time, and the size of each.
const BODIES: usize = 8;
const BODY_BYTES: usize = 50 << 20;
/// How long all of them may take.
const SENDING: Duration = Duration::from_secs(60);
/// For how long the idle process's use of the processor is counted, unless it is to go quickly.
const IDLE: Duration = Duration::from_secs(10);
const IDLE_SHORT: Duration = Duration::from_secs(3);

#[derive(Serialize)]
pub(crate) struct Idle {
    /// Processor time of the idle process, in percent of one core.
    pub(crate) processor_percent: f64,
    pub(crate) over_seconds: u64,
    pub(crate) weights: Vec<Weight>,
}

/// Resident memory around something that was done to the process.
#[derive(Serialize)]
pub(crate) struct Weight {
    pub(crate) what: String,
    pub(crate) before_bytes: u64,
    pub(crate) peak_bytes: u64,
    /// A second after its end.
    pub(crate) after_bytes: u64,
}

/// Also what processes there were, for the parts of a run that are not measured.
pub(crate) async fn measure(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    upstream: &Target,
    children: &mut Children,
) -> anyhow::Result<(Idle, Vec<Process>)> {
    say("an idle host: setting up");
    let mut processes = Vec::new();
    let patchbay =
        Patchbay::set_up(binary, folder.join("idle"), upstream.address, Policy::Plugin, children).await?;
    let (target, process) =
        target::start("Patchbay, policy on".into(), patchbay, plan.rounds, children).await?;
    let idle = weigh(plan, &target, process.id, children).await?;
    children.stop_one(process.id).await;
    if !plan.has(Part::Gateway) {
        processes.push(process);
    }
    let accepted = accepted(binary, &folder.join("idle, large bodies"), upstream.address, children).await?;
    if !plan.has(Part::Plugin) {
        let folder = folder.join("idle, full");
        processes.push(full::process(plan, binary, folder, upstream.address, children).await?);
    }
    Ok((Idle { weights: idle.weights.into_iter().chain([accepted]).collect(), ..idle }, processes))
}

async fn weigh(plan: &Plan, target: &Target, process: u32, children: &mut Children) -> anyhow::Result<Idle> {
    let time = if plan.short { IDLE_SHORT } else { IDLE };
    say(&format!("an idle host: its processor time over {time:?}"));
    let before = processor_time(process).unwrap_or_default();
    sleep(time).await;
    let spent = processor_time(process).unwrap_or_default().saturating_sub(before);
    let connections = round::sample(CONNECTIONS, plan.seconds, target, children);
    let connections = around(CONNECTIONS.title.into(), process, connections).await?;
    let what = format!("{BODIES} bodies of {} MiB, refused for their size", BODY_BYTES >> 20);
    let refused = around(what, process, bodies(target, StatusCode::PAYLOAD_TOO_LARGE)).await?;
    Ok(Idle {
        processor_percent: spent.as_secs_f64() / time.as_secs_f64() * 100.0,
        over_seconds: time.as_secs(),
        weights: vec![connections, refused],
    })
}

/// Through a host that was told to take such bodies.
async fn accepted(
    binary: &Path,
    folder: &Path,
    upstream: SocketAddr,
    children: &mut Children,
) -> anyhow::Result<Weight> {
    let patchbay = Patchbay::set_up(binary, folder.to_owned(), upstream, Policy::Plugin, children).await?;
    patchbay.configure("[server]", "body_bytes_max = \"64 MiB\"")?;
    let serving = patchbay.serve(children).await?;
    sleep(SETTLE).await;
    let target = patchbay.target("Patchbay, large bodies", &serving);
    let what = format!("{BODIES} bodies of {} MiB, passed on", BODY_BYTES >> 20);
    let weight = around(what, serving.process, bodies(&target, StatusCode::OK)).await?;
    children.stop_one(serving.process).await;
    Ok(weight)
}

async fn around<T>(
    what: String,
    process: u32,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Weight> {
    say(&what);
    let before_bytes = resident_bytes(process).unwrap_or_default();
    let (done, peak) = watched(Some(process), work).await;
    done?;
    sleep(SETTLE).await;
    let after_bytes = resident_bytes(process).unwrap_or_default();
    Ok(Weight { what, before_bytes, peak_bytes: peak.unwrap_or_default(), after_bytes })
}

/// All at the same time, each over a connection of its own.
///
/// # Errors
/// When one is answered with another status. A connection that is closed while the body is on its way is a refusal.
async fn bodies(target: &Target, expected: StatusCode) -> anyhow::Result<()> {
    let body = upstream::large_request(BODY_BYTES);
    let mut sending = JoinSet::new();
    for _ in 0..BODIES {
        let (recipient, body) = (target.recipient(), body.clone());
        sending.spawn(async move { recipient.ask(body).await });
    }
    for status in timeout(SENDING, sending.join_all()).await? {
        match status {
            Ok(status) if status == expected => {}
            Err(_) if expected == StatusCode::PAYLOAD_TOO_LARGE => {}
            other => anyhow::bail!("a body of {BODY_BYTES} bytes: expected {expected}, found {other:?}"),
        }
    }
    Ok(())
}
