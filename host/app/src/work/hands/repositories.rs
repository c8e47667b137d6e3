//! Whose turn it is to change a Git work tree: one fix at a time, each on top of the one before. It must not know what is
//! changed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a change waits for those before it, whose checks may take minutes.
const WAIT: Duration = Duration::from_secs(900);
/// How long a look or a revert does: a person waits for it.
const WAIT_OF_PERSON: Duration = Duration::from_secs(15);

/// One lock for each work tree that is being changed; one that nobody has or waits for is forgotten.
#[derive(Default)]
pub(super) struct Repositories(std::sync::Mutex<HashMap<PathBuf, Arc<Mutex<()>>>>);

impl Repositories {
    /// Held over awaits on purpose, from the first look at the work tree to the merge.
    ///
    /// # Errors
    /// A sentence, if those before take too long.
    pub(super) async fn turn(&self, repo: &str) -> Result<OwnedMutexGuard<()>, String> {
        self.turn_within(repo, WAIT).await
    }

    /// For what is soon done and can be asked for again.
    ///
    /// # Errors
    /// The same.
    pub(super) async fn turn_soon(&self, repo: &str) -> Result<OwnedMutexGuard<()>, String> {
        self.turn_within(repo, WAIT_OF_PERSON).await
    }

    async fn turn_within(&self, repo: &str, longest: Duration) -> Result<OwnedMutexGuard<()>, String> {
        let turn = self.lock_of(Path::new(repo)).lock_owned();
        tokio::time::timeout(longest, turn).await.map_err(|_| {
            format!("other fixes change {repo:?}, and did not end within {} s", longest.as_secs())
        })
    }

    /// However the work tree is named.
    fn lock_of(&self, repo: &Path) -> Arc<Mutex<()>> {
        let place = std::fs::canonicalize(repo).unwrap_or_else(|_| repo.to_owned());
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(place).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn one_work_tree_is_changed_by_one_at_a_time_however_it_is_named() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, other) = (one.path().to_str().unwrap(), other.path().to_str().unwrap());
        let repositories = Repositories::default();
        let first = repositories.turn(one).await.unwrap();
        let refused = repositories.turn_within(&format!("{one}/."), SOON).await.unwrap_err();
        assert!(refused.contains("other fixes change"), "{refused}");
        drop(repositories.turn_within(other, SOON).await.unwrap());
        drop(first);
        drop(repositories.turn_within(one, SOON).await.unwrap());
        assert_eq!(repositories.0.lock().unwrap().len(), 1, "what nobody has is forgotten");
    }
}
