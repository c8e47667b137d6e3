//! Attempts that go on outside of the host: who has which task, and until when. A lease that nobody renews runs out, and
//! its task goes back. It must not know what is worked on, nor how anybody asks.

mod adopt;
mod over;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use patchbay_tasks::{Fence, TaskId};
use patchbay_types::Monotonic;
use tokio::sync::Notify;

use crate::attempt::{Claimed, Ending};
use crate::engine::Inner;
use crate::runner::{PAUSE, SLEEP_MAX};
use crate::turns::Turns;

pub(crate) use over::Why;

/// Tasks that are worked on outside at one time.
pub(crate) const CLAIMS_MAX: usize = 1_000;

/// An attempt that somebody outside makes.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) claimed: Claimed,
    /// When its lease runs out.
    pub(crate) until: Monotonic,
    /// When its lease was stored last.
    pub(crate) renewed: Monotonic,
    /// What its worker said came of it, if that could not be written yet: it is tried again then.
    pub(crate) ending: Option<Arc<Ending>>,
}

#[derive(Default)]
pub(crate) struct Outside {
    held: Mutex<HashMap<TaskId, Held>>,
    /// Whoever ends one: what is said twice at one time is heard once.
    ends: Turns,
    bell: Notify,
}

impl Outside {
    pub(crate) fn is_full(&self) -> bool {
        self.lock().len() >= CLAIMS_MAX
    }

    /// The newest attempt counts, whoever is late.
    pub(crate) fn put(&self, id: TaskId, held: Held) {
        let mut all = self.lock();
        if all.get(&id).is_none_or(|known| known.claimed.fence() <= held.claimed.fence()) {
            all.insert(id, held);
        }
        drop(all);
        self.bell.notify_one();
    }

    /// The attempt of this fence, if it is the latest, its lease has not run out and nobody has said that it is over.
    pub(crate) fn get(&self, id: TaskId, fence: Fence, now: Monotonic) -> Option<Held> {
        let held = self.lock().get(&id).cloned();
        held.filter(|held| held.claimed.fence() == fence && now < held.until && held.ending.is_none())
    }

    /// The fence of the latest attempt.
    pub(crate) fn fence(&self, id: TaskId) -> Option<Fence> {
        self.lock().get(&id).map(|held| held.claimed.fence())
    }

    /// The attempt of this fence if it is the latest, and so; nobody else gets it any more.
    fn take(&self, id: TaskId, fence: Fence, is_so: impl Fn(&Held) -> bool) -> Option<Held> {
        let mut all = self.lock();
        let is_its = all.get(&id).is_some_and(|held| held.claimed.fence() == fence && is_so(held));
        if is_its { all.remove(&id) } else { None }
    }

    /// Its lease lasts longer.
    pub(crate) fn renew(&self, id: TaskId, fence: Fence, (until, now): (Monotonic, Monotonic)) {
        if let Some(held) =
            self.lock().get_mut(&id).filter(|held| held.claimed.fence() == fence && held.ending.is_none())
        {
            if until < held.until {
                self.bell.notify_one();
            }
            (held.until, held.renewed) = (until, now);
        }
    }

    fn run_out(&self, now: Monotonic) -> Vec<(TaskId, Fence)> {
        let all = self.lock();
        let over = all.iter().filter(|(_, held)| held.until <= now);
        over.map(|(id, held)| (*id, held.claimed.fence())).collect()
    }

    fn next(&self) -> Option<Monotonic> {
        self.lock().values().map(|held| held.until).min()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Takes back what nobody works on any more.
    pub(crate) async fn watch_outside(self: Arc<Self>) {
        loop {
            for (id, fence) in self.outside.run_out(self.clock.monotonic()) {
                if let Err(error) = self.end_for(id, fence, Why::Lost).await {
                    tracing::warn!(task = id.0, %error, "the end of an attempt outside could not be written; it is tried again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            let sleep = self.outside.next().map(|next| next.since(self.clock.monotonic()).min(SLEEP_MAX));
            tokio::select! {
                () = self.outside.bell.notified() => {}
                () = tokio::time::sleep(sleep.unwrap_or(SLEEP_MAX)), if sleep.is_some() => {}
            }
        }
    }
}
