//! Every named place of the store and the engine: a process is killed there, as `kill -9` does it, and started again.
//! A place that is never passed fails the program, for it proves nothing.

use std::collections::BTreeSet;

use clap::Args;
use patchbay_failpoint::{IS_ARMED, POINTS};
use tokio::task::JoinSet;

use crate::played_engine::command;
use crate::played_engine::round::{Whole, clean, round};
use crate::report::Report;
use crate::say::say;

/// Places that are played at one time.
const AT_ONCE: usize = 4;
/// Fewer are too few (R2).
const POINTS_MIN: usize = 60;
/// Places where a step can fail without the end of its process.
const FAILING: [&str; 3] = ["engine.outside.end.before", "engine.renew.before", "store.commit.before"];

#[derive(Args, Clone, Default)]
pub(crate) struct Order {
    /// Only places whose names have this in them.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) only: String,
}

pub(crate) async fn run(order: &Order) -> anyhow::Result<Report> {
    let mut report = Report::new("points");
    if !IS_ARMED {
        report.failures.push(
            "skipped: the places are not armed; build with `cargo build -p patchbay-faults --features failpoints`"
                .to_owned(),
        );
        return Ok(report);
    }
    let whole = clean(&command).await.map_err(anyhow::Error::msg)?;
    let known: BTreeSet<String> = POINTS.iter().map(|point| (*point).to_owned()).collect();
    report.line(format!(
        "{} places are known, a load without a kill passes {}",
        known.len(),
        whole.passed.len()
    ));
    report.expect(known.len() >= POINTS_MIN, || format!("expected at least {POINTS_MIN} places"));
    for unknown in whole.passed.difference(&known) {
        report
            .failures
            .push(format!("{unknown} was passed and is not listed in host/failpoint/src/points.rs"));
    }
    let kills = POINTS.iter().map(|point| (*point, "abort"));
    let errors = FAILING.iter().map(|point| (*point, "error"));
    let orders: Vec<_> = kills.chain(errors).filter(|(point, _)| point.contains(&order.only)).collect();
    say(&format!("points: {} places", orders.len()));
    let played = orders.len();
    let failures = play(orders, whole).await?;
    report.line(format!("{played} rounds, each proven to be hit or failed: {} failed", failures.len()));
    report.failures.extend(failures);
    Ok(report)
}

async fn play(mut orders: Vec<(&'static str, &'static str)>, whole: Whole) -> anyhow::Result<Vec<String>> {
    let whole = std::sync::Arc::new(whole);
    let (mut rounds, mut failures) = (JoinSet::new(), Vec::new());
    loop {
        while rounds.len() < AT_ONCE
            && let Some((point, action)) = orders.pop()
        {
            let whole = whole.clone();
            rounds.spawn(async move {
                let went = round(&command, point, action, &whole).await;
                went.map_err(|failure| format!("{point}={action}: {failure}"))
            });
        }
        match rounds.join_next().await {
            Some(went) => failures.extend(went?.err()),
            None => return Ok(failures),
        }
    }
}
