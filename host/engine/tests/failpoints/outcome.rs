//! What a played load left, for the process that looks at it. It must not know how often its process was killed.

use std::collections::{BTreeMap, BTreeSet};

use patchbay_engine::{Attempt, Engine};
use patchbay_store::Store;
use patchbay_tasks::replay;
use serde::{Deserialize, Serialize};

use super::child::{reports, text};
use super::load::EXPECTED;
use super::operator::name;
use super::outsider::{OUTSIDE, SAID};

#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Outcome {
    /// By task.
    pub(crate) tasks: BTreeMap<String, Told>,
    /// Titles without their numbers.
    pub(crate) reports: BTreeSet<String>,
}

/// What is told of one task.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Told {
    pub(crate) state: String,
    /// Outcomes of its attempts, the oldest first.
    pub(crate) attempts: Vec<String>,
}

impl Outcome {
    /// # Errors
    /// A task that its own events do not make.
    pub(crate) async fn of(engine: &Engine, store: &dyn Store) -> Result<Self, String> {
        let mut tasks = BTreeMap::new();
        for (task, _) in EXPECTED {
            let view = engine.show(&name(task)).await.map_err(text)?;
            let events = engine.history(&name(task), 0, 10_000).await.map_err(text)?;
            let made = replay(&events).map_err(text)?;
            if made != *view.task {
                return Err(format!("{task} is not what its events make: {made:?}, {:?}", view.task));
            }
            let attempts = engine.attempts(&name(task)).await.map_err(text)?;
            if OUTSIDE.contains(&task) {
                done_once(task, &attempts)?;
            }
            let attempts = attempts.into_iter().map(|attempt| attempt.outcome).collect();
            tasks.insert(task.to_owned(), Told { state: view.state.to_owned(), attempts });
        }
        let titles = reports(store).await?;
        let bare = |title: String| title.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        Ok(Self { tasks, reports: titles.into_iter().map(bare).collect() })
    }
}

/// What was done outside was ended once, and nothing that was said of it is there twice. Of a host that was killed between
/// the end of the log and that of the attempt, nothing may be there.
fn done_once(task: &str, attempts: &[Attempt]) -> Result<(), String> {
    let mut done = attempts.iter().filter(|attempt| attempt.outcome == "succeeded");
    let (Some(one), None) = (done.next(), done.next()) else {
        let found: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
        return Err(format!("{task} was not done once: {found:?}"));
    };
    let said: Vec<_> = one.log.iter().map(|line| line.text.as_str()).collect();
    match said == SAID || said.is_empty() {
        true => Ok(()),
        false => Err(format!("{task} has said {said:?}, expected {SAID:?}")),
    }
}
