//! The slots: shown, loaded, promoted, rolled back, put in order.

use patchbay_slots::{GenerationView, Load, Promote, Promoted, Slot, SlotView, TrialMode, TrialReport};
use patchbay_store::Batch;
use patchbay_types::{SlotKind, SlotName};

use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::Removed;

/// Recorded calls that a candidate can be put before it is in charge.
const GATE_CALLS_MAX: usize = 2_000;
/// A reason that an operator gives, in characters.
const REASON_CHARACTERS_MAX: usize = 500;

impl Operator {
    /// All slots with their newest `limit` generations: by kind, and those of a chain in the order in which they are
    /// asked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn slots(&self, limit: usize) -> Result<Vec<SlotView>, OperatorError> {
        let mut views = Vec::new();
        for slot in self.slots_in_order() {
            views.push(slot.show(limit).await?);
        }
        Ok(views)
    }

    /// A slot with its newest `limit` generations.
    ///
    /// # Errors
    /// An unknown slot, or a store that cannot be read.
    pub async fn slot(&self, slot: &str, limit: usize) -> Result<SlotView, OperatorError> {
        Ok(self.known(slot)?.show(limit).await?)
    }

    /// Puts a component in charge of a slot, or on trial there. A slot comes into being with its first component.
    ///
    /// # Errors
    /// A name that is none, or a component that is refused: the generation in charge then stays.
    pub async fn load(&self, slot: &str, load: Load) -> Result<GenerationView, OperatorError> {
        let slot: SlotName = slot.parse().map_err(|error| OperatorError::field("slot", error))?;
        if load.component.len() as u64 > self.component_bytes_max().0 {
            return Err(OperatorError::ComponentTooLarge(self.component_bytes_max()));
        }
        load.trial.map_or(Ok(()), check_share)?;
        self.change(|desk| async move { Ok(desk.parts.slots.load(&slot, load).await?) }).await
    }

    /// Puts the last good generation back in charge.
    ///
    /// # Errors
    /// An unknown slot, or none to go back to.
    pub async fn rollback(&self, slot: &str, actor: &str) -> Result<GenerationView, OperatorError> {
        let (slot, actor) = (self.known(slot)?, actor.to_owned());
        self.change(|_| async move { Ok(slot.rollback(&actor).await?) }).await
    }

    /// Puts the candidate, or an earlier generation, in charge, once it has answered the recorded calls.
    ///
    /// # Errors
    /// An unknown slot or generation, no trial, or a candidate that failed or answered otherwise: the generation in
    /// charge then stays.
    pub async fn promote(&self, slot: &str, promote: Promote) -> Result<Promoted, OperatorError> {
        let slot = self.known(slot)?;
        check_gate(&promote)?;
        self.change(|_| async move { Ok(slot.promote(promote).await?) }).await
    }

    /// Ends the trial; the candidate is not put in charge.
    ///
    /// # Errors
    /// An unknown slot, or one without a trial.
    pub async fn discard(&self, slot: &str, actor: &str) -> Result<GenerationView, OperatorError> {
        let (slot, actor) = (self.known(slot)?, actor.to_owned());
        self.change(|_| async move { Ok(slot.discard(&actor).await?) }).await
    }

    /// Empties a slot and forgets it.
    ///
    /// # Errors
    /// An unknown slot, or `routing`, which stays.
    pub async fn remove_slot(&self, slot: &str, actor: &str) -> Result<Removed, OperatorError> {
        let (slot, actor) = (self.known(slot)?.name().clone(), actor.to_owned());
        let removed = slot.to_string();
        self.change(|desk| async move { Ok(desk.parts.slots.remove(&slot, &actor).await?) }).await?;
        Ok(Removed { removed })
    }

    /// How the trial goes, with at most `limit` of the calls that were answered otherwise.
    ///
    /// # Errors
    /// An unknown slot, or one without a trial.
    pub fn trial_report(&self, slot: &str, limit: usize) -> Result<TrialReport, OperatorError> {
        let slot = self.known(slot)?;
        let none = || patchbay_slots::PromoteError::NoTrial(slot.name().clone());
        Ok(slot.trial_report(limit).ok_or_else(none)?)
    }

    /// Sets the order in which a chain's slots are asked; each is named once, with or without the kind.
    ///
    /// # Errors
    /// An unknown kind or one that has no order, or names that are not those of its slots.
    pub async fn order(
        &self,
        kind: &str,
        names: &[String],
        actor: &str,
    ) -> Result<Vec<SlotName>, OperatorError> {
        let kind = known_kind(kind)?;
        let named: Result<_, _> = names.iter().map(|name| in_kind(kind, name)).collect();
        let (order, actor): (Vec<SlotName>, String) = (named?, actor.to_owned());
        self.change(|desk| async move { desk.order(kind, order, &actor).await }).await
    }

    pub(crate) fn slots_in_order(&self) -> Vec<Slot> {
        let slots = &self.desk().parts.slots;
        SlotKind::ALL.into_iter().flat_map(|kind| slots.of(kind)).collect()
    }

    pub(super) fn known(&self, name: &str) -> Result<Slot, OperatorError> {
        let slots = &self.desk().parts.slots;
        let found = name.parse().ok().and_then(|name| slots.get(&name));
        found.ok_or_else(|| {
            let known = slots.all().iter().map(|slot| slot.name().to_string()).collect();
            OperatorError::UnknownSlot { name: name.chars().take(100).collect(), known }
        })
    }
}

