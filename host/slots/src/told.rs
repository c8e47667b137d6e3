//! What is written about a change: events for those who watch, the audit for those who ask later, reports for those who
//! must hear.

use patchbay_store::Batch;
use patchbay_types::{Audit, Event, Report, Severity};

use crate::activate::Cause;
use crate::record::{GenerationRecord, Origin, State};
use crate::slot::Inner;

impl Inner {
    pub(crate) fn told(&self, batch: Batch, record: &GenerationRecord, cause: &Cause<'_>) -> Batch {
        let action = match cause.origin {
            Origin::Rollback => "plugin.rollback",
            Origin::Bundled | Origin::Load | Origin::Config => "plugin.load",
        };
        let what = what(record);
        let detail = match record.grants.lines() {
            grants if grants.is_empty() => what,
            grants => format!("{what}; may: {}", grants.join(", ")),
        };
        batch.event(self.began(record, cause.reason.as_deref())).audit(Audit {
            at: self.clock.wall(),
            actor: cause.actor.into(),
            action: action.into(),
            subject: record.id().to_string(),
            detail,
        })
    }

    /// That a generation is in charge, or on trial.
    pub(crate) fn began(&self, record: &GenerationRecord, reason: Option<&str>) -> Event {
        let (kind, becomes) = match record.state {
            State::Shadow => ("trial.began", "hears what the active generation hears"),
            State::Canary => ("trial.began", "decides for some"),
            _ => ("generation.activated", "is in charge"),
        };
        let what = what(record);
        Event {
            at: self.clock.wall(),
            kind: kind.into(),
            subject: record.id().to_string(),
            message: match reason {
                Some(reason) => format!("{what} {becomes}: {reason}"),
                None => format!("{what} {becomes}"),
            },
        }
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

fn what(record: &GenerationRecord) -> String {
    format!("{} ({})", record.plugin(), record.digest)
}
