//! Schedules: looked at, and what an operator says of them. When a run is due is the engine's affair.

use patchbay_types::Timestamp;

use super::task::{by, named};
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{
    ScheduleCommand, ScheduleId, ScheduleQuery, ScheduleRemoved, ScheduleView, SchedulesListed, UpcomingQuery,
};

const LIST_DEFAULT: usize = 1_000;
const UPCOMING_DEFAULT: usize = 10;
/// What may be said of a schedule.
const VERBS: [&str; 5] = ["now", "backfill", "cancel-backfill", "pause", "resume"];

impl Operator {
    /// # Errors
    /// If the store cannot be read.
    pub async fn schedules(&self, query: ScheduleQuery) -> Result<SchedulesListed, OperatorError> {
        let (after, limit) = (query.after.map(ScheduleId), query.limit.unwrap_or(LIST_DEFAULT));
        Ok(self.desk().parts.engine.schedules(after, limit).await?)
    }

    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn schedule(&self, name: &str) -> Result<ScheduleView, OperatorError> {
        Ok(self.desk().parts.engine.schedule(&named(name)?).await?)
    }

    /// When the next runs start.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn upcoming(&self, name: &str, query: UpcomingQuery) -> Result<Vec<Timestamp>, OperatorError> {
        let count = query.count.unwrap_or(UPCOMING_DEFAULT);
        Ok(self.desk().parts.engine.upcoming(&named(name)?, count).await?)
    }

    /// Says one of [`VERBS`] of a schedule.
    ///
    /// # Errors
    /// An unknown schedule or word, a field that the word does not take, or what cannot be now.
    pub async fn command_schedule(
        &self,
        name: &str,
        verb: &str,
        command: ScheduleCommand,
        actor: &str,
    ) -> Result<ScheduleView, OperatorError> {
        let (asked, verb, actor) = (name.to_owned(), verb.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.command_schedule(&asked, &verb, command, &actor).await }).await
    }

    /// # Errors
    /// If there is none, or a store that does not write.
    pub async fn remove_schedule(&self, name: &str, actor: &str) -> Result<ScheduleRemoved, OperatorError> {
        let (asked, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.remove_schedule(&asked, &actor).await }).await
    }
}

impl Desk {
    async fn command_schedule(
        &self,
        name: &str,
        verb: &str,
        command: ScheduleCommand,
        actor: &str,
    ) -> Result<ScheduleView, OperatorError> {
        let (engine, name, by) = (&self.parts.engine, named(name)?, by(actor));
        let span = span(verb, &command)?;
        let view = match (verb, span) {
            ("now", _) => engine.schedule_now(&name, &by).await?,
            ("backfill", Some(span)) => engine.schedule_backfill(&name, span, &by).await?,
            ("cancel-backfill", _) => engine.schedule_cancel_backfill(&name, &by).await?,
            ("pause", _) => engine.schedule_pause(&name, &by).await?,
            ("resume", _) => engine.schedule_resume(&name, &by).await?,
            (other, _) => {
                let found = other.chars().take(100).collect();
                return Err(OperatorError::UnknownVerb { found, expected: VERBS.join(", ") });
            }
        };
        let detail = match span {
            Some((from, to)) => format!("{from} to {to} {}", command.reason.unwrap_or_default()),
            None => command.reason.unwrap_or_default(),
        };
        let audit = self.audit(actor, &format!("schedule.{verb}"), &format!("schedule/{name}"), detail);
        self.write_down(vec![audit]).await?;
        Ok(view)
    }

    async fn remove_schedule(&self, name: &str, actor: &str) -> Result<ScheduleRemoved, OperatorError> {
        let name = named(name)?;
        let gone = self.parts.engine.schedule_delete(&name, &by(actor)).await?;
        let subject = format!("schedule/{name}");
        self.write_down(vec![self.audit(actor, "schedule.delete", &subject, String::new())]).await?;
        Ok(ScheduleRemoved { removed: name, runs_gone: gone.runs_gone, runs_left: gone.runs_left })
    }
}

/// A backfill needs both ends, and nothing else takes one.
fn span(verb: &str, command: &ScheduleCommand) -> Result<Option<(Timestamp, Timestamp)>, OperatorError> {
    match (verb, command.from, command.to) {
        ("backfill", Some(from), Some(to)) => Ok(Some((from, to))),
        ("backfill", None, _) => Err(OperatorError::field("from", "expected milliseconds since 1970 here")),
        ("backfill", _, None) => Err(OperatorError::field("to", "expected milliseconds since 1970 here")),
        (_, None, None) => Ok(None),
        (_, Some(_), _) => Err(OperatorError::field("from", "that is not taken here: leave it out")),
        _ => Err(OperatorError::field("to", "that is not taken here: leave it out")),
    }
}