impl Desk {
    async fn order(
        &self,
        kind: SlotKind,
        order: Vec<SlotName>,
        actor: &str,
    ) -> Result<Vec<SlotName>, OperatorError> {
        let _turn = self.turn.lock().await;
        self.parts.slots.order(kind, order.clone()).await?;
        let (kind, names) = (kind.as_str(), order.iter().map(SlotName::as_str).collect::<Vec<_>>().join(" "));
        let told = Batch::new()
            .event(self.event("chain.ordered", kind, format!("{kind} are asked in the order {names}")))
            .audit(self.audit(actor, "slot.order", kind, names));
        self.parts.store.commit(told).await?;
        Ok(order)
    }
}

fn known_kind(name: &str) -> Result<SlotKind, OperatorError> {
    SlotKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| OperatorError::UnknownKind {
        name: name.chars().take(100).collect(),
        expected: SlotKind::ALL.map(SlotKind::as_str).join(", "),
    })
}

/// A slot of this kind, by its whole name or by what comes after the kind.
fn in_kind(kind: SlotKind, name: &str) -> Result<SlotName, OperatorError> {
    let whole = if name.contains('/') { name.to_owned() } else { format!("{}/{name}", kind.as_str()) };
    whole.parse().map_err(|error| OperatorError::field("order", error))
}

fn check_share(trial: TrialMode) -> Result<(), OperatorError> {
    let (field, share, most) = match trial {
        TrialMode::Shadow { sample } => ("sample", sample, 1.0),
        TrialMode::Canary { percent } => ("percent", percent, 100.0),
    };
    match (0.0..=most).contains(&share) {
        true => Ok(()),
        false => {
            let message = format!("{share} is out of range: expected 0 to {most}");
            Err(OperatorError::field(format!("trial.{field}"), message))
        }
    }
}

fn check_gate(promote: &Promote) -> Result<(), OperatorError> {
    if promote.calls > GATE_CALLS_MAX {
        let message = format!("{} is out of range: expected at most {GATE_CALLS_MAX}", promote.calls);
        return Err(OperatorError::field("calls", message));
    }
    let Some(why) = &promote.accept_diff else { return Ok(()) };
    match (1..=REASON_CHARACTERS_MAX).contains(&why.trim().chars().count()) {
        true => Ok(()),
        false => {
            let message = format!("expected a reason of 1 to {REASON_CHARACTERS_MAX} characters");
            Err(OperatorError::field("accept_diff", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_of_a_chain_is_named_with_or_without_the_kind() {
        for name in ["rules", "analyzers/rules"] {
            assert_eq!(in_kind(SlotKind::Analyzers, name).unwrap().as_str(), "analyzers/rules");
        }
        assert_eq!(in_kind(SlotKind::Analyzers, "a/b/c").unwrap_err().wrong_field(), Some("order"));
        assert_eq!(known_kind("analyzer").unwrap_err().code(), "unknown-kind");
    }

    #[test]
    fn a_share_that_is_no_part_of_all_is_refused() {
        for sample in [-0.1, 1.1, f64::NAN] {
            let error = check_share(TrialMode::Shadow { sample }).unwrap_err();
            assert_eq!(error.wrong_field(), Some("trial.sample"), "{sample}");
        }
        assert!(check_share(TrialMode::Shadow { sample: 1.0 }).is_ok());
        assert!(check_share(TrialMode::Canary { percent: 0.0 }).is_ok());
        assert!(check_share(TrialMode::Canary { percent: 100.0 }).is_ok());
        assert!(check_share(TrialMode::Canary { percent: 100.5 }).is_err());
    }
}
