//! What was acknowledged: what a kill must not take. It must not know what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What is counted for an answer of a provider only after this: the interval at which usage is written, and what a busy
/// machine adds.
const COUNTED_AFTER: Duration = Duration::from_millis(400);
/// Strange answers that are kept.
const STRANGE_MAX: usize = 20;

/// Shared by all clients of one round.
#[derive(Default)]
pub(super) struct Noted(Mutex<Notes>);

#[derive(Default)]
struct Notes {
    tasks: BTreeSet<String>,
    said: BTreeMap<String, Vec<&'static str>>,
    there: BTreeSet<Setting>,
    gone: BTreeSet<Setting>,
    /// Of this life of the host.
    answers: Vec<Instant>,
    counted: u64,
    unheard: u64,
    strange: Vec<String>,
}

/// A part of the configuration, by what it is and its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Setting {
    pub(super) path: &'static str,
    pub(super) name: String,
}

impl Noted {
    pub(super) fn given(&self, names: &[String]) {
        self.notes().tasks.extend(names.iter().cloned());
    }

    /// An operator's word about a task.
    pub(super) fn said(&self, task: &str, verb: &'static str) {
        self.notes().said.entry(task.to_owned()).or_default().push(verb);
    }

    pub(super) fn was_said(&self, task: &str, verb: &str) -> bool {
        self.words(task).contains(&verb)
    }

    pub(super) fn words(&self, task: &str) -> Vec<&'static str> {
        self.notes().said.get(task).cloned().unwrap_or_default()
    }

    pub(super) fn set(&self, setting: Setting) {
        self.notes().there.insert(setting);
    }

    /// Somebody is about to remove it: from now on nobody knows, until [`Noted::removed`].
    pub(super) fn removing(&self, setting: &Setting) {
        self.notes().there.remove(setting);
    }

    pub(super) fn removed(&self, setting: Setting) {
        self.notes().gone.insert(setting);
    }

    pub(super) fn answered(&self) {
        self.notes().answers.push(Instant::now());
    }

    /// Nobody knows what became of a request.
    pub(super) fn unheard(&self) {
        self.notes().unheard += 1;
    }

    /// An answer that should not come.
    pub(super) fn strange(&self, what: String) {
        let mut notes = self.notes();
        if notes.strange.len() < STRANGE_MAX {
            notes.strange.push(what);
        }
    }

    /// The host was killed just now: what was answered shortly before may not have been counted.
    pub(super) fn killed(&self) {
        let mut notes = self.notes();
        let sure = notes.answers.iter().filter(|at| at.elapsed() > COUNTED_AFTER).count();
        notes.answers.clear();
        notes.counted += sure as u64;
    }

    /// It goes on: each answer is counted sooner or later.
    pub(super) fn rested(&self) {
        let mut notes = self.notes();
        notes.counted += notes.answers.len() as u64;
        notes.answers.clear();
    }

    pub(super) fn tasks(&self) -> Vec<String> {
        self.notes().tasks.iter().cloned().collect()
    }

    /// What has to be there, and what must not.
    pub(super) fn settings(&self) -> (Vec<Setting>, Vec<Setting>) {
        let notes = self.notes();
        (notes.there.iter().cloned().collect(), notes.gone.iter().cloned().collect())
    }

    /// Answers of providers that have to be in the ledger, at least.
    pub(super) fn counted(&self) -> u64 {
        self.notes().counted
    }

    pub(super) fn unheard_count(&self) -> u64 {
        self.notes().unheard
    }

    pub(super) fn strange_ones(&self) -> Vec<String> {
        self.notes().strange.clone()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
