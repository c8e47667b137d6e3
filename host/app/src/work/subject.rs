//! The task that a failure or a problem is about, as a plugin may ask of it. It must not know who asks.

use std::sync::Arc;

use patchbay_engine::{Engine, WeakEngine, state_word};
use patchbay_runtime::ask::{Attempt, PastFix, PluginError, Task as Told};
use patchbay_tasks::{Fix, NoteKind, Task};

use super::{Shared, pictures};
use crate::capability::image::Image;
use crate::capability::tasks::{Subject, Telling};

pub(super) struct TaskSubject {
    shared: Arc<Shared>,
    engine: Option<Engine>,
    task: Arc<Task>,
    history: Vec<Fix>,
}

impl TaskSubject {
    pub(super) fn new(shared: Arc<Shared>, task: Arc<Task>, history: Vec<Fix>) -> Self {
        let engine = shared.engine.get().and_then(WeakEngine::upgrade);
        Self { shared, engine, task, history }
    }

    /// That there are pictures of the failure; nothing if there are none.
    pub(super) async fn told_of_pictures(&self) -> Option<(String, String)> {
        pictures::told(&pictures::of(self.engine.as_ref()?, &self.task).await)
    }
}

impl Subject for TaskSubject {
    fn task(&self) -> Telling<'_, Option<Told>> {
        let definition = &self.task.definition;
        let labels = definition.labels.iter();
        let mut attributes: Vec<(String, String)> =
            labels.map(|(key, value)| (format!("label:{key}"), value.clone())).collect();
        let notes = self.task.notes.iter().filter(|note| note.kind != NoteKind::Failure);
        attributes
            .extend((1..).zip(notes).map(|(n, note): (u32, _)| (format!("note.{n}"), note.text.clone())));
        let told = Told {
            id: self.task.id.0.to_string(),
            name: definition.name.to_string(),
            skill: definition.skill.clone().unwrap_or_default(),
            state: self.task.state.name().to_string(),
            input: definition.input.to_string(),
            attributes,
        };
        Box::pin(async move { Ok(Some(told)) })
    }

    fn attempts(&self, limit: usize) -> Telling<'_, Vec<Attempt>> {
        Box::pin(async move {
            let Some(engine) = &self.engine else { return Ok(Vec::new()) };
            let attempts = engine.attempts_of(self.task.id).await.map_err(unread)?;
            let skip = attempts.len().saturating_sub(limit);
            let told = attempts.into_iter().skip(skip).map(|attempt| Attempt {
                number: attempt.number,
                error: (attempt.outcome != "succeeded").then(|| attempt.message.clone()),
                state: attempt.outcome,
                started_ms: attempt.began.0,
                ended_ms: Some(attempt.ended.0),
                attributes: Vec::new(),
            });
            Ok(told.collect())
        })
    }

    fn log_tail(&self, lines: usize) -> Telling<'_, Vec<String>> {
        Box::pin(async move {
            let Some(engine) = &self.engine else { return Ok(Vec::new()) };
            let attempts = engine.attempts_of(self.task.id).await.map_err(unread)?;
            let log = attempts.into_iter().next_back().map(|attempt| attempt.log).unwrap_or_default();
            let skip = log.len().saturating_sub(lines);
            Ok(log.into_iter().skip(skip).map(|line| line.text).collect())
        })
    }

    fn history(&self) -> Telling<'_, Vec<PastFix>> {
        let told = self.history.iter().map(|fix| PastFix {
            strategy: fix.made_by.clone(),
            title: fix.plan.title.clone(),
            outcome: state_word(fix.state).to_owned(),
            actions: serde_json::to_string(&fix.plan.actions).unwrap_or_default(),
            attributes: Vec::new(),
        });
        let told = told.collect();
        Box::pin(async move { Ok(told) })
    }

    fn images(&self) -> Telling<'_, Vec<Image>> {
        Box::pin(async move {
            let Some(engine) = &self.engine else { return Ok(Vec::new()) };
            let found = pictures::of(engine, &self.task).await;
            Ok(pictures::opened(&self.shared.artifacts, &found).await)
        })
    }
}

fn unread(error: impl std::fmt::Display) -> PluginError {
    PluginError { code: "unavailable".to_owned(), message: error.to_string(), retry_after_ms: Some(1_000) }
}
