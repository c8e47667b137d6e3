//! Which plugins do work, and which are asked one after the other. It must not know what they are asked.

use patchbay_runtime::Offers;
use patchbay_runtime::exchange::SkillDescription;
use patchbay_slots::{Pinned, Slots};
use patchbay_types::{SlotKind, stable_hash};

/// The generation in charge that offers a skill, for the call of this id.
pub(super) fn skilled(slots: &Slots, skill: &str, call: &str) -> Option<(Pinned, SkillDescription)> {
    slots.of(SlotKind::Skills).iter().find_map(|slot| {
        let pin = slot.pin(stable_hash(call))?;
        let Offers::Skills(offered) = pin.plugin().offers() else { return None };
        let description = offered.iter().find(|offered| offered.name == skill)?.clone();
        Some((pin, description))
    })
}

/// The names of all skills that somebody offers now.
pub(super) fn skills(slots: &Slots) -> Vec<String> {
    let mut names = Vec::new();
    for slot in slots.of(SlotKind::Skills) {
        if let Some(pin) = slot.pin(0)
            && let Offers::Skills(offered) = pin.plugin().offers()
        {
            names.extend(offered.iter().map(|offered| offered.name.clone()));
        }
    }
    names
}
