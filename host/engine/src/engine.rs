//! The engine: its handles, and the one way in which a task changes: its turn, its row, what comes next, one transaction,
//! then what follows from it. It must not know why something happens.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use patchbay_failpoint as failpoint;
use patchbay_runs::{Artifacts, Runs};
use patchbay_store::{Batch, CommitError, Key, Store, StoreExt};
use patchbay_tasks::{Actor, Fence, Happening, Holder, Task, TaskId, TaskName, What, next};
use patchbay_types::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alarm::Alarm;
use crate::cache::{Cache, Kept};
use crate::change::Written;
use crate::counter::Counter;
use crate::due::Due;
use crate::error::EngineError;
use crate::lane::Lanes;
use crate::links::Link;
use crate::mend::{Acting, Begun, Later, MendDue, Watching};
use crate::names::Names;
use crate::options::EngineOptions;
use crate::outside::Outside;
use crate::port::{Checks, Hands, Minds, Skills};
use crate::row::{NameRow, TaskRow, name_key, task_key};
use crate::run::Run;
use crate::schedule::Schedules;
use crate::shelf::Place;
use crate::turns::Turns;
use crate::waited::Waited;
use crate::wall::Wall;

/// How often a change that somebody else got in before is decided anew.
pub(crate) const CONFLICTS_MAX: u32 = 8;

/// Bits that stand for names that were applied: a wrong yes costs a read, for one name of twenty once there are a million.
const APPLIED_BITS: u64 = 1 << 23;

/// What an engine is made from.
pub struct EngineParts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub skills: Arc<dyn Skills>,
    pub checks: Arc<dyn Checks>,
    pub minds: Arc<dyn Minds>,
    pub hands: Arc<dyn Hands>,
    /// Logs of runs that go on; the folder in which they are spooled is the second.
    pub runs: (Runs, PathBuf),
    pub artifacts: Artifacts,
    /// This process, told apart from each before it.
    pub holder: Holder,
    pub options: EngineOptions,
}

/// Tasks, problems and fixes. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

/// A handle that does not keep the engine: for those whom it holds itself.
#[derive(Clone)]
pub struct WeakEngine {
    inner: Weak<Inner>,
}

pub(crate) struct Inner {
    /// For what it starts later.
    pub(crate) me: Weak<Inner>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wall: Wall,
    pub(crate) skills: Arc<dyn Skills>,
    pub(crate) checks: Arc<dyn Checks>,
    pub(crate) minds: Arc<dyn Minds>,
    pub(crate) hands: Arc<dyn Hands>,
    pub(crate) runs: Runs,
    pub(crate) spools: PathBuf,
    pub(crate) artifacts: Artifacts,
    pub(crate) holder: Holder,
    pub(crate) options: ArcSwap<EngineOptions>,
    pub(crate) task_ids: Counter,
    pub(crate) fences: Counter,
    pub(crate) fix_ids: Counter,
    pub(crate) turns: Turns,
    pub(crate) problem_turns: Turns,
    /// Whoever does something for a fix, ends it or takes it back.
    pub(crate) fix_turns: Turns,
    pub(crate) acting: Acting,
    /// Whoever looks whether a task may go on: what one of two remembers must not be older than what the other does.
    pub(crate) link_turns: Turns,
    /// Whoever makes tasks: what is checked against the others has to be so when it is written.
    pub(crate) making: tokio::sync::Mutex<()>,
    /// Names that were applied since the start: these are looked for before they are made.
    pub(crate) applied: Names<APPLIED_BITS>,
    pub(crate) cache: Cache,
    pub(crate) lanes: Lanes,
    pub(crate) alarm: Alarm<Place>,
    pub(crate) deadlines: Alarm<Place>,
    pub(crate) schedules: Schedules,
    /// Tasks whose dependencies, or whose dependants, are to be looked at.
    pub(crate) links: Due<Link>,
    pub(crate) waits: Mutex<HashMap<TaskId, TaskName>>,
    pub(crate) waited: Waited,
    /// Tasks whose checks are to be run.
    pub(crate) verifying: Due<TaskId>,
    /// Problems that something is to be done about.
    pub(crate) mending: Due<MendDue>,
    pub(crate) begun: Begun,
    pub(crate) later: Later,
    pub(crate) watching: Watching,
    /// Something did not fit, or failed: the store has to be gone over.
    pub(crate) sweep: tokio::sync::Notify,
    pub(crate) running: Mutex<HashMap<TaskId, Running>>,
    /// Attempts that somebody outside makes; they are among those that run.
    pub(crate) outside: Outside,
    /// Words that came with a stale fence.
    pub(crate) stale_fences: AtomicU64,
    /// Ready tasks of which no lane knew until its shelf was read from the beginning.
    pub(crate) forgotten: AtomicU64,
    pub(crate) tracker: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// Each attempt's own token is a child of it: one that is claimed while the engine closes ends as well.
    pub(crate) closing: CancellationToken,
    /// The close has waited long enough: whoever goes on is dropped.
    pub(crate) gone: CancellationToken,
}

