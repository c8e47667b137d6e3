//! `llm`: a model through the host's own gateway, with its failover and its ledger, on the plugin's own account
//! `plugin.NAME`. Grant: `llm = { models = ["gpt-5-mini"], usd_per_day = 1.0 }`. The runtime has checked the model; the
//! day's money is checked here, before anything is sent.

mod purse;
mod words;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use patchbay_meter::{Price, Priced};
use patchbay_proxy::{Completed, Inside, InsideError};
use patchbay_runtime::Scope;
use patchbay_runtime::ask::{HostReply, LlmMessage, LlmOptions};
use patchbay_store::Store;
use patchbay_types::{AgentName, Clock, Digest, NanoUsd, Tokens};
use tokio::time::timeout;

use super::used::Used;
use super::{Answer, PluginError, error};
use purse::Purses;

/// Of a call, with all its attempts.
const CALL_TIME: Duration = Duration::from_secs(120);
/// Of an answer, unless asked otherwise.
const MAX_TOKENS: u32 = 2_000;
const TEMPERATURE: f64 = 0.3;
/// A rule of thumb for what a prompt comes to.
const BYTES_PER_TOKEN: usize = 4;
/// Of an upstream's error, in characters.
const ERROR_CHARACTERS_MAX: usize = 300;
/// What names may have, and how much of a longer one is kept: the rest becomes a part of its digest.
const AGENT_BYTES_MAX: usize = 64;
const NAME_BYTES_KEPT: usize = 44;

pub(super) struct Llm {
    gateway: Arc<OnceLock<Inside>>,
    purses: Purses,
}

impl Llm {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, gateway: Arc<OnceLock<Inside>>) -> Self {
        Self { gateway, purses: Purses::new(store, clock) }
    }

    pub(super) async fn complete(
        &self,
        (scope, used): (&Scope, &Arc<Used>),
        messages: &[LlmMessage],
        options: &LlmOptions,
    ) -> Answer {
        used.may_ask()?;
        let gateway = self.gateway.get().ok_or_else(|| closed(InsideError::Closed))?;
        let body = words::asked(messages, options)?;
        let (agent, limit) = (account(&scope.plugin)?, limit(scope));
        let estimate = estimate(gateway.highest_price(&options.model), body.len(), options);
        let reserved = self.purses.of(&scope.plugin).await?.reserve(limit, estimate)?;
        let completed = within(gateway.complete(agent, body, Some(used.clone()))).await?;
        let cost = completed.settled.map_or(NanoUsd(0), |settled| settled.cost);
        reserved.settle(cost).await;
        answered(&completed)
    }
}

/// What was reserved stays spent when there is no answer: nobody knows what the provider bills.
async fn within(
    call: impl Future<Output = Result<Completed, InsideError>>,
) -> Result<Completed, PluginError> {
    match timeout(CALL_TIME, call).await {
        Ok(done) => done.map_err(closed),
        Err(_) => Err(error("timeout", format!("no model answered within {} s", CALL_TIME.as_secs()))),
    }
}

fn answered(completed: &Completed) -> Answer {
    if !(200..300).contains(&completed.status) {
        let said: String =
            String::from_utf8_lossy(&completed.body).chars().take(ERROR_CHARACTERS_MAX).collect();
        let wrong = error("upstream", format!("the gateway answered {}: {said}", completed.status));
        let retry_after_ms = completed.retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok());
        return Err(PluginError { retry_after_ms, ..wrong });
    }
    words::completion(completed).map(HostReply::Completion)
}

fn closed(wrong: InsideError) -> PluginError {
    let code = match wrong {
        InsideError::Closed => "closed",
        InsideError::TooDeep => "refused",
        InsideError::TooLarge | InsideError::BrokenOff => "upstream",
    };
    error(code, wrong.to_string())
}

/// What it may cost at most, as far as prices are known.
fn estimate(price: Option<Price>, body_bytes: usize, options: &LlmOptions) -> NanoUsd {
    let prompt = Tokens(body_bytes.div_ceil(BYTES_PER_TOKEN) as u64);
    let completion = Tokens(u64::from(options.max_tokens.unwrap_or(MAX_TOKENS)));
    let tokens = Priced { prompt, completion, ..Priced::default() };
    price.map_or(NanoUsd(0), |price| price.cost(&tokens))
}

/// What the plugin may spend in a day.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a cast of a float stays within the integer's range, and no number is none"
)]
fn limit(scope: &Scope) -> NanoUsd {
    let usd = scope.grants.llm.as_ref().map_or(0.0, |llm| llm.usd_per_day);
    NanoUsd((usd * NanoUsd::PER_USD as f64) as u64)
}

/// Under which name its calls are in the ledger.
fn account(plugin: &str) -> Result<AgentName, PluginError> {
    let whole = format!("plugin.{plugin}");
    let name = match whole.len() > AGENT_BYTES_MAX {
        true => {
            let kept: String = plugin.chars().take(NAME_BYTES_KEPT).collect();
            format!("plugin.{kept}.{}", Digest::of(plugin.as_bytes()).short())
        }
        false => whole,
    };
    name.parse().map_err(|wrong| error("invalid", format!("the plugin can have no account: {wrong}")))
}

#[cfg(test)]
mod tests;
