//! Problems and fixes: looked at, and what an operator says of them.

use patchbay_engine::{FixRecord, state_word};
use patchbay_tasks::{FixId, FixState};

use super::task::{by, row};
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{FixQuery, FixRow, FixView, MendCommand, ProblemQuery, ProblemRow, ProblemView};

/// What may be said of a fix.
const VERBS: [&str; 3] = ["approve", "reject", "undo"];

const STATES: [FixState; 8] = [
    FixState::Planned,
    FixState::WaitsForApproval,
    FixState::Applying,
    FixState::Applied,
    FixState::Verified,
    FixState::Failed,
    FixState::Voided,
    FixState::Undone,
];

impl Operator {
    /// # Errors
    /// If the store cannot be read.
    pub async fn problems(&self, query: ProblemQuery) -> Result<Vec<ProblemRow>, OperatorError> {
        let records = self.desk().parts.engine.problems(query.open).await?;
        Ok(records.iter().map(ProblemRow::from).collect())
    }

    /// By its fingerprint, or by the beginning of it if that names one only.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn problem(&self, fingerprint: &str) -> Result<ProblemView, OperatorError> {
        let engine = &self.desk().parts.engine;
        let record = engine.problem(fingerprint).await?;
        let fingerprint = &record.problem.fingerprint;
        let tasks = engine.waiting_for(fingerprint).await?.iter().map(row).collect();
        let fixes = engine.fixes(Some(fingerprint)).await?.iter().map(FixRow::from).collect();
        let known = engine.known_fixes(fingerprint).await?;
        Ok(ProblemView { row: ProblemRow::from(&record), record, tasks, fixes, known })
    }

    /// # Errors
    /// An unknown problem or state, or a store that cannot be read.
    pub async fn fixes(&self, query: &FixQuery) -> Result<Vec<FixRow>, OperatorError> {
        let engine = &self.desk().parts.engine;
        let states = states(query.state.as_deref())?;
        let problem = match &query.problem {
            Some(problem) => Some(engine.problem(problem).await?.problem.fingerprint),
            None => None,
        };
        let records = engine.fixes(problem.as_ref()).await?;
        let fits = |record: &&FixRecord| states.is_empty() || states.contains(&record.fix.state);
        Ok(records.iter().filter(fits).map(FixRow::from).collect())
    }

    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn fix(&self, id: &str) -> Result<FixView, OperatorError> {
        let record = self.desk().parts.engine.fix(number(id)?).await?;
        Ok(FixView { row: FixRow::from(&record), record })
    }

    /// A problem is over: its open fix is void, its tasks go on.
    ///
    /// # Errors
    /// An unknown problem, or a store that does not write.
    pub async fn close_problem(
        &self,
        fingerprint: &str,
        command: MendCommand,
        actor: &str,
    ) -> Result<ProblemView, OperatorError> {
        let (asked, actor) = (fingerprint.to_owned(), actor.to_owned());
        let whole =
            self.change(|desk| async move { desk.close_problem(&asked, command, &actor).await }).await?;
        self.problem(&whole).await
    }

    /// Says `approve`, `reject` or `undo` of a fix.
    ///
    /// # Errors
    /// An unknown fix or word, or a state in which it cannot be.
    pub async fn command_fix(
        &self,
        id: &str,
        verb: &str,
        command: MendCommand,
        actor: &str,
    ) -> Result<FixView, OperatorError> {
        let (asked, verb, actor) = (number(id)?, verb.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.command_fix(asked, &verb, command, &actor).await }).await?;
        self.fix(id).await
    }
}

impl Desk {
    async fn close_problem(
        &self,
        fingerprint: &str,
        command: MendCommand,
        actor: &str,
    ) -> Result<String, OperatorError> {
        let found = self.parts.engine.problem(fingerprint).await?.problem.fingerprint;
        self.parts.engine.close_problem(&found).await?;
        let (subject, detail) = (format!("problem/{found}"), command.reason.unwrap_or_default());
        self.write_down(vec![self.audit(actor, "problem.close", &subject, detail)]).await?;
        Ok(found.to_string())
    }

    async fn command_fix(
        &self,
        id: FixId,
        verb: &str,
        command: MendCommand,
        actor: &str,
    ) -> Result<(), OperatorError> {
        let (engine, reason) = (&self.parts.engine, command.reason.unwrap_or_default());
        match verb {
            "approve" => engine.approve_fix(id, &by(actor)).await?,
            "reject" => engine.reject_fix(id, &reason).await?,
            "undo" => engine.undo_fix(id, &by(actor)).await?,
            other => {
                let found = other.chars().take(100).collect();
                return Err(OperatorError::UnknownVerb { found, expected: VERBS.join(", ") });
            }
        };
        let audit = self.audit(actor, &format!("fix.{verb}"), &format!("fix/{id}"), reason);
        self.write_down(vec![audit]).await
    }
}

fn number(id: &str) -> Result<FixId, OperatorError> {
    let wrong = |_| OperatorError::field("id", "expected the number of a fix");
    id.parse().map(FixId).map_err(wrong)
}

fn states(words: Option<&str>) -> Result<Vec<FixState>, OperatorError> {
    words.into_iter().flat_map(|words| words.split(',')).map(state).collect()
}

fn state(word: &str) -> Result<FixState, OperatorError> {
    STATES.into_iter().find(|state| state_word(*state) == word).ok_or_else(|| {
        let (found, known) = (word.chars().take(100).collect::<String>(), STATES.map(state_word));
        OperatorError::field("state", format!("{found:?} is no state: expected {}", known.join(", ")))
    })
}
