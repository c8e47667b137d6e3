//! `patch`: a change of a program in a Git work tree that the operator named. It is made in a work tree of its own, where
//! it can be looked at, merged by a fast-forward, taken back by a revert. What is left out leaves nothing behind; what a
//! host that was killed has left is cleared by the next try. Never Patchbay's own source. It must not know who asked for
//! it, nor what is looked at.

use std::path::{Path, PathBuf};

use patchbay_types::Digest;
use serde_json::{Value, json};

use super::git::git;

/// Files of a work tree that are looked at to see whose it is.
const MANIFESTS_MAX: usize = 1_000;
/// What only the source of this host says of itself.
const OWN: &str = "name = \"patchbay\"";
/// Commits that are looked through for one that was merged before a kill.
const COMMITS: &str = "1000";
/// What Git calls links and submodules: a change of a program is one of files.
const NO_FILES: [&str; 2] = ["120000", "160000"];

/// A change that is asked for.
pub(super) struct Change<'a> {
    /// As the operator has named it.
    pub(super) repo: &'a str,
    pub(super) diff: &'a str,
    /// Of the fix: `fix-7`.
    pub(super) name: &'a str,
    /// Where work trees are made.
    pub(super) folder: &'a Path,
}

impl Change<'_> {
    /// By which its commit is found.
    fn mark(&self) -> String {
        format!("Patchbay-Fix: {} {}", self.name, Digest::of(self.diff.as_bytes()))
    }
}

/// How far a change is.
pub(super) enum Grown {
    /// A host that was killed has merged it: what [`revert`] takes.
    Merged(String),
    Tree(Tree),
}

/// The changed work tree, beside the one that is to be changed.
pub(super) struct Tree {
    repo: PathBuf,
    place: PathBuf,
    commit: String,
}

impl Grown {
    /// Makes the change, beside.
    pub(super) async fn begin(change: &Change<'_>) -> Result<Self, String> {
        let repo = allowed(change.repo).await?;
        let mark = change.mark();
        if let Some(commit) = merged(&repo, &mark).await? {
            return Ok(Self::Merged(result(&repo, &commit)));
        }
        let mut tree = Tree::beside(repo, change)?;
        tree.clear().await;
        match tree.grow(change, &mark).await {
            Ok(commit) => {
                tree.commit = commit;
                Ok(Self::Tree(tree))
            }
            Err(reason) => {
                tree.clear().await;
                Err(reason)
            }
        }
    }
}

/// What a change that was cut off has merged: what [`revert`] takes. What it has left beside is cleared away.
pub(super) async fn found(change: &Change<'_>) -> Result<Option<String>, String> {
    let repo = allowed(change.repo).await?;
    let merged = merged(&repo, &change.mark()).await?.map(|commit| result(&repo, &commit));
    Tree::beside(repo, change)?.clear().await;
    Ok(merged)
}

