//! What a candidate costs the gateway's traffic: nobody on trial, a shadow that hears every request, and a canary.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use crate::Plan;
use crate::child::{Children, say};
use crate::component::{POLICY, bundled, whole};
use crate::operator::Operator;
use crate::patchbay::{Patchbay, Policy};
use crate::report::Row;
use crate::round::{self, Sample, TRIALS};
use crate::target::Target;

/// How a candidate is tried. The first is what the others are compared to.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Nobody,
    Shadow,
    Canary,
}

const MODES: [Mode; 3] = [Mode::Nobody, Mode::Shadow, Mode::Canary];

/// What the shadow came to, in all rounds together.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Heard {
    /// Requests that it was put.
    pub(crate) heard: u64,
    /// Those that did not fit into its queue: it was behind.
    pub(crate) missed: u64,
    /// Those that it answered otherwise, or not at all.
    pub(crate) otherwise: u64,
}

pub(crate) async fn measure(
    plan: &Plan,
    binary: PathBuf,
    folder: &Path,
    upstream: SocketAddr,
    children: &mut Children,
) -> anyhow::Result<(Vec<Row>, Heard)> {
    say("a host with a candidate: setting up");
    let folder = folder.join("trial");
    let patchbay = Patchbay::set_up(&binary, folder, upstream, Policy::Plugin, children).await?;
    let serving = patchbay.serve(children).await?;
    let targets = MODES.map(|mode| patchbay.target(mode.name(), &serving));
    let (mut rounds, mut heard) = (Vec::new(), Heard::default());
    for number in 1..=plan.rounds {
        say(&format!("{}: round {number} of {}", TRIALS.title, plan.rounds));
        rounds.push(one(plan, &patchbay.operator(), &targets, &mut heard, children).await?);
    }
    children.stop_one(serving.process).await;
    Ok((round::rows(TRIALS, &targets, &rounds), heard))
}

/// One round: each mode in turn.
async fn one(
    plan: &Plan,
    operator: &Operator,
    targets: &[Target; 3],
    heard: &mut Heard,
    children: &mut Children,
) -> anyhow::Result<Vec<Sample>> {
    // It would answer as the one in charge does: what is measured is the trial, not a difference.
    let candidate = whole(bundled(POLICY)?)?;
    let mut samples = Vec::new();
    for (mode, target) in MODES.into_iter().zip(targets) {
        if let Some(trial) = mode.trial() {
            operator.try_out(trial, &candidate).await?;
        }
        samples.push(round::sample(TRIALS, plan.seconds, target, children).await?);
        if mode == Mode::Shadow {
            heard.add(&operator.trial().await?);
        }
        if mode != Mode::Nobody {
            operator.discard().await?;
        }
    }
    Ok(samples)
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Nobody => "Patchbay, nobody on trial (the floor here)",
            Self::Shadow => "Patchbay, a shadow hears every request",
            Self::Canary => "Patchbay, a canary decides 5 %",
        }
    }

    fn trial(self) -> Option<Value> {
        match self {
            Self::Nobody => None,
            Self::Shadow => Some(json!({ "shadow": { "sample": 1.0 } })),
            Self::Canary => Some(json!({ "canary": { "percent": 5.0 } })),
        }
    }
}

impl Heard {
    fn add(&mut self, trial: &Value) {
        let count = |name: &str| trial[name].as_u64().unwrap_or_default();
        self.heard += count("calls");
        self.missed += count("missed");
        self.otherwise += count("differ") + count("diverged") + count("failed");
    }
}
