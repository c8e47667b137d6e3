//! What waits for a moment, the earliest first. It must not know what happens then.

use std::sync::{Mutex, PoisonError};

use patchbay_types::Timestamp;
use tokio::sync::Notify;

use crate::window::Window;

/// What has a moment; earlier ones are smaller.
pub(crate) trait Awaits: Ord + Copy {
    fn moment(&self) -> Timestamp;
}

pub(crate) struct Alarm<K> {
    window: Mutex<Window<K>>,
    bell: Notify,
}

impl<K: Awaits> Alarm<K> {
    pub(crate) fn offer(&self, key: K) {
        self.lock().offer(key);
        self.bell.notify_one();
    }

    pub(crate) fn withdraw(&self, key: K) {
        self.lock().remove(&key);
    }

    /// The first whose moment has come.
    pub(crate) fn take_due(&self, now: Timestamp) -> Option<K> {
        let mut window = self.lock();
        if window.first().is_some_and(|key| key.moment() <= now) { window.take_first() } else { None }
    }

    /// When the first is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.lock().first().map(Awaits::moment)
    }

    pub(crate) fn begin_fill(&self) -> Option<Option<K>> {
        let mut window = self.lock();
        window.wants_fill().then(|| window.begin_fill())
    }

    pub(crate) fn fill(&self, read: &[K], complete: bool) {
        self.lock().fill(read.iter().copied(), read.last().copied(), complete);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The clock was moved by hand.
    #[cfg(test)]
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    pub(crate) async fn changed(&self) {
        self.bell.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window<K>> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Awaits> Default for Alarm<K> {
    fn default() -> Self {
        Self { window: Mutex::new(Window::unread()), bell: Notify::new() }
    }
}