/// An attempt of this host.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) fence: Fence,
    pub(crate) run: Arc<Run>,
    pub(crate) cancel: CancellationToken,
}

impl Engine {
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        let inner = |me: &Weak<Inner>| Inner {
            me: me.clone(),
            store: parts.store,
            clock: parts.clock,
            wall: Wall::default(),
            skills: parts.skills,
            checks: parts.checks,
            minds: parts.minds,
            hands: parts.hands,
            runs: parts.runs.0,
            spools: parts.runs.1,
            artifacts: parts.artifacts,
            holder: parts.holder,
            options: ArcSwap::from_pointee(parts.options),
            task_ids: Counter::new("task"),
            fences: Counter::new("fence"),
            fix_ids: Counter::new("fix"),
            turns: Turns::default(),
            problem_turns: Turns::default(),
            fix_turns: Turns::default(),
            acting: Acting::default(),
            link_turns: Turns::default(),
            making: tokio::sync::Mutex::default(),
            applied: Names::default(),
            cache: Cache::default(),
            lanes: Lanes::default(),
            alarm: Alarm::default(),
            deadlines: Alarm::default(),
            schedules: Schedules::default(),
            links: Due::default(),
            waits: Mutex::default(),
            waited: Waited::default(),
            verifying: Due::default(),
            mending: Due::default(),
            begun: Begun::default(),
            later: Later::default(),
            watching: Watching::default(),
            sweep: tokio::sync::Notify::new(),
            running: Mutex::default(),
            outside: Outside::default(),
            stale_fences: AtomicU64::default(),
            forgotten: AtomicU64::default(),
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
            closing: CancellationToken::new(),
            gone: CancellationToken::new(),
        };
        Self { inner: Arc::new_cyclic(inner) }
    }

    #[must_use]
    pub fn downgrade(&self) -> WeakEngine {
        WeakEngine { inner: Arc::downgrade(&self.inner) }
    }

    /// Another configuration, for what begins from now on.
    pub fn configure(&self, options: EngineOptions) {
        self.inner.options.store(Arc::new(options));
        self.inner.lanes.look_again();
    }

    /// What was missing may be there now: a plugin was loaded, a program allowed.
    pub fn look_again(&self) {
        self.inner.lanes.look_again();
    }

    /// How many tasks were ready for more than ten seconds while nothing ran and none was known to wait. They begin all the
    /// same; more than none is a mistake of the engine's.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.inner.forgotten.load(Ordering::Relaxed)
    }

    /// Something happens to a task: an operator's word, or one of the host's own.
    ///
    /// # Errors
    /// Why it cannot be; then nothing has changed.
    ///
    /// # Cancel safety
    /// Once the change is handed to the store it is made, whether somebody waits for it or not; what follows from it is
    /// seen to after the next start at the latest.
    pub async fn happen(&self, id: TaskId, by: Actor, what: What) -> Result<Arc<Task>, EngineError> {
        self.inner.happen(id, by, what).await
    }

    /// The task of a name.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn find(&self, name: &TaskName) -> Result<Arc<Task>, EngineError> {
        match self.inner.find(name).await? {
            Some(task) => Ok(task),
            None => Err(EngineError::NoTask(name.to_string())),
        }
    }
}

