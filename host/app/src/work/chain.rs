//! Which plugins do work, and which are asked one after the other. What is not loaded yet is loaded here. It must not
//! know what they are asked.

use patchbay_runtime::Offers;
use patchbay_runtime::exchange::SkillDescription;
use patchbay_slots::{Expected, Pinned, Slot, Slots};
use patchbay_types::{Digest, Grants, SlotKind, stable_hash};

/// The generation in charge that offers a skill, for the call of this id. Of the slots that are not loaded yet, the one
/// is loaded that has it: such a slot will have what came with the host, and that offers what its slot is called.
pub(super) async fn skilled(slots: &Slots, skill: &str, call: &str) -> Option<(Pinned, SkillDescription)> {
    let all = slots.of(SlotKind::Skills);
    for slot in all.iter().filter(|slot| slot.is_loaded() || is_named(slot, skill)) {
        if let Some(found) = offered(slot, skill, call).await {
            return Some(found);
        }
    }
    None
}

async fn offered(slot: &Slot, skill: &str, call: &str) -> Option<(Pinned, SkillDescription)> {
    // Why it does not is kept by the slot, and told by `lacking`.
    let _ = slot.wake().await;
    let pin = slot.pin(stable_hash(call))?;
    let Offers::Skills(offered) = pin.plugin().offers() else { return None };
    let description = offered.iter().find(|offered| offered.name == skill)?.clone();
    Some((pin, description))
}

/// The component that has a skill, or will have it once its slot is loaded.
pub(super) fn component(slots: &Slots, skill: &str) -> Option<Digest> {
    having(slots, skill).map(|expected| expected.digest)
}

/// What a skill may. Nothing is loaded for that.
pub(super) fn grants(slots: &Slots, skill: &str) -> Option<Grants> {
    having(slots, skill).map(|expected| expected.grants)
}

fn having(slots: &Slots, skill: &str) -> Option<Expected> {
    let all = slots.of(SlotKind::Skills);
    let known = |slot: &&Slot| match slot.is_loaded() {
        true => names(slot).iter().any(|name| name == skill),
        false => is_named(slot, skill),
    };
    all.iter().find(known)?.expected()
}

/// Whether a skill is offered, or the slot is there that should have it.
pub(super) fn is_known(slots: &Slots, skill: &str) -> bool {
    let all = slots.of(SlotKind::Skills);
    all.iter().any(|slot| is_named(slot, skill) || names(slot).iter().any(|name| name == skill))
}

/// That nobody has a skill, what there is, and what could not be loaded.
pub(super) fn lacking(slots: &Slots, skill: &str) -> String {
    format!("a plugin with the skill `{skill}` ({})", there_are(slots))
}

/// The skills that there are, and what could not be loaded.
pub(super) fn there_are(slots: &Slots) -> String {
    let all = slots.of(SlotKind::Skills);
    let known = |slot: &Slot| match slot.is_loaded() {
        true => names(slot),
        false => vec![last(slot).to_owned()],
    };
    let known: Vec<String> = all.iter().flat_map(known).collect();
    let unloaded = all.iter().filter_map(|slot| Some((slot.name(), slot.not_loaded_because()?)));
    let unloaded: String =
        unloaded.map(|(slot, why)| format!("; slot {slot} cannot be loaded: {why}")).collect();
    format!("there are: {}; `patchbay plugin load` brings one{unloaded}", known.join(", "))
}

/// The skills that it offers now.
fn names(slot: &Slot) -> Vec<String> {
    let Some(pin) = slot.pin(0) else { return Vec::new() };
    let Offers::Skills(offered) = pin.plugin().offers() else { return Vec::new() };
    offered.iter().map(|offered| offered.name.clone()).collect()
}

fn is_named(slot: &Slot, skill: &str) -> bool {
    last(slot) == skill
}

/// What comes after the kind.
fn last(slot: &Slot) -> &str {
    slot.name().as_str().rsplit('/').next().unwrap_or_default()
}
