//! Who may say what of a task, whatever its state: the fence, ends, verdicts. It must not know what comes of it.

use super::{Happening, Illegal, What};
use crate::{Actor, Task};

pub(super) fn admit(task: &Task, happening: &Happening) -> Result<(), Illegal> {
    fence(task, &happening.what)?;
    whose(task, happening)?;
    if task.state.is_end() { end(task, happening) } else { Ok(()) }
}

fn fence(task: &Task, what: &What) -> Result<(), Illegal> {
    match what.fence() {
        Some(given) if given != task.fence => Err(Illegal::StaleFence {
            task: task.definition.name.clone(),
            what: what.name(),
            given,
            current: task.fence,
        }),
        _ => Ok(()),
    }
}

/// Nobody judges their own work, a `human` check hears a person, and what runs a task does not command it.
fn whose(task: &Task, happening: &Happening) -> Result<(), Illegal> {
    let Happening { by, what } = happening;
    let expected = match (what, by) {
        (What::Approved { .. }, by) if !by.is_operator() => "a person has to approve",
        (what, Actor::Worker(_)) if what.is_verdict() => "somebody else than the worker has to judge",
        (what, Actor::Worker(_) | Actor::Plugin(_)) if what.is_command() => "that is the operator's word",
        _ => return Ok(()),
    };
    let task = task.definition.name.clone();
    Err(Illegal::NotTheirs { task, what: what.name(), by: by.to_string(), expected })
}

fn end(task: &Task, happening: &Happening) -> Result<(), Illegal> {
    if let What::Edited { definition } = &happening.what
        && happening.by.is_operator()
        && definition.works_as(&task.definition)
    {
        // What people read is no part of the end.
        return Ok(());
    }
    let (name, what) = (task.definition.name.clone(), happening.what.name());
    if !happening.what.may_change_an_end() || !happening.by.is_operator() {
        return Err(Illegal::Ended { task: name, what, state: task.state.name() });
    }
    match happening.what.reason().is_some_and(|reason| !reason.trim().is_empty()) {
        true => Ok(()),
        false => Err(Illegal::NoReason { task: name, what }),
    }
}
