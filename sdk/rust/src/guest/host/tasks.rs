//! `tasks`.

use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::tasks as contract;
use crate::tasks::{Attempt, Finding, PastFix, Runbook, Task};

pub(crate) fn current() -> Result<Option<Task>, PluginError> {
    Ok(contract::current()?.map(|task| Task {
        id: task.id,
        name: task.name,
        skill: task.skill,
        state: task.state,
        input: task.input,
        attributes: task.attributes.into(),
    }))
}

pub(crate) fn attempts() -> Result<Vec<Attempt>, PluginError> {
    let plain = |attempt: contract::Attempt| Attempt {
        number: attempt.number,
        state: attempt.state,
        started_ms: attempt.started_ms,
        ended_ms: attempt.ended_ms,
        error: attempt.error,
        attributes: attempt.attributes.into(),
    };
    Ok(contract::attempts()?.into_iter().map(plain).collect())
}

pub(crate) fn log_tail(lines: u32) -> Result<Vec<String>, PluginError> {
    Ok(contract::log_tail(lines)?)
}

pub(crate) fn findings() -> Result<Vec<Finding>, PluginError> {
    let plain = |finding: contract::Finding| Finding {
        kind: finding.kind,
        text: finding.text,
        attributes: finding.attributes.into(),
    };
    Ok(contract::findings()?.into_iter().map(plain).collect())
}

pub(crate) fn history() -> Result<Vec<PastFix>, PluginError> {
    let plain = |fix: contract::PastFix| PastFix {
        strategy: fix.strategy,
        title: fix.title,
        outcome: fix.outcome,
        actions: fix.actions,
        attributes: fix.attributes.into(),
    };
    Ok(contract::history()?.into_iter().map(plain).collect())
}

pub(crate) fn runbooks() -> Result<Vec<Runbook>, PluginError> {
    let plain = |book: contract::Runbook| Runbook { title: book.title, text: book.text };
    Ok(contract::runbooks()?.into_iter().map(plain).collect())
}
