//! Who waits for whom: whether a task's dependencies and children let it go on, and whom an end concerns. It must not
//! know how a task gets to its end.

use std::sync::PoisonError;

use patchbay_failpoint as failpoint;
use patchbay_store::{Key, KeyRange, StoreExt};
use patchbay_tasks::{
    Actor, AskReason, Definition, DependencyState, State, StateName, Task, TaskId, TaskName, What,
    dependency_state,
};

use crate::change::is_settled;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::mend::fix_of;
use crate::row::{LinkKind, LinkRow, links_of};

/// Links that are read at once.
const PAGE: usize = 1_000;
/// Tasks of which it is remembered whom they wait for.
const WAITS_MAX: usize = 100_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Link {
    /// Whether this one may go on.
    Dependencies(TaskId),
    /// Whom the state of this one concerns.
    Dependants(TaskId),
}

impl Inner {
    pub(crate) async fn look_at_link(&self, link: Link) -> Result<(), EngineError> {
        match link {
            Link::Dependencies(id) => self.look_at_dependencies(id).await,
            Link::Dependants(id) => self.look_at_dependants(id).await,
        }
    }

    /// Says that a task may go on, or never will; else remembers the first that it waits for. Until that is
    /// known, whatever ends may be it: an end that comes meanwhile is looked at anew.
    async fn look_at_dependencies(&self, id: TaskId) -> Result<(), EngineError> {
        let _turn = self.link_turns.of(id.0).await;
        self.no_longer_waits(id);
        let task = self.task(id).await?;
        if !waits_for_others(&task) {
            return Ok(());
        }
        failpoint::at("engine.links.dependencies");
        match self.dependencies(&task).await? {
            DependencyState::Met => self.said(id, What::DependenciesMet).await,
            // It has been told.
            DependencyState::Broken { .. } if task.state.behind_a_pause().name() != StateName::Pending => {
                Ok(())
            }
            DependencyState::Broken { by, .. } => self.said(id, What::DependencyBroken { by }).await,
            DependencyState::Waiting { on, .. } => {
                let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
                if waits.len() < WAITS_MAX {
                    waits.insert(id, on);
                }
                Ok(())
            }
        }
    }

    /// What a task's dependencies and children let it do. The first that holds it is enough.
    pub(crate) async fn dependencies(&self, task: &Task) -> Result<DependencyState, EngineError> {
        let mut needed = Vec::new();
        for name in &task.definition.depends_on {
            // One that is gone was done long ago: only an end is ever forgotten.
            let state = self.find(name).await?.map_or(StateName::Succeeded, |task| task.state.name());
            needed.push((name.clone(), state));
        }
        let mut verdict = dependency_state(needed.iter().map(|(name, state)| (name, *state)), []);
        let mut range = links_of(&task.definition.name, LinkKind::Child).prefix();
        loop {
            if let DependencyState::Broken { .. } = verdict {
                return Ok(verdict);
            }
            let (children, next) = self.links_page(range).await?;
            let mut states = Vec::new();
            for child in children {
                let child = self.task(child.id).await?;
                states.push((child.definition.name.clone(), child.state.name()));
            }
            let found = dependency_state([], states.iter().map(|(name, state)| (name, *state)));
            if !matches!((&verdict, &found), (DependencyState::Waiting { .. }, DependencyState::Met)) {
                verdict = if matches!(found, DependencyState::Met) { verdict } else { found };
            }
            match next {
                Some(next) => range = next,
                None => return Ok(verdict),
            }
        }
    }

    async fn look_at_dependants(&self, id: TaskId) -> Result<(), EngineError> {
        let task = self.task(id).await?;
        if !is_settled(task.state.name()) {
            return Ok(());
        }
        failpoint::at("engine.links.dependants");
        if fix_of(&task).is_some_and(|fix| !self.push_fix(fix)) {
            self.sweep.notify_one();
        }
        let name = &task.definition.name;
        if let Some(parent) = &task.definition.parent
            && let Some(parent) = self.find(parent).await?
        {
            self.concerns(&task, parent.id);
        }
        let mut range = links_of(name, LinkKind::Dependant).prefix();
        loop {
            let (dependants, next) = self.links_page(range).await?;
            dependants.iter().for_each(|link| self.concerns(&task, link.id));
            match next {
                Some(next) => range = next,
                None => return Ok(()),
            }
        }
    }

    /// A task that waits for another one than this need not look again, unless this one breaks it.
    fn concerns(&self, ended: &Task, waiting: TaskId) {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let waits_for_another = waits.get(&waiting).is_some_and(|on| *on != ended.definition.name);
        drop(waits);
        let breaks = matches!(ended.state.name(), StateName::Cancelled | StateName::Dead);
        if (!waits_for_another || breaks) && !self.links.push(Link::Dependencies(waiting)) {
            self.sweep.notify_one();
        }
    }

    /// Whether somebody may have to hear what became of a task.
    pub(crate) fn concerns_anybody(&self, task: &Task) -> bool {
        let definition = &task.definition;
        definition.parent.is_some() || fix_of(task).is_some() || self.waited.may_be(&definition.name)
    }

    /// Before a definition is committed.
    pub(crate) fn wait_for(&self, definition: &Definition) {
        definition.depends_on.iter().for_each(|name| self.waited.add(name));
    }

    /// Reads whom anybody waits for.
    pub(crate) async fn know_who_is_waited_for(&self) -> Result<(), EngineError> {
        let mut range = Key::new().prefix();
        loop {
            let (links, next) = self.links_page(range).await?;
            let dependants = links.iter().filter(|link| link.kind == LinkKind::Dependant);
            dependants.for_each(|link| self.waited.add(&link.name));
            match next {
                Some(next) => range = next,
                None => break,
            }
        }
        self.waited.complete();
        Ok(())
    }

    fn no_longer_waits(&self, id: TaskId) {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// The host's own word; that it cannot be any more is no mistake.
    pub(crate) async fn said(&self, id: TaskId, what: What) -> Result<(), EngineError> {
        match self.happen(id, Actor::Host, what).await {
            Ok(_) | Err(EngineError::Illegal(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn links_page(
        &self,
        range: KeyRange,
    ) -> Result<(Vec<LinkRow>, Option<KeyRange>), EngineError> {
        let rows = self.store.list::<LinkRow>(range.clone(), PAGE).await?;
        let rows: Vec<LinkRow> = rows.into_iter().map(|row| row.record).collect();
        let next = match rows.last() {
            Some(last) if rows.len() == PAGE => {
                Some(range.after(&crate::row::link_key(&last.name, last.kind, last.id)))
            }
            _ => None,
        };
        Ok((rows, next))
    }

    pub(crate) async fn children(&self, name: &TaskName, limit: usize) -> Result<Vec<TaskId>, EngineError> {
        let range = links_of(name, LinkKind::Child).prefix();
        let rows = self.store.list::<LinkRow>(range, limit).await?;
        Ok(rows.into_iter().map(|row| row.record.id).collect())
    }
}

/// Whether it waits for its dependencies and children, also for one that ended without success: that one may be voided,
/// or succeed after all.
fn waits_for_others(task: &Task) -> bool {
    match task.state.behind_a_pause() {
        State::Pending => true,
        State::NeedsHuman { ask } => ask.why == AskReason::Dependency,
        _ => false,
    }
}
