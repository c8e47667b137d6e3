//! From what was written down to what is due when, and to the task of one run. It must not know stores.

use std::num::NonZeroU32;
use std::time::Duration;

use patchbay_sched::{BUFFER_MAX, Overlap, Policy, Schedule, Trigger};
use patchbay_tasks::{Definition, TaskName};
use patchbay_types::Timestamp;

use crate::error::ApplyError;

/// What a run's task is labelled with: the name of its schedule.
pub(crate) const SCHEDULE_LABEL: &str = "schedule";
/// The time that it was due.
const DUE_LABEL: &str = "due";
const RUN_LABELS: [&str; 2] = [SCHEDULE_LABEL, DUE_LABEL];
/// Bytes of a run's name behind its schedule's: a dot, and the number.
const NUMBER_BYTES_MAX: usize = 21;
/// Digits of a run's number, at least.
const DIGITS: usize = 6;

/// The schedule of a definition that has one.
///
/// # Errors
/// The field that is wrong, what it says, and what was expected.
pub(crate) fn schedule_of(definition: &Definition) -> Result<Schedule, ApplyError> {
    let task = || definition.name.clone();
    let wrong = |reason: String| ApplyError::Schedule { task: task(), reason };
    let written = definition.schedule.clone().unwrap_or_default();
    if definition.parent.is_some() {
        return Err(wrong(
            "it has a parent, which could never end: take out `parent` or `schedule`".to_owned(),
        ));
    }
    let room = TaskName::BYTES_MAX - NUMBER_BYTES_MAX;
    if definition.name.as_str().len() > room {
        return Err(wrong(format!(
            "its name has {} bytes, expected at most {room}: a run's name has a number behind it",
            definition.name.as_str().len()
        )));
    }
    let own = definition.labels.keys().filter(|key| !RUN_LABELS.contains(&key.as_str())).count();
    let labels_max = Definition::LABELS_MAX - RUN_LABELS.len();
    if own > labels_max {
        return Err(wrong(format!(
            "it has {own} labels, expected at most {labels_max}: each run gets {} more",
            RUN_LABELS.len()
        )));
    }
    let trigger: Trigger = written.when.parse().map_err(|error| wrong(format!("`when`: {error}")))?;
    let pause_after = written.pause_after.map(|found| {
        NonZeroU32::new(found)
            .ok_or_else(|| wrong("`pause_after` is 0, expected 1 or more failures in a row".to_owned()))
    });
    let policy = Policy {
        overlap: overlap(written.overlap.as_deref()).map_err(&wrong)?,
        catch_up: written.catch_up_ms.map(Duration::from_millis),
        jitter: written.jitter_ms.map(Duration::from_millis).unwrap_or_default(),
        pause_after: pause_after.transpose()?,
        ..Policy::default()
    };
    Schedule::new(definition.name.as_str(), trigger, policy).map_err(|error| wrong(error.to_string()))
}

fn overlap(word: Option<&str>) -> Result<Overlap, String> {
    match word.unwrap_or("skip") {
        "skip" => Ok(Overlap::Skip),
        "buffer-one" => Ok(Overlap::BufferOne),
        "buffer-all" => Ok(Overlap::BufferAll { at_most: BUFFER_MAX }),
        "cancel-other" => Ok(Overlap::CancelOther),
        "allow" => Ok(Overlap::Allow),
        other => {
            let found: String = other.chars().take(64).collect();
            Err(format!(
                "`overlap` is {found:?}, expected `skip`, `buffer-one`, `buffer-all`, `cancel-other` or `allow`"
            ))
        }
    }
}

/// A policy's word, as it is written in a file.
pub(crate) fn overlap_word(overlap: Overlap) -> &'static str {
    match overlap {
        Overlap::Skip => "skip",
        Overlap::BufferOne => "buffer-one",
        Overlap::BufferAll { .. } => "buffer-all",
        Overlap::CancelOther => "cancel-other",
        Overlap::Allow => "allow",
    }
}

/// The task of one run.
///
/// # Errors
/// If its name is none, which a checked schedule's always is.
pub(crate) fn run_of(definition: &Definition, number: u64, due: Timestamp) -> Result<Definition, String> {
    let name = format!("{}.{number:0DIGITS$}", definition.name);
    let mut run = Definition {
        name: name.parse().map_err(|error: patchbay_tasks::TaskNameError| error.to_string())?,
        schedule: None,
        ..definition.clone()
    };
    run.labels.insert(SCHEDULE_LABEL.to_owned(), definition.name.to_string());
    run.labels.insert(DUE_LABEL.to_owned(), due.to_string());
    Ok(run)
}
