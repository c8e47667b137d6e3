//! What a task has used of its tokens, money and time, and whether that is all. Attempts are counted in its tally. It must
//! not know prices.

use std::time::Duration;

use patchbay_store::StoreExt;
use patchbay_tasks::{Budgets, Task};
use patchbay_types::{NanoUsd, Tokens};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::port::Spent;
use crate::row::{Attempt, attempt_key, task_key};

/// Attempts that are read at once; each may have a long log.
const PAGE: usize = 16;

/// What is used up, in one sentence.
pub(crate) struct Exhausted(pub(crate) String);

/// What an attempt may use.
#[derive(Clone, Copy, Default)]
pub(crate) struct Allowance {
    /// How long it may take, if there is a limit.
    pub(crate) left: Option<Duration>,
    /// What is used already; nothing if no budget asks for it.
    pub(crate) spent: Spent,
}

/// Over the attempts since a person last stood behind the task.
#[derive(Default)]
struct Used {
    tokens: u64,
    usd: u64,
    under_lease: Duration,
}

impl Inner {
    /// What the next attempt may use; or what is used up already.
    pub(crate) async fn budget_left(&self, task: &Task) -> Result<Result<Allowance, Exhausted>, EngineError> {
        let budgets = task.definition.budgets;
        if budgets.tokens.is_none() && budgets.usd.is_none() && budgets.wall_ms.is_none() {
            return Ok(Ok(Allowance::default()));
        }
        let used = self.used(task).await?;
        if let Some(spent) = spent(&budgets, &used) {
            return Ok(Err(spent));
        }
        let wall = budgets.wall_ms.map(Duration::from_millis);
        let left = wall.map(|wall| wall.saturating_sub(used.under_lease));
        Ok(Ok(Allowance { left, spent: Spent { tokens: Tokens(used.tokens), usd: NanoUsd(used.usd) } }))
    }

    async fn used(&self, task: &Task) -> Result<Used, EngineError> {
        let all = task_key(task.id).prefix();
        let (mut used, mut after) = (Used::default(), attempt_key(task.id, task.tally.since));
        loop {
            let rows = self.store.list::<Attempt>(all.clone().after(&after), PAGE).await?;
            rows.iter().for_each(|row| used.add(&row.record));
            match rows.last().filter(|_| rows.len() == PAGE) {
                Some(last) => after = attempt_key(task.id, last.record.number),
                None => return Ok(used),
            }
        }
    }
}

impl Used {
    fn add(&mut self, attempt: &Attempt) {
        self.tokens = self.tokens.saturating_add(attempt.tokens.0);
        self.usd = self.usd.saturating_add(attempt.cost.0);
        // How long one went on that was lost with its host is not known.
        if attempt.outcome != LOST {
            self.under_lease += attempt.ended.since(attempt.began);
        }
    }
}

/// The outcome of an attempt whose host ended before it did.
pub(crate) const LOST: &str = "lost";

fn spent(budgets: &Budgets, used: &Used) -> Option<Exhausted> {
    let said =
        |budget: String, used: String| Some(Exhausted(format!("its budget of {budget} is used up: {used}")));
    if let Some(Tokens(max)) = budgets.tokens.filter(|max| used.tokens >= max.0) {
        return said(format!("{max} tokens"), used.tokens.to_string());
    }
    if let Some(max) = budgets.usd.filter(|max| used.usd >= max.0) {
        return said(max.to_string(), NanoUsd(used.usd).to_string());
    }
    let wall = budgets.wall_ms.map(Duration::from_millis).filter(|wall| used.under_lease >= *wall)?;
    said(in_words(wall), in_words(used.under_lease))
}

/// Of a budget of time that ends while a worker has the task.
pub(crate) fn over_time(task: &Task) -> Exhausted {
    let wall = task.definition.budgets.wall_ms.map(Duration::from_millis).unwrap_or_default();
    Exhausted(format!("its budget of {} is used up, and its worker was ended", in_words(wall)))
}

fn in_words(time: Duration) -> String {
    format!("{} s under a lease", time.as_millis().div_ceil(1_000))
}
