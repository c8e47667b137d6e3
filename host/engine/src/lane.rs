//! Who goes next: tasks that are ready, in the order of work, in two lanes. It must not know how a task is run.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use patchbay_tasks::{Lane, LaneLoad, TaskId, pick};
use tokio::sync::Notify;

use crate::options::EngineOptions;
use crate::shelf::{Place, Shelf};
use crate::window::Window;

/// Tasks that cannot begin and whose lack is remembered, at most; those beyond are looked at more often.
const HELD_MAX: usize = 10_000;

pub(crate) struct Lanes {
    inner: Mutex<Inner>,
    bell: Notify,
}

struct Inner {
    fix: Window<Place>,
    regular: Window<Place>,
    /// Tasks that have a place.
    running: HashMap<TaskId, Lane>,
    /// How many of them are fixes.
    fixes: u32,
    /// Tasks that lack something, and what.
    held: HashMap<TaskId, (Place, Vec<String>)>,
    /// Lanes that are read once more though nothing was known to wait.
    doubted: Vec<Lane>,
    /// Nothing more begins: why.
    closed: Option<String>,
}

impl Lanes {
    /// A task is ready. If it has its place still, whoever gives that back offers it again.
    pub(crate) fn offer(&self, place: Place) {
        let mut inner = self.lock();
        inner.held.remove(&place.id);
        if !inner.running.contains_key(&place.id) {
            inner.window(place.shelf).offer(place);
        }
        drop(inner);
        self.bell.notify_one();
    }

    /// A task is ready no more.
    pub(crate) fn withdraw(&self, place: Place) {
        let mut inner = self.lock();
        inner.held.remove(&place.id);
        inner.window(place.shelf).remove(&place);
    }

    /// The next task, which has a place from now on.
    pub(crate) fn take(&self, options: &EngineOptions) -> Option<Place> {
        let mut inner = self.lock();
        if inner.closed.is_some() {
            return None;
        }
        loop {
            let (fix, regular) = (inner.load(Lane::Fix), inner.load(Lane::Regular));
            let lane = pick(options.places, (options.fix_lane, fix), (options.regular_lane, regular))?;
            let place = inner.window(Shelf::of_lane(lane)).take_first()?;
            // Where it stood before it was taken: whoever gives its place back offers it again.
            if !inner.running.contains_key(&place.id) {
                inner.take(place, lane);
                return Some(place);
            }
        }
    }

    /// A place for a task that is yet to be made, if nobody waits for one. It is to be given back like any other.
    pub(crate) fn take_at_once(&self, place: Place, options: &EngineOptions) -> bool {
        let mut inner = self.lock();
        let nobody_waits = inner.fix.is_known_empty() && inner.regular.is_known_empty();
        if inner.closed.is_some() || !nobody_waits {
            return false;
        }
        let of = |inner: &Inner, lane| {
            let waiting = u64::from(Shelf::of_lane(lane) == place.shelf);
            LaneLoad { waiting, ..inner.load(lane) }
        };
        let (fix, regular) = (of(&inner, Lane::Fix), of(&inner, Lane::Regular));
        match pick(options.places, (options.fix_lane, fix), (options.regular_lane, regular)) {
            Some(lane) => {
                inner.take(place, lane);
                true
            }
            None => false,
        }
    }

    /// A task's place is free.
    pub(crate) fn leave(&self, id: TaskId) {
        self.lock().leave(id);
        self.bell.notify_one();
    }

    /// Whether an attempt at it goes on, or is about to begin.
    pub(crate) fn has_place(&self, id: TaskId) -> bool {
        self.lock().running.contains_key(&id)
    }

    /// A task that has a place cannot begin: once it has left it waits until somebody [`looks again`](Self::look_again).
    pub(crate) fn hold(&self, place: Place, missing: Vec<String>) {
        let mut inner = self.lock();
        if inner.held.len() < HELD_MAX || inner.held.contains_key(&place.id) {
            inner.held.insert(place.id, (place, missing));
        }
    }

