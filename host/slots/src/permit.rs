//! Whether an operator may load this here: not older and not wider than what is in charge, unless that is said to be
//! meant, and of the kind that the slot takes.

use patchbay_registry::Version;
use patchbay_types::{SlotKind, SlotName};

use crate::activate::Load;
use crate::error::LoadError;
use crate::prepare::Checked;
use crate::record::GenerationRecord;

/// # Errors
/// [`LoadError::Kind`], naming the slot that it goes into.
pub(crate) fn of_its_kind(checked: &Checked, slot: &SlotName) -> Result<(), LoadError> {
    if checked.kind() == slot.kind() {
        return Ok(());
    }
    Err(LoadError::Kind {
        plugin: checked.label(),
        world: checked.world().as_str(),
        slot: slot.clone(),
        expected: expected_slot(checked.kind()),
    })
}

pub(crate) fn not_older(
    checked: &Checked,
    before: &GenerationRecord,
    allowed: bool,
) -> Result<(), LoadError> {
    let new = &checked.manifest.plugin;
    let older = new.name.as_str() == before.name
        && before.version.parse::<Version>().is_ok_and(|before| new.version.is_older_than(&before));
    match older && !allowed {
        false => Ok(()),
        true => Err(LoadError::Older {
            plugin: checked.label(),
            before: before.plugin(),
            slot: before.slot.clone(),
        }),
    }
}

/// What the operator grants by name is meant; what a manifest asks for beyond the generation in charge must be accepted.
/// A bundled plugin asks for nothing that it does not need.
pub(crate) fn not_wider(
    checked: &Checked,
    before: Option<&GenerationRecord>,
    load: &Load,
    bundled: bool,
) -> Result<(), LoadError> {
    let had = before.map(|before| before.grants.clone()).unwrap_or_default();
    let wider = checked.manifest.grants.beyond(&had.with(&load.granted));
    if wider.is_empty() || bundled || load.accept_grants {
        return Ok(());
    }
    Err(LoadError::Wider {
        plugin: checked.label(),
        before: before.map_or_else(|| "an empty slot".to_owned(), GenerationRecord::plugin),
        wider: wider.join(", "),
    })
}

fn expected_slot(kind: SlotKind) -> String {
    match kind {
        SlotKind::Routing => "routing".to_owned(),
        kind => format!("{}/NAME", kind.as_str()),
    }
}
