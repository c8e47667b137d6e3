//! What a played load left, for the process that looks at it. It must not know how often its process was killed.

use std::collections::{BTreeMap, BTreeSet};

use patchbay_engine::{Attempt, Engine};
use patchbay_store::Store;
use patchbay_tasks::{FixState, replay};
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
        nothing_is_half_done(engine, &titles).await?;
        let titles = titles.into_iter().filter(|title| !title.contains(STAYS));
        let bare = |title: String| title.chars().filter(|letter| !letter.is_ascii_digit()).collect();
        Ok(Self { tasks, reports: titles.map(bare).collect() })
    }
}

/// What a fix that ends amid has done stays, and a person hears of it. Which fix does depends on when its process ends.
const STAYS: &str = " ended, and what it did stays";

/// A fix has ended everywhere or nowhere: in its row, for its problem, among what is known, and for a person.
async fn nothing_is_half_done(engine: &Engine, reports: &[String]) -> Result<(), String> {
    for problem in engine.problems(false).await.map_err(text)? {
        if let Some(fix) = problem.problem.open_fix {
            return Err(format!("problem {} has the open fix {fix} still", problem.problem.fingerprint));
        }
    }
    for record in engine.fixes(None).await.map_err(text)? {
        let (id, state) = (record.fix.id, record.fix.state);
        let known = engine.known_fixes(&record.fix.problem).await.map_err(text)?;
        let known = known.iter().find(|known| known.plan == record.fix.plan);
        if state == FixState::Undone && known.is_some_and(|known| !known.retired) {
            return Err(format!("fix {id} is undone, and it is a known one still"));
        }
        if record.begun {
            return Err(format!("fix {id} is {state:?}, and what its action did is not known"));
        }
        let is_left = state == FixState::Voided && record.results.iter().any(|result| result == "done");
        let title = format!("Fix {id}{STAYS}");
        if is_left && !reports.iter().any(|report| report.starts_with(&title)) {
            return Err(format!("fix {id} is void, it did something, and nobody was told"));
        }
    }
    Ok(())
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
