//! From the configuration to what the engine and the slots of work are given. It must not know what they do with it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use patchbay_config::{ApproveAbove, Config};
use patchbay_engine::{EngineOptions, FixOptions};
use patchbay_runs::{Artifacts, BucketConfig};
use patchbay_slots::Default as Filled;
use patchbay_tasks::{Class, Clocks, FixBudgets, GateLimits, Ladder, LaneConfig};
use patchbay_types::{Grants, LlmGrant, NanoUsd, Secret, SlotKind, SlotName};
use serde_json::json;

/// How long a plan that found the hour full waits.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(300);

/// What the engine is told.
pub fn options(config: &Config) -> EngineOptions {
    let tasks = &config.tasks;
    let lane = |concurrency| LaneConfig { concurrency, share_percent: percent(tasks.fix_share) };
    EngineOptions {
        places: tasks.places,
        fix_lane: lane(tasks.fix_concurrency),
        regular_lane: lane(tasks.regular_concurrency),
        lease: tasks.lease,
        heartbeat: tasks.heartbeat.min(tasks.lease / 2),
        clocks: Clocks {
            first_output: tasks.first_output,
            silence: tasks.silence,
            progress: tasks.progress,
            total: tasks.total,
        },
        fixes: fixes(config),
    }
}

/// Where artifacts go.
///
/// # Errors
/// When that place cannot be used.
pub(super) async fn artifacts(folder: &Path, config: &Config) -> anyhow::Result<Artifacts> {
    let artifacts = &config.artifacts;
    if artifacts.bucket.is_empty() {
        let own =
            if artifacts.folder.as_os_str().is_empty() { Path::new("artifacts") } else { &artifacts.folder };
        return Ok(Artifacts::in_folder(folder.join(own), artifacts.bytes_max.0).await?);
    }
    let place = artifacts.bucket.trim_start_matches("s3://");
    let (name, below) = place.split_once('/').unwrap_or((place, ""));
    let region = std::env::var("AWS_REGION").unwrap_or_else(|_| "us-east-1".to_owned());
    let endpoint = match artifacts.endpoint.is_empty() {
        true => format!("https://s3.{region}.amazonaws.com"),
        false => artifacts.endpoint.clone(),
    };
    let bucket = BucketConfig {
        endpoint,
        bucket: name.to_owned(),
        region,
        prefix: below.to_owned(),
        access_key: key("AWS_ACCESS_KEY_ID")?,
        secret_key: key("AWS_SECRET_ACCESS_KEY")?,
    };
    Ok(Artifacts::in_bucket(&bucket, artifacts.bytes_max.0).await?)
}

/// Where such keys usually are.
fn key(variable: &str) -> anyhow::Result<Secret<String>> {
    let value = std::env::var(variable);
    let value = value.with_context(|| format!("a bucket is named, but the environment has no {variable}"))?;
    Ok(Secret::new(value))
}

fn fixes(config: &Config) -> FixOptions {
    let fixes = &config.fixes;
    let closed = fixes.closed_hours.clone();
    FixOptions {
        closed_until: Arc::new(move |now| patchbay_config::closed_until(&closed, now)),
        ladder: Ladder {
            step_until: fixes.step_until,
            analysis_until: fixes.analysis_until,
            fix_task_until: fixes.fix_task_until,
            log_lines: fixes.log_lines,
        },
        budgets: FixBudgets {
            plans: fixes.plans,
            executions: fixes.executions,
            tokens: fixes.tokens,
            usd: fixes.usd,
            wall_ms: u64::try_from(fixes.wall.as_millis()).unwrap_or(u64::MAX),
        },
        gate: GateLimits {
            approve_above: class(fixes.approve_above),
            config_keys: fixes.config_keys.clone(),
            repos: fixes.repositories.clone(),
            fixes_per_hour: fixes.per_hour,
            look_again: LOOK_AGAIN,
        },
        watch: fixes.watch,
        backoff: Some(fixes.backoff),
        environment_to_person: fixes.environment_to_person,
        skill: (!fixes.skill.is_empty()).then(|| fixes.skill.clone()),
    }
}

fn class(above: ApproveAbove) -> Class {
    match above {
        ApproveAbove::Data => Class::Data,
        ApproveAbove::Config => Class::Config,
        ApproveAbove::SkillVersion => Class::SkillVersion,
        ApproveAbove::PolicyVersion => Class::PolicyVersion,
    }
}

fn percent(share: f64) -> u8 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 0 to 1")]
    let percent = (share * 100.0).round() as u8;
    percent
}

/// The model that looks for causes and plans, and what it may cost a day.
pub(super) fn model(config: &Config) -> Option<LlmGrant> {
    let fixes = &config.fixes;
    #[allow(clippy::cast_precision_loss, reason = "a budget in dollars")]
    let usd_per_day = fixes.usd_per_day.0 as f64 / NanoUsd::PER_USD as f64;
    (!fixes.model.is_empty()).then(|| LlmGrant { models: vec![fixes.model.clone()], usd_per_day })
}

/// Who works, analyzes and mends on a fresh host, in the order in which they are asked; nobody on one that works on no
/// tasks. Who works and mends is loaded when the first task needs it.
///
/// # Errors
/// When this binary lacks one of them.
pub fn defaults(config: &Config) -> anyhow::Result<Vec<Filled>> {
    if config.tasks.places == 0 {
        return Ok(Vec::new());
    }
    let none = Grants::default();
    let programs = Grants { process: Some(config.skills_exec.programs.clone()), ..none.clone() };
    let origins = Grants { http: Some(config.skills_http.origins.clone()), ..none.clone() };
    let mut filled = vec![
        own("skills/exec", None, programs)?,
        own("skills/http", None, origins)?,
        own("skills/script", None, none.clone())?,
        own("strategies/known-fixes", None, none.clone())?,
        own("strategies/restart-stuck", None, none.clone())?,
        own("strategies/retry-backoff", None, none.clone())?,
    ];
    if let Some(llm) = model(config) {
        let asked = json!({"model": config.fixes.model}).to_string();
        let asks = Grants { llm: Some(llm), ..none };
        filled.push(own("analyzers/llm-root-cause", Some(asked.clone()), asks.clone())?);
        filled.push(own("strategies/step-fix", Some(asked.clone()), asks.clone())?);
        filled.push(own("strategies/llm-script", Some(asked), asks)?);
    }
    Ok(filled)
}

fn own(slot: &str, config: Option<String>, granted: Grants) -> anyhow::Result<Filled> {
    let name = slot.rsplit('/').next().unwrap_or(slot);
    let slot: SlotName = slot.parse()?;
    // The gateway asks the analyzers, too, and no request waits for one to be loaded.
    let late = slot.kind() != SlotKind::Analyzers;
    Ok(Filled { slot, own: crate::bundled::own(name)?, config, granted, late })
}