impl WeakEngine {
    /// None: it is gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Engine> {
        Some(Engine { inner: self.inner.upgrade()? })
    }
}

impl Inner {
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.clock.wall();
        self.wall.see(now);
        now
    }

    /// None also if it is a schedule's name.
    pub(crate) async fn find(&self, name: &TaskName) -> Result<Option<Arc<Task>>, EngineError> {
        let Some(row) = self.store.read::<NameRow>(&name_key(name)).await? else { return Ok(None) };
        Ok(self.kept(row.record.id).await?.map(|kept| kept.task.clone()))
    }

    /// The task as it is stored.
    pub(crate) async fn kept(&self, id: TaskId) -> Result<Option<Arc<Kept>>, EngineError> {
        if let Some(kept) = self.cache.get(id) {
            return Ok(Some(kept));
        }
        let Some(row) = self.store.read::<TaskRow>(&task_key(id)).await? else { return Ok(None) };
        Ok(Some(Arc::new(Kept { task: Arc::new(row.record.0), revision: row.revision })))
    }

    pub(crate) async fn task(&self, id: TaskId) -> Result<Arc<Task>, EngineError> {
        let kept = self.kept(id).await?.ok_or_else(|| EngineError::NoTask(format!("number {}", id.0)))?;
        Ok(kept.task.clone())
    }

    pub(crate) async fn happen(&self, id: TaskId, by: Actor, what: What) -> Result<Arc<Task>, EngineError> {
        self.happen_with(id, Happening { by, what }, Batch::new()).await
    }

    /// The same, with something that becomes true in the same transaction.
    pub(crate) async fn happen_with(
        &self,
        id: TaskId,
        happening: Happening,
        beside: Batch,
    ) -> Result<Arc<Task>, EngineError> {
        let turn = self.turns.of(id.0).await;
        let mut tries = 0;
        loop {
            let kept = self.kept(id).await?.ok_or_else(|| EngineError::NoTask(format!("number {}", id.0)))?;
            let change = next(&kept.task, &happening, self.now())?;
            let Written { task, batch, effects } = Written::of(&kept, change, beside.clone())?;
            // The turns of the problems that it changes are held until it is committed.
            let (batch, _problems) = self.problems_of(&kept, &task, &effects, batch).await?;
            failpoint::at_each("task.before", happening.what.name());
            match self.store.commit(batch).await {
                Ok(revision) => {
                    failpoint::at_each("task.after", happening.what.name());
                    let before = kept.task.clone();
                    let task = Arc::new(task);
                    self.cache.put(Arc::new(Kept { task: task.clone(), revision }));
                    self.follow(&before, &task, &effects);
                    failpoint::at("engine.change.followed");
                    drop(turn);
                    return Ok(task);
                }
                Err(CommitError::Conflict { .. }) if tries < CONFLICTS_MAX => {
                    tries += 1;
                    self.cache.forget(id);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn running(&self, id: TaskId) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// The names of a table's keys are the store's affair; this is one that stands for a problem's turn.
    pub(crate) fn problem_turn(problem: &patchbay_tasks::Fingerprint) -> u64 {
        patchbay_types::stable_hash(&problem.0)
    }

    pub(crate) async fn read<R: patchbay_store::Record>(
        &self,
        key: &Key,
    ) -> Result<Option<patchbay_store::Stored<R>>, EngineError> {
        Ok(self.store.read::<R>(key).await?)
    }
}