impl Tree {
    fn beside(repo: PathBuf, change: &Change<'_>) -> Result<Self, String> {
        std::fs::create_dir_all(change.folder).map_err(sentence)?;
        // Git runs in the repository: a relative folder would be another one there.
        let folder = std::fs::canonicalize(change.folder).map_err(sentence)?;
        Ok(Self { repo, place: folder.join(change.name), commit: String::new() })
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// By a fast-forward: whoever works there meanwhile is not merged over. What it gives is what [`revert`] takes.
    pub(super) async fn merge(self) -> Result<String, String> {
        let merged = git(&self.repo, &["merge", "-q", "--ff-only", &self.commit], "").await;
        self.clear().await;
        merged.map(|_| result(&self.repo, &self.commit))
    }

    /// As if nothing had been.
    pub(super) async fn leave(self) {
        self.clear().await;
    }

    /// Without a branch: what is not merged is not to be found.
    async fn grow(&self, change: &Change<'_>, mark: &str) -> Result<String, String> {
        let place = self.place.to_string_lossy().into_owned();
        git(&self.repo, &["worktree", "add", "-q", "--detach", &place, "HEAD"], "").await?;
        let diff = format!("{}\n", change.diff.trim_end());
        git(&self.place, &["apply", "--index", "-"], &diff).await?;
        only_files(&git(&self.place, &["diff", "--cached", "--raw", "--no-renames", "HEAD"], "").await?)?;
        let title = format!("Mend by {} of Patchbay", change.name);
        git(&self.place, &["commit", "-q", "--no-verify", "-m", &title, "-m", mark], "").await?;
        git(&self.place, &["rev-parse", "HEAD"], "").await
    }

    /// Also after a host that was killed amid: the place is always the same for one fix.
    async fn clear(&self) {
        let place = self.place.to_string_lossy().into_owned();
        if self.place.exists() {
            let _ = git(&self.repo, &["worktree", "remove", "--force", "--force", &place], "").await;
            let _ = std::fs::remove_dir_all(&self.place);
        }
        let _ = git(&self.repo, &["worktree", "prune"], "").await;
        // Other fixes may have their trees beside it.
        let _ = self.place.parent().map(std::fs::remove_dir);
    }
}

/// Takes back what was merged, by a commit of its own.
pub(super) async fn revert(result: &str) -> Result<String, String> {
    let known: Value = serde_json::from_str(result).map_err(sentence)?;
    let (Some(repo), Some(commit)) = (known["repo"].as_str(), known["commit"].as_str()) else {
        return Err("it is not known what was merged".to_owned());
    };
    let repo = allowed(repo).await?;
    if is_reverted(&repo, commit).await? {
        return Ok(format!("{commit} was reverted already"));
    }
    match git(&repo, &["revert", "--no-edit", commit], "").await {
        Ok(_) => Ok(format!("{commit} was reverted")),
        Err(reason) => {
            let _ = git(&repo, &["revert", "--abort"], "").await;
            Err(reason)
        }
    }
}

/// What `git diff --raw` says of each file: `:100644 100644 OLD NEW M<tab>PATH`.
fn only_files(raw: &str) -> Result<(), String> {
    let is_none = |line: &&str| {
        let mut modes = line.trim_start_matches(':').split(' ').take(2);
        modes.any(|mode| NO_FILES.contains(&mode))
    };
    match raw.lines().find(is_none) {
        Some(line) => {
            let path = line.split('\t').nth(1).unwrap_or_default();
            Err(format!("the patch makes {path:?} a link or a submodule: expected changes of files alone"))
        }
        None => Ok(()),
    }
}

/// The commit with that mark, unless it was taken back.
async fn merged(repo: &Path, mark: &str) -> Result<Option<String>, String> {
    let commits = logged(repo, mark).await?;
    let Some(commit) = commits.lines().next() else { return Ok(None) };
    Ok((!is_reverted(repo, commit).await?).then(|| commit.to_owned()))
}

async fn is_reverted(repo: &Path, commit: &str) -> Result<bool, String> {
    Ok(!logged(repo, &format!("This reverts commit {commit}")).await?.is_empty())
}

/// The newest commits whose message has this text.
async fn logged(repo: &Path, text: &str) -> Result<String, String> {
    let grep = format!("--grep={text}");
    git(repo, &["log", "-n", COMMITS, "--fixed-strings", &grep, "--format=%H"], "").await
}

fn result(repo: &Path, commit: &str) -> String {
    json!({"repo": repo.to_string_lossy(), "commit": commit}).to_string()
}

/// The folder of the work tree, once it is sure that it is none of this host's own.
async fn allowed(repo: &str) -> Result<PathBuf, String> {
    let folder = std::fs::canonicalize(repo).map_err(|error| format!("work tree {repo:?}: {error}"))?;
    let top = git(&folder, &["rev-parse", "--show-toplevel"], "").await?;
    if std::fs::canonicalize(&top).map_err(sentence)? != folder {
        return Err(format!("{repo:?} is a part of the work tree {top:?}: expected the whole"));
    }
    let own = std::env::current_exe().and_then(std::fs::canonicalize).map_err(sentence)?;
    if own.starts_with(&folder) || is_own_source(&folder).await? {
        return Err(format!("{repo:?} is Patchbay's own: no machine changes that"));
    }
    Ok(folder)
}

async fn is_own_source(folder: &Path) -> Result<bool, String> {
    let manifests = git(folder, &["ls-files", "--", "Cargo.toml", "*/Cargo.toml"], "").await?;
    let says_so = |file: &str| {
        std::fs::read_to_string(folder.join(file))
            .is_ok_and(|text| text.lines().any(|line| line.trim() == OWN))
    };
    Ok(manifests.lines().take(MANIFESTS_MAX).any(says_so))
}

fn sentence(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests;
