//! Locks that are held by the living, and by what the dead were just starting.

use std::process::{Command, Stdio};

use super::*;

/// A mark of a process that has ended.
fn gone() -> String {
    let own = Mark::own().to_string();
    let (pid, rest) = own.split_once(':').unwrap();
    format!("{pid}:1{rest}")
}

#[tokio::test]
async fn a_lock_says_whose_it_is_and_lets_nobody_else_in_while_they_live() {
    let folder = tempfile::tempdir().unwrap();
    let lock = Lock::take(folder.path()).await.unwrap();
    assert_eq!(lock.before(), Some(Mark::own()));
    let refused = Lock::take(folder.path()).await.err().unwrap();
    assert!(refused.downcast_ref::<InUse>().is_some(), "{refused:#}");
    drop(lock);
    Lock::take(folder.path()).await.unwrap();
}

#[tokio::test]
async fn a_program_that_a_killed_host_was_starting_is_waited_for_and_what_it_left_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    std::fs::write(&path, gone()).unwrap();
    let held = Lock::open(&path).unwrap();
    flock(&held.file, FlockOperation::NonBlockingLockExclusive).unwrap();
    let mut left = Command::new("sleep");
    left.arg("60").env("PATCHBAY_STARTED_BY", gone()).stdin(Stdio::null()).stdout(Stdio::null());
    let mut left = left.spawn().unwrap();
    let begins = async move {
        sleep(TRY_AGAIN * 3).await;
        drop(held);
    };
    let (lock, ()) = tokio::join!(Lock::take(folder.path()), begins);
    let lock = lock.unwrap();
    assert_eq!(lock.before(), Some(Mark::own()));
    assert!(!left.wait().unwrap().success(), "it was ended");
}
