//! `patch`: a change of a program in a Git work tree that the operator named, made in a work tree of its own, merged
//! after a person's yes, taken back by a revert. Never Patchbay's own source. It must not know who asked for it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::git::git;

/// Files of a work tree that are looked at to see whose it is.
const MANIFESTS_MAX: usize = 1_000;
/// What only the source of this host says of itself.
const OWN: &str = "name = \"patchbay\"";

/// Merges the change; what it gives is what [`revert`] takes.
pub(super) async fn patch(repo: &str, diff: &str, branch: &str) -> Result<String, String> {
    let repo = allowed(repo).await?;
    let folder = tempfile::Builder::new().prefix("patchbay-patch-").tempdir().map_err(sentence)?;
    let tree = folder.path().join("tree");
    let place = tree.to_string_lossy().into_owned();
    // What an attempt that broke off has left.
    let _ = git(&repo, &["worktree", "prune"], "").await;
    let _ = git(&repo, &["branch", "-D", branch], "").await;
    git(&repo, &["worktree", "add", "-q", "-b", branch, &place, "HEAD"], "").await?;
    let changed = change(&tree, diff, branch).await;
    let removed = git(&repo, &["worktree", "remove", "--force", &place], "").await;
    let merged = match changed {
        Ok(()) => merge(&repo, branch).await,
        Err(reason) => Err(reason),
    };
    let _ = git(&repo, &["branch", "-D", branch], "").await;
    removed?;
    let commit = merged?;
    Ok(json!({"repo": repo.to_string_lossy(), "commit": commit}).to_string())
}

async fn change(tree: &Path, diff: &str, branch: &str) -> Result<(), String> {
    let diff = format!("{}\n", diff.trim_end());
    git(tree, &["apply", "--check", "-"], &diff).await?;
    git(tree, &["apply", "--index", "-"], &diff).await?;
    git(tree, &["commit", "-q", "--no-verify", "-m", &format!("Mend by {branch} of Patchbay")], "").await?;
    Ok(())
}

/// By a fast-forward: whoever works there meanwhile is not merged over. Answers the commit.
async fn merge(repo: &Path, branch: &str) -> Result<String, String> {
    git(repo, &["merge", "-q", "--ff-only", branch], "").await?;
    git(repo, &["rev-parse", "HEAD"], "").await
}

/// Takes back what was merged, by a commit of its own.
pub(super) async fn revert(result: &str) -> Result<String, String> {
    let known: Value = serde_json::from_str(result).map_err(sentence)?;
    let (Some(repo), Some(commit)) = (known["repo"].as_str(), known["commit"].as_str()) else {
        return Err("it is not known what was merged".to_owned());
    };
    let repo = allowed(repo).await?;
    match git(&repo, &["revert", "--no-edit", commit], "").await {
        Ok(_) => Ok(format!("{commit} was reverted")),
        Err(reason) => {
            let _ = git(&repo, &["revert", "--abort"], "").await;
            Err(reason)
        }
    }
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
