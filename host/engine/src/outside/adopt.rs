//! After a start: attempts outside go on if their leases do, for whoever makes them lives on when a host ends. What they
//! have said is in their logs still. It must not know how a lease is renewed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use patchbay_runs::{Ended, Line, Orphan, RunId, Said};

use crate::attempt::Claimed;
use crate::budget::Allowance;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::OpenRow;
use crate::run::Run;
use crate::shelf::{Place, Shelf};

use super::Held;

impl Inner {
    /// One whose lease has run out meanwhile is taken back by the [watcher](Inner::watch_outside), like any other.
    pub(crate) async fn adopt_outside(
        self: &Arc<Self>,
        logs: &mut HashMap<RunId, Orphan>,
    ) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let (places, complete) = self.places_on(Shelf::LeasedOutside, after).await?;
            for place in &places {
                self.adopt(*place, logs).await?;
            }
            after = places.last().copied();
            if complete {
                return Ok(());
            }
        }
    }

    async fn adopt(
        self: &Arc<Self>,
        place: Place,
        logs: &mut HashMap<RunId, Orphan>,
    ) -> Result<(), EngineError> {
        let task = self.task(place.id).await?;
        let lease = self.read::<OpenRow>(&place.key()).await?.and_then(|row| row.record.lease);
        let Some(lease) = lease else { return Ok(()) };
        let id = RunId { task: task.id.0, attempt: task.tally.attempts };
        let said = match logs.remove(&id) {
            Some(orphan) => self.close_log(orphan, Ended::Skipped).await.0,
            None => Vec::new(),
        };
        let run = self.run_again(id, &said);
        let began = task.changed;
        // What is used up already ends with the next word that is heard.
        let none_left = Allowance { left: Some(Duration::ZERO), ..Allowance::default() };
        let allowance = self.budget_left(&task).await?.unwrap_or(none_left);
        let claimed = Claimed::outside(self, task, (lease.holder.incarnation, began), allowance, run);
        let now = self.clock.monotonic();
        // A clock that was set back must not make it last for ever.
        let left = lease.expires.since(self.now()).min(self.options.load().lease);
        let until = now + left;
        self.outside.put(place.id, Held { claimed, until, renewed: now, ending: None });
        Ok(())
    }

    /// The log of a run that goes on, with what it has said before.
    fn run_again(&self, id: RunId, said: &[Line]) -> Arc<Run> {
        let log = self.runs.begin(id);
        for Line { at, kind, level, stream, heard, text, .. } in said {
            log.set_heard(*heard);
            log.say(*at, Said { kind: *kind, level: *level, stream: *stream, text });
        }
        let heard = said.iter().map(|line| line.heard).max().unwrap_or_default();
        let run = Run::begin(self.clock.clone(), log, self.artifacts.clone());
        Arc::new(run.heard_before(heard))
    }
}
