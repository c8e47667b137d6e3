//! `patchbay plugin diff-report`: how a trial goes.

use std::path::Path;

use clap::Args;
use patchbay_slots::TrialMode;
use patchbay_types::{NanoUsd, SlotName};

use super::change::slot_path;
use crate::cli::slot::{GenerationRow, ReportRow, micros};
use crate::cli::table::Table;
use crate::cli::{AnswerOptions, Failure, answer, pairs, recording};
use crate::client::Request;

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  patchbay plugin diff-report --slot routing --limit 5")]
pub struct Options {
    #[arg(long, value_name = "SLOT")]
    slot: SlotName,
    /// The most differences to show, the newest first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=200))]
    limit: u32,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// There is no such slot, or no trial in it.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let request = Request::get(format!("{}?limit={}", slot_path(&self.slot, "trial"), self.limit));
        answer::show(dir, request, self.answer.json, words).await
    }
}

fn words(report: ReportRow) -> String {
    let ReportRow { trial, active, candidate, differences } = &report;
    let mut head = vec![
        ("candidate", format!("{} {}", candidate.id, candidate.plugin())),
        ("trial", format!("{}, since {}", trial.how(), trial.since)),
    ];
    if let TrialMode::Shadow { .. } = trial.mode {
        head.push(("heard", trial.counts()));
    }
    let mut parts = vec![pairs(head), side_by_side(active.iter().chain([candidate]))];
    parts.extend(differences.iter().map(recording::difference));
    parts.join("\n\n")
}

/// Calls of the plugins themselves, and then the requests or tasks that they decided for.
fn side_by_side<'a>(generations: impl Iterator<Item = &'a GenerationRow>) -> String {
    let rows = generations.map(|generation| {
        let effects = &generation.effects;
        [
            generation.id.clone(),
            generation.plugin(),
            generation.calls.to_string(),
            generation.failures().to_string(),
            micros(generation.p50_us),
            micros(generation.p99_us),
            effects.ended.to_string(),
            effects.failed.to_string(),
            micros(effects.p50_ms),
            micros(effects.p99_ms),
            NanoUsd(effects.cost_nano_usd).to_string(),
        ]
    });
    let heading = [
        "GENERATION",
        "PLUGIN",
        ">CALLS",
        ">FAILURES",
        ">P50 US",
        ">P99 US",
        ">ENDED",
        ">FAILED",
        ">P50 MS",
        ">P99 MS",
        ">COST",
    ];
    Table::new(heading).with(rows).to_string()
}

#[cfg(test)]
mod tests {
    use patchbay_slots::{Difference, Verdict};
    use serde_json::{Value, json};

    use super::*;
    use crate::cli::recorded;
    use crate::cli::slot::tests::{generation, trial};

    fn report(mode: Value) -> ReportRow {
        let recorded = recorded("req_1#1", &[0]);
        let verdict = Verdict::Differ { fields: vec!["order".to_owned()] };
        let difference = Difference { candidate: recorded.answer.clone(), recorded, verdict };
        let whole = json!({
            "trial": trial("routing/3", mode),
            "active": generation("routing", 2, "active"),
            "candidate": generation("routing", 3, "shadow"),
            "differences": [difference],
        });
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_report_counts_compares_and_lists_what_differs() {
        let text = words(report(json!({"shadow": {"sample": 1.0}})));
        for words in [
            "candidate  routing/3 hook@1.0.0\n",
            "hears 100 % of the calls, since 1970-01-01T00:00:00Z\n",
            "heard      10 calls, 7 agree, 1 differ, 1 diverged, 1 failed, 2 missed",
            "req_1#1  2023-11-14T22:13:20Z  differ: order\n",
        ] {
            assert!(text.contains(words), "{words:?} is missing in\n{text}");
        }
        let rows: Vec<&str> = text.lines().filter(|line| line.contains("hook@1.0.0  ")).collect();
        assert_eq!(rows.len(), 2, "{text}");
        assert!(rows[1].starts_with("routing/3"), "{text}");
    }

    #[test]
    fn a_canary_has_heard_nothing() {
        let text = words(report(json!({"canary": {"percent": 5.0}})));
        assert!(text.contains("decides for 5 %, since") && !text.contains("heard"), "{text}");
    }
}
