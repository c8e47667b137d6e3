//! What is written about a change: events for those who watch, the audit for those who ask later, reports for those who
//! must hear.

use patchbay_store::Batch;
use patchbay_types::{Audit, Event, Report, Severity};

use crate::activate::Cause;
use crate::record::{GenerationRecord, Origin, State};
use crate::slot::Inner;

impl Inner {
    pub(crate) fn told(&self, batch: Batch, record: &GenerationRecord, cause: &Cause<'_>) -> Batch {
        let at = self.clock.wall();
        let subject = record.id().to_string();
        let what = format!("{} ({})", record.plugin(), record.digest);
        let (kind, becomes) = match record.state {
            State::Shadow => ("trial.began", "hears what the active generation hears"),
            State::Canary => ("trial.began", "decides for some"),
            _ => ("generation.activated", "is in charge"),
        };
        let message = match &cause.reason {
            Some(reason) => format!("{what} {becomes}: {reason}"),
            None => format!("{what} {becomes}"),
        };
        let action = match cause.origin {
            Origin::Rollback => "plugin.rollback",
            Origin::Bundled | Origin::Load | Origin::Config => "plugin.load",
        };
        let detail = match record.grants.lines() {
            grants if grants.is_empty() => what,
            grants => format!("{what}; may: {}", grants.join(", ")),
        };
        batch.event(Event { at, kind: kind.into(), subject: subject.clone(), message }).audit(Audit {
            at,
            actor: cause.actor.into(),
            action: action.into(),
            subject,
            detail,
        })
    }

    pub(crate) fn quarantined(&self, old: &GenerationRecord, why: &str) -> Event {
        Event {
            at: self.clock.wall(),
            kind: "generation.quarantined".into(),
            subject: old.id().to_string(),
            message: format!("{} was taken out: {why}", old.plugin()),
        }
    }

    pub(crate) fn report(&self, old: &GenerationRecord, why: &str) -> Report {
        Report {
            at: self.clock.wall(),
            severity: Severity::Warning,
            subject: old.id().to_string(),
            title: format!("{} was rolled back from slot {}", old.plugin(), old.slot),
            body: format!(
                "Generation {id} ({digest}) was quarantined: {why}. Calls that it failed were answered as the slot does \
                 without a plugin. See what it failed on with `patchbay call list --slot {slot} --failed`, mend the \
                 plugin, and load it again.",
                id = old.id(),
                digest = old.digest,
                slot = old.slot,
            ),
        }
    }
}
