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

use super::{Answer, PluginError, Work, error, shown};
use purse::Purses;
use words::{Asked, Pictures};

/// Of a call, with all its attempts.
const CALL_TIME: Duration = Duration::from_secs(120);
/// Of an answer, unless asked otherwise.
const MAX_TOKENS: u32 = 2_000;
const TEMPERATURE: f64 = 0.3;
/// Rules of thumb for what a prompt comes to, and a picture in it.
const BYTES_PER_TOKEN: usize = 4;
const TOKENS_PER_IMAGE: usize = 2_000;
/// Which pictures a plugin may want shown.
const IMAGES: [&str; 1] = ["evidence"];
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
        (scope, work): (&Scope, &Work),
        messages: &[LlmMessage],
        options: &LlmOptions,
    ) -> Answer {
        let used = &work.used;
        used.may_ask()?;
        let gateway = self.gateway.get().ok_or_else(|| closed(InsideError::Closed))?;
        let pictures = pictures(gateway, work, options).await?;
        let asked = words::asked(messages, options, &pictures)?;
        let (agent, limit) = (account(&scope.plugin)?, limit(scope));
        let estimate = estimate(gateway.highest_price(&options.model), &asked, options);
        let reserved = self.purses.of(&scope.plugin).await?.reserve(limit, estimate)?;
        pictures.shown().iter().for_each(|image| used.shown(image.digest));
        let completed = within(gateway.complete(agent, asked.body, Some(used.clone()))).await?;
        let cost = completed.settled.map_or(NanoUsd(0), |settled| settled.cost);
        reserved.settle(cost).await;
        answered(&completed)
    }
}

/// Those of the failure, if the plugin wants them shown and whoever may be asked takes such.
async fn pictures(gateway: &Inside, work: &Work, options: &LlmOptions) -> Result<Pictures, PluginError> {
    let wanted = options.attributes.iter().find(|(name, _)| name == "images");
    let Some((_, which)) = wanted else { return Ok(Pictures::None) };
    if !IMAGES.contains(&which.as_str()) {
        let (which, known) = (shown(which), IMAGES.join(", "));
        return Err(error("invalid", format!("{which:?} are no images: expected {known}")));
    }
    let images = work.subject.images().await?;
    Ok(match (images.len(), gateway.takes_images(&options.model)) {
        (0, _) => Pictures::None,
        (_, true) => Pictures::Shown(images),
        (count, false) => Pictures::LeftOut(count),
    })
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
fn estimate(price: Option<Price>, asked: &Asked, options: &LlmOptions) -> NanoUsd {
    let text = asked.body.len().saturating_sub(asked.image_bytes).div_ceil(BYTES_PER_TOKEN);
    let prompt = Tokens((text + asked.images * TOKENS_PER_IMAGE) as u64);
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
