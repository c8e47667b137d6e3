//! How a trial ends: promoted through the gate of recorded calls, discarded, or quarantined.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use patchbay_runtime::Plugin;
use patchbay_store::Batch;
use patchbay_types::{Audit, Event, Grants};
use serde::Serialize;

use crate::activate::Cause;
use crate::error::{LoadError, PromoteError};
use crate::generation::Generation;
use crate::record::{GenerationRecord, Origin, SlotRecord, State};
use crate::replay::{Verdict, replay};
use crate::slot::{Inner, Slot};
use crate::trial::{Difference, Trial};
use crate::view::GenerationView;

/// What an operator says to a promotion.
#[derive(Clone, Debug)]
pub struct Promote {
    /// None is the candidate on trial; a number is that or an earlier generation, under a new number.
    pub generation: Option<u64>,
    /// Recorded calls that it must answer first.
    pub calls: usize,
    /// Why it may answer some of them otherwise.
    pub accept_diff: Option<String>,
    pub actor: String,
}

/// A promotion that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Promoted {
    pub generation: GenerationView,
    pub gate: Gate,
}

/// What came of the recorded calls.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Gate {
    pub calls: usize,
    pub agree: usize,
    pub differ: usize,
    pub diverged: usize,
    pub failed: usize,
    /// Values of it were not kept, or it was cut: it cannot be made again.
    pub skipped: usize,
    /// The first of those that do not agree.
    pub differences: Vec<Difference>,
}

/// Differences that a gate shows.
const SHOWN_MAX: usize = 20;

impl Slot {
    /// Puts the candidate, or an earlier generation, in charge, if it answers the recorded calls as they were answered.
    ///
    /// # Errors
    /// See [`PromoteError`]; everything then stays as it was.
    pub async fn promote(&self, promote: Promote) -> Result<Promoted, PromoteError> {
        let inner = &self.inner;
        inner.wake_to_change().await;
        let trial = inner.trial.load_full();
        let on_trial = trial.as_ref().map(|trial| trial.candidate.record.number);
        match (promote.generation, trial) {
            (None, None) => Err(PromoteError::NoTrial(inner.name.clone())),
            (None, Some(trial)) => inner.promote_candidate(&trial, &promote).await,
            (Some(number), Some(trial)) if on_trial == Some(number) => {
                inner.promote_candidate(&trial, &promote).await
            }
            (Some(number), _) => inner.promote_again(number, &promote).await,
        }
    }

    /// Ends the trial; the candidate is not put in charge.
    ///
    /// # Errors
    /// There is none, or the store does not take it.
    pub async fn discard(&self, actor: &str) -> Result<GenerationView, PromoteError> {
        let inner = &self.inner;
        inner.wake_to_change().await;
        let mut slot = inner.turn.lock().await;
        let Some(trial) = inner.trial.load_full() else {
            return Err(PromoteError::NoTrial(inner.name.clone()));
        };
        inner.end_trial(&mut slot, None, actor).await?;
        let discarded = GenerationRecord { state: State::Discarded, ..trial.candidate.record.clone() };
        Ok(inner.view(&discarded))
    }
}

impl Inner {
    async fn promote_candidate(
        &self,
        trial: &Arc<Trial>,
        promote: &Promote,
    ) -> Result<Promoted, PromoteError> {
        let candidate = &trial.candidate;
        self.not_condemned(candidate)?;
        let gate = self.gate(&candidate.plugin, &candidate.record.grants, promote.calls).await;
        self.judge(&candidate.record, &gate, promote)?;
        let mut slot = self.turn.lock().await;
        let still = self.trial.load();
        if !still.as_ref().is_some_and(|still| Arc::ptr_eq(still, trial)) {
            return Err(PromoteError::NoTrial(self.name.clone()));
        }
        self.not_condemned(candidate)?;
        let record = GenerationRecord { state: State::Active, ..candidate.record.clone() };
        let reason = Some(promote_reason(&gate, promote));
        let cause = Cause { actor: &promote.actor, origin: Origin::Load, reason, quarantine: None };
        let after = SlotRecord { active: Some(record.number), trial: None, ..slot.clone() };
        let batch = self.farewell(&slot, &cause).await?;
        let batch = batch.put(&record).map_err(LoadError::from)?.put(&after).map_err(LoadError::from)?;
        let began = self.began(&record, cause.reason.as_deref());
        let batch = batch.event(began).audit(self.promotion(&record, &gate, promote));
        self.options.store.commit(batch).await.map_err(LoadError::from)?;
        *slot = after;
        self.trial.store(None);
        self.install(Some(candidate.clone()));
        tracing::info!(generation = %record.id(), plugin = %record.name, "promoted");
        Ok(Promoted { generation: self.view(&record), gate })
    }

    async fn promote_again(&self, number: u64, promote: &Promote) -> Result<Promoted, PromoteError> {
        let missing = || PromoteError::NoGeneration { slot: self.name.clone(), number };
        let record = self.record(number).await?.ok_or_else(missing)?;
        if record.state == State::Quarantined {
            return Err(PromoteError::Quarantined(record.id(), record.reason.unwrap_or_default()));
        }
        let ready = self.ready_again(&record).await?;
        let gate = self.gate(&ready.plugin, &ready.checked.grants, promote.calls).await;
        self.judge(&record, &gate, promote)?;
        let mut slot = self.turn.lock().await;
        let reason = Some(format!("{} again; {}", record.id(), promote_reason(&gate, promote)));
        let cause = Cause { actor: &promote.actor, origin: Origin::Rollback, reason, quarantine: None };
        let generation = self.put_in_charge(&mut slot, ready, cause).await?;
        Ok(Promoted { generation: self.view(&generation.record), gate })
    }

