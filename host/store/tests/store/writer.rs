//! The writer: groups, refusals among them, stopping, and logs that rotate.

use std::sync::Arc;

use futures_util::future::{join_all, poll_immediate};
use patchbay_store::{
    Batch, CommitError, Key, LogOptions, Record, RedbOptions, RedbStore, Revision, Store, StoreExt,
};
use patchbay_types::{Blame, Fault, Retry};
use tokio::task::JoinSet;

use super::disk::Disk;
use super::{Note, event, note, put, report};

fn open(disk: &Disk) -> RedbStore {
    RedbStore::with_backend(disk.clone(), RedbOptions::default()).expect("the disk is sound")
}

async fn notes(store: &RedbStore) -> usize {
    store.list::<Note>(Key::new().prefix(), usize::MAX).await.expect("readable").len()
}

#[tokio::test]
async fn those_who_wait_together_share_a_sync() {
    let disk = Disk::new(1);
    let store = open(&disk);
    let before = disk.syncs();
    join_all((0..200).map(|number| store.commit(put(&note("a", number, ""))))).await;
    assert_eq!(notes(&store).await, 200);
    let syncs = disk.syncs() - before;
    assert!(syncs < 100, "200 batches took {syncs} syncs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_come_while_one_writes_for_itself_share_a_sync() {
    let disk = Disk::new(1);
    let store = Arc::new(open(&disk));
    let before = disk.syncs();
    let mut all = JoinSet::new();
    for number in 0..200 {
        let store = store.clone();
        all.spawn(async move { store.commit(put(&note("a", number, ""))).await });
    }
    assert!(all.join_all().await.iter().all(Result::is_ok));
    assert_eq!(notes(&store).await, 200);
    let syncs = disk.syncs() - before;
    assert!(syncs < 200, "200 batches took {syncs} syncs");
}

#[tokio::test]
async fn a_batch_sees_those_before_it_in_its_group_and_is_refused_alone() {
    let store = open(&Disk::new(1));
    let first = note("a", 1, "first");
    let claim = |text| put(&note("a", 1, text)).event(event(text)).require_absent::<Note>(&first.key());
    let answers = join_all(
        [claim("first"), claim("second"), put(&note("a", 2, "")), claim("third")].map(|b| store.commit(b)),
    )
    .await;
    assert_eq!((&answers[0], &answers[2]), (&Ok(Revision(1)), &Ok(Revision(2))));
    for refused in [&answers[1], &answers[3]] {
        assert!(
            matches!(refused, Err(CommitError::Conflict { found: Some(Revision(1)), .. })),
            "{refused:?}"
        );
    }
    assert_eq!(store.events(0, 9).await.expect("readable"), [(1, event("first"))]);
}

#[tokio::test]
async fn a_row_that_a_refused_batch_was_to_change_is_as_it_was_amid_its_group() {
    let disk = Disk::new(1);
    let store = open(&disk);
    store.commit(put(&note("a", 1, "old"))).await.expect("the disk is sound");
    let change =
        |line| put(&note("a", line, "new")).require_revision::<Note>(&note("a", line, "").key(), Revision(9));
    let batches = [put(&note("a", 3, "")), change(1), change(2), put(&note("a", 4, ""))];
    let answers = join_all(batches.map(|batch| store.commit(batch))).await;
    assert_eq!((&answers[0], &answers[3]), (&Ok(Revision(2)), &Ok(Revision(3))));
    for (refused, found) in [(&answers[1], Some(Revision(1))), (&answers[2], None)] {
        let Err(CommitError::Conflict { found: is, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(*is, found);
    }
    let as_it_was = [note("a", 1, "old"), note("a", 3, ""), note("a", 4, "")];
    let all = async |store: &RedbStore| {
        store.list::<Note>(Key::new().prefix(), usize::MAX).await.expect("readable")
    };
    let notes = all(&store).await;
    assert_eq!(notes.iter().map(|row| row.revision.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(notes.iter().map(|row| &row.record).eq(&as_it_was), "{notes:?}");
    store.close().await.expect("a sound store closes");
    assert_eq!(all(&open(&disk)).await, notes);
}

#[tokio::test]
async fn a_commit_that_was_queued_is_written_though_nobody_waits() {
    let store = open(&Disk::new(1));
    drop(poll_immediate(store.commit(put(&note("a", 1, "")))).await);
    store.commit(Batch::new()).await.expect("the store is sound");
    assert_eq!(notes(&store).await, 1);
}

#[tokio::test]
async fn closing_writes_what_is_queued() {
    let disk = Disk::new(1);
    let store = open(&disk);
    for number in 0..100 {
        drop(poll_immediate(store.commit(put(&note("a", number, "")))).await);
        // Else the task's budget of polls runs out, and a later poll would have to queue it.
        tokio::task::yield_now().await;
    }
    store.close().await.expect("a sound store closes");
    assert_eq!(notes(&open(&disk)).await, 100);
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged_until_the_store_is_opened_again() {
    let disk = Disk::new(1);
    let store = open(&disk);
    store.commit(put(&note("a", 1, ""))).await.expect("the disk is sound");
    disk.fail_next_sync();
    for number in 2..5 {
        let stopped = store.commit(put(&note("a", number, ""))).await;
        let Err(error @ CommitError::Stopped { .. }) = stopped else { panic!("{number}: {stopped:?}") };
        assert!(
            error.to_string().contains("the disk could not sync"),
            "{error} does not name the first cause"
        );
        assert_eq!(error.fault(), Fault::new(Blame::Host, Retry::Never));
    }
    assert_eq!(*store.watch().borrow(), Revision(1));
    let _ = store.close().await;
    let store = open(&disk);
    let found = notes(&store).await;
    assert!(
        found == 1 || found == 2,
        "{found} notes: the first was acknowledged, the second may have been written"
    );
    store.commit(put(&note("a", 9, ""))).await.expect("a store opened again writes");
}

#[tokio::test]
async fn full_logs_drop_their_oldest_entries_and_the_outbox_none() {
    let disk = Disk::new(1);
    let log = LogOptions { segment_bytes: 1000, segments: 3 };
    let options = || RedbOptions { events: log, ..RedbOptions::default() };
    let store = RedbStore::with_backend(disk.clone(), options()).expect("the disk is sound");
    let batches = (1..=500).map(|_| Batch::new().event(event(&"e".repeat(50))).report(report("r")));
    for answer in join_all(batches.map(|batch| store.commit(batch))).await {
        answer.expect("the disk is sound");
    }
    let kept = store.events(0, 1000).await.expect("readable");
    let numbers: Vec<_> = kept.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (501 - numbers.len() as u64..=500).collect::<Vec<_>>());
    assert!((10..40).contains(&numbers.len()), "{} events kept in 3 segments of 1000 bytes", numbers.len());
    assert_eq!(store.last_events(1000).await.expect("readable"), kept);
    assert_eq!(store.waiting().await.expect("readable"), 500);
    assert_eq!(store.reports(0, 1000).await.expect("readable").len(), 500);
    store.close().await.expect("a sound store closes");
    let store = RedbStore::with_backend(disk, options()).expect("the disk is sound");
    assert_eq!(store.events(0, 1000).await.expect("readable"), kept);
    store.commit(Batch::new().event(event("next"))).await.expect("the disk is sound");
    assert_eq!(store.last_events(1).await.expect("readable"), [(501, event("next"))]);
}
