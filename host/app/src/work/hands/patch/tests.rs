//! A change of a work tree, and its way back.

use super::*;

const DIFF: &str = "--- a/lamp.txt\n+++ b/lamp.txt\n@@ -1 +1 @@\n-off\n+on\n";

async fn repo(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"], "").await.unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    git(folder.path(), &["add", "."], "").await.unwrap();
    git(folder.path(), &["commit", "-q", "-m", "first"], "").await.unwrap();
    folder
}

/// A work tree that may be changed, and a folder for what is made beside it.
struct Bench {
    repo: tempfile::TempDir,
    beside: tempfile::TempDir,
}

impl Bench {
    async fn new(files: &[(&str, &str)]) -> Self {
        Self { repo: repo(files).await, beside: tempfile::tempdir().unwrap() }
    }

    async fn begin(&self, diff: &str) -> Result<Grown, String> {
        let (repo, folder) = (self.repo.path().to_str().unwrap(), self.beside.path().join("patches"));
        Grown::begin(&Change { repo, diff, name: "fix-7", folder: &folder }).await
    }

    async fn tree(&self, diff: &str) -> Tree {
        match self.begin(diff).await.unwrap() {
            Grown::Tree(tree) => tree,
            Grown::Merged(result) => panic!("it was merged already: {result}"),
        }
    }

    fn lamp(&self) -> String {
        std::fs::read_to_string(self.repo.path().join("lamp.txt")).unwrap()
    }

    /// One work tree, one branch, as many commits, nothing beside.
    async fn is_clean(&self, commits: usize) {
        let said = async |arguments: &[&str]| git(self.repo.path(), arguments, "").await.unwrap();
        assert_eq!(said(&["worktree", "list"]).await.lines().count(), 1);
        assert_eq!(said(&["branch", "--list"]).await.lines().count(), 1);
        assert_eq!(said(&["log", "--format=%h"]).await.lines().count(), commits);
        assert_eq!(said(&["status", "--porcelain"]).await, "");
        assert_eq!(self.beside.path().read_dir().unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_change_is_seen_in_its_own_tree_before_it_is_merged_and_is_reverted_once() {
    let bench = Bench::new(&[("lamp.txt", "off\n")]).await;
    let tree = bench.tree(DIFF).await;
    assert_eq!(std::fs::read_to_string(tree.place().join("lamp.txt")).unwrap(), "on\n");
    assert_eq!(bench.lamp(), "off\n");
    let result = tree.merge().await.unwrap();
    assert_eq!(bench.lamp(), "on\n");
    bench.is_clean(2).await;
    for _ in 0..2 {
        revert(&result).await.unwrap();
        assert_eq!(bench.lamp(), "off\n");
        bench.is_clean(3).await;
    }
}

#[tokio::test]
async fn a_change_that_is_left_leaves_nothing() {
    let bench = Bench::new(&[("lamp.txt", "off\n")]).await;
    bench.tree(DIFF).await.leave().await;
    bench.is_clean(1).await;
    assert_eq!(bench.lamp(), "off\n");
    assert!(bench.begin(&DIFF.replace("-off", "-dim")).await.is_err());
    bench.is_clean(1).await;
}

#[tokio::test]
async fn after_a_kill_the_same_change_is_made_once() {
    let bench = Bench::new(&[("lamp.txt", "off\n")]).await;
    // Killed before it was merged: its tree is still there.
    drop(bench.tree(DIFF).await);
    let result = bench.tree(DIFF).await.merge().await.unwrap();
    // Killed before that was written down.
    match bench.begin(DIFF).await.unwrap() {
        Grown::Merged(again) => assert_eq!(again, result),
        Grown::Tree(_) => panic!("it is made twice"),
    }
    bench.is_clean(2).await;
}

#[tokio::test]
async fn a_change_that_was_cut_off_is_found_merged_or_cleared_away() {
    let bench = Bench::new(&[("lamp.txt", "off\n")]).await;
    let found = async || {
        let (repo, folder) = (bench.repo.path().to_str().unwrap(), bench.beside.path().join("patches"));
        found(&Change { repo, diff: DIFF, name: "fix-7", folder: &folder }).await.unwrap()
    };
    drop(bench.tree(DIFF).await);
    assert_eq!(found().await, None);
    bench.is_clean(1).await;
    let result = bench.tree(DIFF).await.merge().await.unwrap();
    assert_eq!(found().await, Some(result.clone()));
    revert(&result).await.unwrap();
    assert_eq!(found().await, None, "it was taken back");
}

#[tokio::test]
async fn who_has_committed_meanwhile_is_not_merged_over() {
    let bench = Bench::new(&[("lamp.txt", "off\n")]).await;
    let tree = bench.tree(DIFF).await;
    std::fs::write(bench.repo.path().join("other.txt"), "mine\n").unwrap();
    git(bench.repo.path(), &["add", "."], "").await.unwrap();
    git(bench.repo.path(), &["commit", "-q", "-m", "mine"], "").await.unwrap();
    assert!(tree.merge().await.is_err());
    assert_eq!(bench.lamp(), "off\n");
    bench.is_clean(2).await;
}

#[tokio::test]
async fn a_change_leaves_its_work_tree_never_and_patchbay_is_not_changed() {
    let bench = Bench::new(&[("lamp.txt", "off\n")]).await;
    let outside = DIFF.replace("b/lamp.txt", "b/../lamp.txt").replace("a/lamp.txt", "a/../lamp.txt");
    assert!(bench.begin(&outside).await.is_err());
    let link = "diff --git a/out b/out\nnew file mode 120000\n--- /dev/null\n+++ b/out\n@@ -0,0 +1 @@\n+/etc\n\\ No \
                newline at end of file\n";
    let refused = bench.begin(link).await.err().unwrap();
    assert!(refused.contains("\"out\" a link"), "{refused}");
    bench.is_clean(1).await;
    let own = Bench::new(&[("lamp.txt", "off\n"), ("Cargo.toml", "[package]\nname = \"patchbay\"\n")]).await;
    let refused = own.begin(DIFF).await.err().unwrap();
    assert!(refused.contains("Patchbay's own"), "{refused}");
}