    fn not_condemned(&self, candidate: &Generation) -> Result<(), PromoteError> {
        let quarantined = |why: &str| PromoteError::Quarantined(candidate.record.id(), why.to_owned());
        candidate.condemned().map_or(Ok(()), |why| Err(quarantined(why)))
    }

    /// Puts the newest recorded calls to a plugin.
    async fn gate(&self, plugin: &Plugin, grants: &Grants, calls: usize) -> Gate {
        let mut gate = Gate::default();
        for recorded in self.recorder.newest(calls) {
            if recorded.redacted || recorded.tape.cut {
                gate.skipped += 1;
                continue;
            }
            gate.calls += 1;
            let replayed = replay(plugin, grants, &recorded).await;
            let count = match replayed.verdict {
                Verdict::Agree => &mut gate.agree,
                // What failed before may fail again, or be answered now.
                _ if recorded.answer.failure().is_some() => &mut gate.agree,
                Verdict::Differ { .. } => &mut gate.differ,
                Verdict::Diverged { .. } => &mut gate.diverged,
                Verdict::Failed { .. } => &mut gate.failed,
            };
            *count += 1;
            if replayed.verdict != Verdict::Agree && gate.differences.len() < SHOWN_MAX {
                let (recorded, candidate) = ((*recorded).clone(), replayed.answer);
                gate.differences.push(Difference { recorded, verdict: replayed.verdict, candidate });
            }
        }
        gate
    }

    fn judge(&self, record: &GenerationRecord, gate: &Gate, promote: &Promote) -> Result<(), PromoteError> {
        let candidate = record.id();
        if gate.failed > 0 {
            let first = gate.differences.iter().find_map(|difference| match &difference.verdict {
                Verdict::Failed { message, .. } => Some(format!("{}: {message}", difference.recorded.call)),
                _ => None,
            });
            let first = first.unwrap_or_default();
            return Err(PromoteError::Traps { candidate, calls: gate.calls, traps: gate.failed, first });
        }
        let heard = self.heard_otherwise(record.number);
        let differ = gate.differ + gate.diverged;
        match differ + heard == 0 || promote.accept_diff.is_some() {
            true => Ok(()),
            false => Err(PromoteError::Differs { candidate, calls: gate.calls, differ, heard }),
        }
    }

    /// How often a shadow has answered otherwise while it listened.
    fn heard_otherwise(&self, number: u64) -> usize {
        let trial = self.trial.load();
        let counts = trial.as_ref().filter(|trial| trial.candidate.record.number == number);
        counts.map_or(0, |trial| {
            let (differ, diverged) = (&trial.counts.differ, &trial.counts.diverged);
            usize::try_from(differ.load(Ordering::Relaxed) + diverged.load(Ordering::Relaxed))
                .unwrap_or(usize::MAX)
        })
    }

    fn promotion(&self, record: &GenerationRecord, gate: &Gate, promote: &Promote) -> Audit {
        Audit {
            at: self.clock.wall(),
            actor: promote.actor.clone(),
            action: "plugin.promote".into(),
            subject: record.id().to_string(),
            detail: promote_reason(gate, promote),
        }
    }

    /// Ends the trial, because of an operator or because the candidate is bad. The caller holds the turn.
    pub(crate) async fn end_trial(
        &self,
        slot: &mut SlotRecord,
        quarantine: Option<&str>,
        actor: &str,
    ) -> Result<(), LoadError> {
        let after = SlotRecord { trial: None, ..slot.clone() };
        let batch = self.trial_over(Batch::new(), slot, quarantine).await?.put(&after)?;
        let subject = self.trial.load().as_ref().map(|trial| trial.candidate.record.id().to_string());
        let audit = Audit {
            at: self.clock.wall(),
            actor: actor.to_owned(),
            action: "plugin.discard".into(),
            subject: subject.unwrap_or_default(),
            detail: quarantine.unwrap_or_default().to_owned(),
        };
        self.options.store.commit(batch.audit(audit)).await?;
        *slot = after;
        self.drop_trial();
        Ok(())
    }

    /// What is written about a candidate whose trial ends without a promotion.
    pub(crate) async fn trial_over(
        &self,
        batch: Batch,
        slot: &SlotRecord,
        quarantine: Option<&str>,
    ) -> Result<Batch, LoadError> {
        let Some(trial) = &slot.trial else { return Ok(batch) };
        let Some(mut record) = self.record(trial.number).await? else { return Ok(batch) };
        let Some(why) = quarantine else {
            record.state = State::Discarded;
            let event = Event {
                at: self.clock.wall(),
                kind: "trial.ended".into(),
                subject: record.id().to_string(),
                message: format!("{} was not put in charge", record.plugin()),
            };
            return Ok(batch.put(&record)?.event(event));
        };
        record.state = State::Quarantined;
        record.reason = Some(why.to_owned());
        Ok(batch.put(&record)?.event(self.quarantined(&record, why)).report(self.report(&record, why)))
    }

    pub(crate) fn drop_trial(&self) {
        if let Some(trial) = self.trial.swap(None) {
            self.let_go(trial.candidate.clone());
        }
    }
}

fn promote_reason(gate: &Gate, promote: &Promote) -> String {
    let gate = format!(
        "promoted after {} recorded calls: {} agree, {} differ, {} diverged",
        gate.calls, gate.agree, gate.differ, gate.diverged
    );
    match &promote.accept_diff {
        Some(why) => format!("{gate}; accepted: {why}"),
        None => gate,
    }
}
