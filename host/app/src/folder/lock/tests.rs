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

#[tokio::test]
async fn programs_of_a_process_that_has_let_go_of_the_lock_and_lives_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sleeper = || {
        let mut sleeper = Command::new("sleep");
        sleeper.arg("60").stdin(Stdio::null()).stdout(Stdio::null());
        sleeper
    };
    let mut lives = sleeper().spawn().unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", lives.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let mark = format!("{}:{}:{}", lives.id(), fields[19], fields[3]);
    std::fs::write(folder.path().join("lock"), &mark).unwrap();
    let mut its = sleeper().env("PATCHBAY_STARTED_BY", &mark).spawn().unwrap();
    Lock::take(folder.path()).await.unwrap();
    assert!(its.try_wait().unwrap().is_none(), "it was ended");
    for child in [&mut lives, &mut its] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
