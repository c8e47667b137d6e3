//! What the demo says on standard output. It decides nothing.
#![allow(clippy::print_stdout, reason = "telling is what this file is for")]

use std::collections::BTreeMap;
use std::fmt::Display;

use patchbay_admin::api::{CooldownView, FixView, ProblemRow, ProblemView, TaskView, UsageLine};
use patchbay_slots::{GenerationView, Promoted, SlotView, TrialReport};
use patchbay_types::Report;

use super::client::{Seen, Served};
use super::stage::Stage;

pub fn opening(stage: &Stage) {
    println!("Patchbay {}: a demo over real TCP on this machine.", env!("CARGO_PKG_VERSION"));
    println!("  gateway    http://{}/v1", stage.address);
    for (provider, pool) in [(&stage.alpha, "primary"), (&stage.beta, "fallback")] {
        println!("  provider   {:<6} http://{}/v1, scripted, pool {pool}", provider.name(), provider.address);
    }
}

pub fn act(title: &str) {
    println!("\n{title}");
}

pub fn note(text: &str) {
    println!("  {text}");
}

pub fn request(stream: bool, served: &Served) {
    let kind = if stream { "stream " } else { "request" };
    let attempts = if served.attempts == 1 { "attempt" } else { "attempts" };
    println!(
        "  {kind}  200  provider {}, decided by {}, {} {attempts}",
        served.provider,
        generation(served.generation),
        served.attempts
    );
}

pub fn cooldowns(cooldowns: &[CooldownView]) {
    for cooldown in cooldowns {
        println!(
            "  cooldown   {} until {}, number {} in a row",
            cooldown.provider, cooldown.until, cooldown.count
        );
    }
}

pub fn loaded(loaded: &GenerationView) {
    println!("  loaded     {}@{} as {} ({})", loaded.name, loaded.version, loaded.id, loaded.digest.short());
}

pub fn crowd(seen: &Seen) {
    println!("  traffic    {} requests, plain and streaming, {} failed", seen.requests, seen.failed);
    println!(
        "  decided by {}",
        shares(seen.generations.iter().map(|(number, count)| (format!("routing/{number}"), *count)))
    );
    if seen.fallbacks > 0 {
        println!(
            "  of these, {} were answered by the native policy, because the plugin failed",
            seen.fallbacks
        );
    }
}

pub fn trial(report: &TrialReport) {
    let trial = &report.trial;
    println!(
        "  shadow     {} heard {} calls: {} decided alike, {} otherwise; it had no effect on any",
        trial.candidate, trial.calls, trial.agree, trial.differ
    );
}

pub fn promoted(promoted: &Promoted) {
    let gate = &promoted.gate;
    println!(
        "  gate       {} recorded calls once more: {} alike, {} otherwise, {} failed",
        gate.calls, gate.agree, gate.differ, gate.failed
    );
    println!("  promoted   {} is in charge", promoted.generation.id);
}

pub fn reports(reports: &[Report]) {
    println!("  reports that wait in the outbox (`patchbay status` shows them):");
    for report in reports {
        println!("    {}  {}", report.at, report.title);
        println!("    {}", report.body);
    }
}

/// How a task came to where it is.
pub fn attempts(task: &TaskView) {
    for attempt in &task.last_attempts {
        println!("  attempt {}  {:<10} {}", attempt.number, attempt.outcome, one_line(&attempt.message));
    }
    let verified = match task.verified {
        Some(true) => ", its checks hold",
        Some(false) => ", unverified",
        None => "",
    };
    println!("  task {} is {}{verified}", task.definition.name, task.state);
}

/// What was found and done.
pub fn healed(problem: &ProblemView, fix: &FixView) {
    let record = &fix.record;
    println!("  problem    {} ({})", problem.row.fingerprint, problem.row.class);
    println!("  cause      {}", record.provenance.cause);
    println!("  fix {}      {}: {}", record.fix.id, record.fix.plan.title, record.fix.plan.reason);
    println!("  made by    {}", record.fix.made_by);
    for (result, action) in record.results.iter().zip(&record.fix.plan.actions) {
        println!("  applied    {}, {result}", serde_json::to_string(action).unwrap_or_default());
    }
    println!("  verified   and remembered for this fingerprint");
}

/// What a person is told.
pub fn asked(task: &TaskView, problems: &[ProblemRow], report: &Report) {
    for problem in problems {
        println!("  problem    {}: breaker open", problem.title);
    }
    println!("  why        {}", task.why.text);
    println!("  report     {}", report.title);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect()
}

pub fn ledger(lines: &[UsageLine]) {
    println!("\nUsage");
    println!(
        "  {:<22} {:<10} {:<8} {:>9} {:>7} {:>9} {:>11}  cost",
        "agent", "provider", "model", "requests", "errors", "prompt", "completion"
    );
    for line in lines {
        println!(
            "  {:<22} {:<10} {:<8} {:>9} {:>7} {:>9} {:>11}  {} USD",
            line.agent.as_ref().map_or("", |agent| agent.as_str()),
            line.provider.as_ref().map_or("", |provider| provider.as_str()),
            line.model.as_deref().unwrap_or_default(),
            line.requests,
            line.errors,
            line.prompt_tokens.0,
            line.completion_tokens.0,
            line.cost_usd
        );
    }
}

pub fn generations(slot: &SlotView) {
    println!("\nGenerations of slot {}", slot.slot);
    println!(
        "  {:<11} {:<24} {:<12} {:>7} {:>6} {:>8} {:>8}",
        "id", "plugin", "state", "calls", "traps", "p50", "p99"
    );
    for generation in &slot.generations {
        println!(
            "  {:<11} {:<24} {:<12} {:>7} {:>6} {:>8} {:>8}",
            generation.id.to_string(),
            format!("{}@{}", generation.name, generation.version),
            generation.state.as_str(),
            generation.calls,
            generation.traps,
            micros(generation.p50_us),
            micros(generation.p99_us),
        );
    }
}

pub fn closing() {
    println!("\nAll of it happened, and no request failed.");
}

pub fn failed(error: &dyn Display) {
    println!("\nThe demo did not go as it should: {error:#}");
}

pub fn serving(stage: &Stage) {
    println!("\nStill serving; try it (Ctrl-C ends it):");
    println!("  curl http://{}/v1/chat/completions \\", stage.address);
    println!("    -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\", stage.key);
    println!(
        "    -d '{{\"model\": \"demo-1\", \"messages\": [{{\"role\": \"user\", \"content\": \"Hello\"}}]}}'"
    );
    println!("  metrics    http://{}/metrics", stage.metrics);
    println!("  operator   patchbay --dir {} status", stage.host.folder().path().display());
}

fn generation(number: Option<u64>) -> String {
    number.map_or_else(|| "the native policy".to_owned(), |number| format!("routing/{number}"))
}

fn shares(counts: impl Iterator<Item = (String, u64)>) -> String {
    let counts: BTreeMap<String, u64> = counts.collect();
    counts.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ")
}

fn micros(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0} us"))
}
