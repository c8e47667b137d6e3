//! What the attempts of a task have used of its budgets, since a person last stood behind it. It must not know by what.

use patchbay_tasks::{Actor, Budgets, Task, What};
use patchbay_types::{NanoUsd, Tokens};

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{Attempt, attempt_key};

/// Of all attempts together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spent {
    pub tokens: Tokens,
    pub usd: NanoUsd,
    pub wall_ms: u64,
}

impl Spent {
    fn and(self, attempt: &Attempt) -> Self {
        let took = attempt.ended.since(attempt.began).as_millis();
        Self {
            tokens: Tokens(self.tokens.0.saturating_add(attempt.tokens.0)),
            usd: NanoUsd(self.usd.0.saturating_add(attempt.cost.0)),
            wall_ms: self.wall_ms.saturating_add(u64::try_from(took).unwrap_or(u64::MAX)),
        }
    }

    /// What is used up, as people read it.
    fn beyond(&self, budgets: &Budgets) -> Option<String> {
        let tokens = budgets.tokens.filter(|most| self.tokens >= *most);
        let usd = budgets.usd.filter(|most| self.usd >= *most);
        let wall_ms = budgets.wall_ms.filter(|most| self.wall_ms >= *most);
        let tokens = tokens.map(|most| format!("{} of its {} tokens are used up", self.tokens.0, most.0));
        let usd = usd.map(|most| format!("{} of its {most} are used up", self.usd));
        let wall_ms = wall_ms.map(|most| format!("{} of its {most} milliseconds are used up", self.wall_ms));
        tokens.or(usd).or(wall_ms)
    }
}

impl Inner {
    /// Nothing if the task has no such budget: nobody asks then.
    async fn spent(&self, task: &Task) -> Result<Spent, EngineError> {
        let Budgets { tokens, usd, wall_ms, .. } = task.definition.budgets;
        let mut spent = Spent::default();
        if tokens.is_none() && usd.is_none() && wall_ms.is_none() {
            return Ok(spent);
        }
        for number in task.tally.forgiven.saturating_add(1)..=task.tally.attempts {
            if let Some(row) = self.read::<Attempt>(&attempt_key(task.id, number)).await? {
                spent = spent.and(&row.record);
            }
        }
        Ok(spent)
    }

    /// What was used; none: a budget is used up, and a person is asked.
    pub(crate) async fn within_budget(&self, task: &Task) -> Result<Option<Spent>, EngineError> {
        let spent = self.spent(task).await?;
        let Some(budget) = spent.beyond(&task.definition.budgets) else { return Ok(Some(spent)) };
        match self.happen(task.id, Actor::Host, What::BudgetSpent { budget }).await {
            // Somebody else has taken it somewhere meanwhile.
            Ok(_) | Err(EngineError::Illegal(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
