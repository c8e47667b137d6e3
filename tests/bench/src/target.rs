//! What is measured: started, and known by where it answers.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::sleep;

use crate::Plan;
use crate::child::{Children, say, this_program};
use crate::load::Recipient;
use crate::machine::resident_bytes;
use crate::patchbay::{Patchbay, Policy, Serving};
use crate::report::Process;
use crate::statistics::median;

/// How long a process that is ready may settle before it counts as idle.
pub(crate) const SETTLE: Duration = Duration::from_secs(1);

/// Something that answers.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    /// What clients send as their key.
    pub(crate) key: Option<String>,
    /// More headers of theirs, each as `name: value`.
    pub(crate) headers: Vec<String>,
    /// The process under test; none for the upstream alone.
    pub(crate) process: Option<u32>,
}

impl Target {
    /// Without a key, and whose process is not looked at.
    pub(crate) fn new(name: &str, address: SocketAddr) -> Self {
        Self { name: name.to_owned(), address, key: None, headers: Vec::new(), process: None }
    }

    /// The same for clients in this process.
    pub(crate) fn recipient(&self) -> Recipient {
        Recipient { target: self.address, key: self.key.clone(), headers: self.headers.clone() }
    }

    /// Clients of a role of this program, which ask it.
    pub(crate) fn clients(&self, role: &str) -> anyhow::Result<Command> {
        let mut clients = this_program()?;
        clients.args([role, "--target", &self.address.to_string()]);
        for header in &self.headers {
            clients.args(["--header", header]);
        }
        match &self.key {
            Some(key) => clients.env("PATCHBAY_BENCH_KEY", key),
            None => clients.env_remove("PATCHBAY_BENCH_KEY"),
        };
        Ok(clients)
    }
}

/// The upstream itself, and the floor before it.
pub(crate) async fn upstream_and_floor(children: &mut Children) -> anyhow::Result<[Target; 2]> {
    let (upstream, _) = children.role(&["upstream".into()]).await?;
    Ok([Target::new("the upstream, asked directly", upstream), floor(upstream, children).await?])
}

/// A floor of its own before `upstream`.
pub(crate) async fn floor(upstream: SocketAddr, children: &mut Children) -> anyhow::Result<Target> {
    let (address, process) = children.role(&["floor".into(), upstream.to_string()]).await?;
    Ok(Target { process: Some(process), ..Target::new("bare hyper reverse proxy (the floor)", address) })
}

/// The same, which asks the bundled policy before each request.
pub(crate) async fn floor_with_policy(
    upstream: SocketAddr,
    children: &mut Children,
) -> anyhow::Result<Target> {
    let (address, process) =
        children.role(&["floor".into(), upstream.to_string(), "--policy".into()]).await?;
    let name = "the floor, and the policy called by wasmtime alone";
    Ok(Target { process: Some(process), ..Target::new(name, address) })
}

/// Patchbay twice, each in a folder of its own below `folder`: with the plugin and without.
pub(crate) async fn patchbays(
    plan: &Plan,
    binary: &Path,
    folder: &Path,
    upstream: SocketAddr,
    children: &mut Children,
) -> anyhow::Result<Vec<(Target, Process)>> {
    let mut patchbays = Vec::new();
    for (name, policy) in [("Patchbay, policy on", Policy::Plugin), ("Patchbay, policy off", Policy::Native)]
    {
        say(&format!("{name}: setting up"));
        let patchbay = Patchbay::set_up(binary, folder.join(name), upstream, policy, children).await?;
        patchbays.push(start(name.to_owned(), patchbay, plan.rounds, children).await?);
    }
    Ok(patchbays)
}

/// Starts it once, then `again` times, and leaves the last one running.
pub(crate) async fn start(
    name: String,
    patchbay: Patchbay,
    again: u64,
    children: &mut Children,
) -> anyhow::Result<(Target, Process)> {
    let Serving { mut address, mut process, ready: first } = patchbay.serve(children).await?;
    let mut next = Vec::new();
    for _ in 0..again {
        children.stop_one(process).await;
        let serving = patchbay.serve(children).await?;
        (address, process) = (serving.address, serving.process);
        next.push(milliseconds(serving.ready));
    }
    sleep(SETTLE).await;
    let measured = Process {
        target: name.clone(),
        id: process,
        first_ready_ms: milliseconds(first),
        ready_ms: median(next),
        idle_bytes: resident_bytes(process).unwrap_or_default(),
        loaded_bytes: None,
    };
    let target = Target { key: Some(patchbay.key), process: Some(process), ..Target::new(&name, address) };
    Ok((target, measured))
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