    pub(crate) fn missing(&self, id: TaskId) -> Vec<String> {
        self.lock().held.get(&id).map(|(_, missing)| missing.clone()).unwrap_or_default()
    }

    /// What was missing may be there now.
    pub(crate) fn look_again(&self) {
        let mut inner = self.lock();
        for (id, (place, _)) in std::mem::take(&mut inner.held) {
            // Whoever gives its place back offers it again.
            if !inner.running.contains_key(&id) {
                inner.window(place.shelf).offer(place);
            }
        }
        drop(inner);
        self.bell.notify_one();
    }

    /// Reads the store once more if nothing works and nothing is known to wait: if ever a task was forgotten here, it waits
    /// no longer than until the next time.
    pub(crate) fn doubt(&self) {
        let mut inner = self.lock();
        let nobody_waits = inner.fix.is_known_empty() && inner.regular.is_known_empty();
        if nobody_waits && inner.running.is_empty() {
            (inner.fix, inner.regular) = (Window::unread(), Window::unread());
            inner.doubted = vec![Lane::Fix, Lane::Regular];
            drop(inner);
            self.bell.notify_one();
        }
    }

    /// Whether what is read next for this lane was known to be nothing; asked once.
    pub(crate) fn was_doubted(&self, lane: Lane) -> bool {
        self.lock().doubted.extract_if(.., |doubted| *doubted == lane).count() > 0
    }

    pub(crate) fn holds_any(&self) -> bool {
        !self.lock().held.is_empty()
    }

    /// Nothing begins any more.
    pub(crate) fn close(&self, why: &str) {
        self.lock().closed = Some(why.to_owned());
    }

    pub(crate) fn closed(&self) -> Option<String> {
        self.lock().closed.clone()
    }

    pub(crate) fn load(&self, lane: Lane) -> LaneLoad {
        self.lock().load(lane)
    }

    /// From where the store has to be read for this lane, if it has to be.
    pub(crate) fn begin_fill(&self, lane: Lane) -> Option<Option<Place>> {
        let mut inner = self.lock();
        let window = inner.window(Shelf::of_lane(lane));
        window.wants_fill().then(|| window.begin_fill())
    }

    /// Whether a lane has to be filled before it can be known that nothing waits.
    pub(crate) fn wants_fill(&self) -> bool {
        let inner = self.lock();
        inner.fix.wants_fill() || inner.regular.wants_fill()
    }

    pub(crate) fn fill(&self, lane: Lane, read: &[Place], complete: bool) {
        let mut inner = self.lock();
        let Inner { running, held, .. } = &*inner;
        let free: Vec<Place> = read
            .iter()
            .copied()
            .filter(|place| !running.contains_key(&place.id) && !held.contains_key(&place.id))
            .collect();
        inner.window(Shelf::of_lane(lane)).fill(free, read.last().copied(), complete);
    }

    /// Until somebody came or left.
    pub(crate) async fn changed(&self) {
        self.bell.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn window(&mut self, shelf: Shelf) -> &mut Window<Place> {
        if shelf == Shelf::ReadyFix { &mut self.fix } else { &mut self.regular }
    }

    fn load(&self, lane: Lane) -> LaneLoad {
        let window = if lane == Lane::Fix { &self.fix } else { &self.regular };
        let all = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        let running = if lane == Lane::Fix { self.fixes } else { all.saturating_sub(self.fixes) };
        LaneLoad { waiting: window.len() as u64, running }
    }

    fn take(&mut self, place: Place, lane: Lane) {
        self.running.insert(place.id, lane);
        self.fixes += u32::from(lane == Lane::Fix);
    }

    fn leave(&mut self, id: TaskId) {
        if self.running.remove(&id) == Some(Lane::Fix) {
            self.fixes -= 1;
        }
    }
}

impl Default for Lanes {
    fn default() -> Self {
        let inner = Inner {
            fix: Window::unread(),
            regular: Window::unread(),
            running: HashMap::new(),
            fixes: 0,
            held: HashMap::new(),
            doubted: Vec::new(),
            closed: None,
        };
        Self { inner: Mutex::new(inner), bell: Notify::new() }
    }
}
