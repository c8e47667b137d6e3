//! Tasks that wait for a moment, the earliest first. It must not know what happens then.

use std::sync::{Mutex, PoisonError};

use patchbay_types::Timestamp;
use tokio::sync::Notify;

use crate::shelf::Place;
use crate::window::Window;

pub(crate) struct Alarm {
    window: Mutex<Window<Place>>,
    bell: Notify,
}

impl Alarm {
    pub(crate) fn offer(&self, place: Place) {
        self.lock().offer(place);
        self.bell.notify_one();
    }

    pub(crate) fn withdraw(&self, place: Place) {
        self.lock().remove(&place);
    }

    /// The first whose moment has come.
    pub(crate) fn take_due(&self, now: Timestamp) -> Option<Place> {
        let mut window = self.lock();
        if window.first().is_some_and(|place| place.order <= now.0) { window.take_first() } else { None }
    }

    /// When the first is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.lock().first().map(|place| Timestamp(place.order))
    }

    pub(crate) fn begin_fill(&self) -> Option<Option<Place>> {
        let mut window = self.lock();
        window.wants_fill().then(|| window.begin_fill())
    }

    pub(crate) fn fill(&self, read: &[Place], complete: bool) {
        self.lock().fill(read.iter().copied(), read.last().copied(), complete);
    }

    pub(crate) async fn changed(&self) {
        self.bell.notified().await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window<Place>> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self { window: Mutex::new(Window::unread()), bell: Notify::new() }
    }
}
