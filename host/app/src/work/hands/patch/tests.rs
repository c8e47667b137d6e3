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

#[tokio::test]
async fn a_change_is_merged_and_reverted_and_leaves_no_branch() {
    let folder = repo(&[("lamp.txt", "off\n")]).await;
    let (lamp, path) = (folder.path().join("lamp.txt"), folder.path().to_str().unwrap());
    let result = patch(path, DIFF, "fix-7").await.unwrap();
    assert_eq!(std::fs::read_to_string(&lamp).unwrap(), "on\n");
    assert_eq!(git(folder.path(), &["branch", "--list", "fix-7"], "").await.unwrap(), "");
    let again = patch(path, DIFF, "fix-8").await.unwrap_err();
    assert!(again.contains("git apply refused"), "{again}");
    revert(&result).await.unwrap();
    assert_eq!(std::fs::read_to_string(&lamp).unwrap(), "off\n");
    assert!(git(folder.path(), &["status", "--porcelain"], "").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_change_leaves_its_work_tree_never_and_patchbay_is_not_changed() {
    let folder = repo(&[("lamp.txt", "off\n")]).await;
    let outside = DIFF.replace("b/lamp.txt", "b/../lamp.txt").replace("a/lamp.txt", "a/../lamp.txt");
    assert!(patch(folder.path().to_str().unwrap(), &outside, "fix-7").await.is_err());
    let own = repo(&[("lamp.txt", "off\n"), ("Cargo.toml", "[package]\nname = \"patchbay\"\n")]).await;
    let refused = patch(own.path().to_str().unwrap(), DIFF, "fix-7").await.unwrap_err();
    assert!(refused.contains("Patchbay's own"), "{refused}");
}
