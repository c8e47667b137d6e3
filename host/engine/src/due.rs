//! What is to be seen to, each key once and one at a time. What does not fit is left: the state in the store says it
//! again. It must not know what is done.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// Keys that wait, at most.
const WAITING_MAX: usize = 16_384;

pub(crate) struct Due<K> {
    inner: Mutex<Inner<K>>,
    bell: Notify,
}

struct Inner<K> {
    order: VecDeque<K>,
    waiting: HashSet<K>,
    /// Being seen to now.
    busy: HashSet<K>,
    /// Came again meanwhile.
    again: HashSet<K>,
}

impl<K: Clone + Eq + Hash> Due<K> {
    /// False: there is no room, and somebody has to go over the store later.
    pub(crate) fn push(&self, key: K) -> bool {
        let mut inner = self.lock();
        if inner.busy.contains(&key) {
            inner.again.insert(key);
            return true;
        }
        if inner.waiting.contains(&key) {
            return true;
        }
        if inner.order.len() >= WAITING_MAX {
            return false;
        }
        inner.waiting.insert(key.clone());
        inner.order.push_back(key);
        drop(inner);
        self.bell.notify_one();
        true
    }

    /// The next one; whoever takes it says [`done`](Self::done).
    pub(crate) async fn next(&self) -> K {
        loop {
            if let Some(key) = self.take() {
                return key;
            }
            self.bell.notified().await;
        }
    }

    pub(crate) fn done(&self, key: &K) {
        let mut inner = self.lock();
        inner.busy.remove(key);
        let came_again = inner.again.remove(key);
        drop(inner);
        if came_again {
            self.push(key.clone());
        }
    }

    fn take(&self) -> Option<K> {
        let mut inner = self.lock();
        let key = inner.order.pop_front()?;
        inner.waiting.remove(&key);
        inner.busy.insert(key.clone());
        let more = !inner.order.is_empty();
        drop(inner);
        if more {
            self.bell.notify_one();
        }
        Some(key)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner<K>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for Due<K> {
    fn default() -> Self {
        let inner = Inner {
            order: VecDeque::new(),
            waiting: HashSet::new(),
            busy: HashSet::new(),
            again: HashSet::new(),
        };
        Self { inner: Mutex::new(inner), bell: Notify::new() }
    }
}
