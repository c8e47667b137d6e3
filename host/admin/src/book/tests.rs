//! The book over a real store: what is written at once, and what a restart finds.

use std::time::Duration;

use patchbay_store::Store;
use patchbay_types::Event;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::desk::TestDesk;

async fn rows(store: &dyn Store) -> Vec<CooldownRecord> {
    let rows: Vec<Stored<CooldownRecord>> = store.list(Key::new().prefix(), 100).await.unwrap();
    rows.into_iter().map(|row| row.record).collect()
}

async fn events(store: &dyn Store, kind: &str) -> Vec<Event> {
    let events = store.last_events(100).await.unwrap();
    events.into_iter().map(|(_, event)| event).filter(|event| event.kind == kind).collect()
}

/// Runs the bookkeeper while `work` does, and to its end.
async fn keeping<T>(desk: &mut TestDesk, work: impl AsyncFnOnce(&TestDesk) -> T) -> T {
    let bookkeeper = desk.bookkeeper.take().unwrap();
    let stop = CancellationToken::new();
    let (done, ()) = tokio::join!(
        async {
            let done = work(desk).await;
            stop.cancel();
            done
        },
        bookkeeper.run(desk.pool.clone(), stop.clone())
    );
    done
}

async fn cooling(desk: &TestDesk) {
    let written = async {
        while rows(&*desk.store).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), written).await.expect("a cooldown is written at once");
}

#[tokio::test]
async fn a_cooldown_is_written_at_once_and_is_there_after_a_restart() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    keeping(&mut desk, async |desk| {
        desk.limit();
        cooling(desk).await;
    })
    .await;
    let before = desk.pool.cooldowns();
    let told = events(&*desk.store, "provider.cooling").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].message.contains("slow down") && told[0].message.contains("alpha cools for"), "{told:?}");
    let desk = desk.again().await;
    assert_eq!(desk.pool.cooldowns(), before);
}

#[tokio::test]
async fn a_fresh_minute_is_not_handed_out_by_a_restart() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    for _ in 0..4 {
        drop(desk.permit());
    }
    keeping(&mut desk, async |_| ()).await;
    let desk = desk.again().await;
    let status = desk.operator.provider("alpha").unwrap();
    assert_eq!((status.requests_used, status.requests_left), (4, 0));
}

#[tokio::test]
async fn a_cooldown_that_ended_leaves_no_row() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    keeping(&mut desk, async |desk| {
        desk.limit();
        cooling(desk).await;
        desk.clock.advance(Duration::from_secs(40));
        desk.permit().succeeded(Duration::from_millis(1));
    })
    .await;
    assert_eq!(rows(&*desk.store).await, []);
    assert_eq!(events(&*desk.store, "provider.recovered").await.len(), 1);
}

#[tokio::test]
async fn what_finds_no_room_is_made_up_for_from_the_pool() {
    let first = TestDesk::new().await;
    let names = ["alpha", "beta", "gamma"];
    for name in names {
        first.add(name, "http://127.0.0.1:9", None).await;
    }
    let TestDesk { folder, store, clock, .. } = first;
    let mut desk = TestDesk::over(folder, store, clock, 1).await;
    for _ in names {
        desk.limit();
    }
    keeping(&mut desk, async |_| ()).await;
    assert_eq!(rows(&*desk.store).await.len(), 3);
    let desk = desk.again().await;
    assert_eq!(desk.pool.cooldowns().len(), 3);
}

#[tokio::test]
async fn a_store_that_is_behind_is_brought_up_from_the_pool_not_to_an_older_state() {
    let first = TestDesk::new().await;
    first.add("alpha", "http://127.0.0.1:9", None).await;
    let TestDesk { folder, store, clock, .. } = first;
    let mut desk = TestDesk::over(folder, store, clock, 1).await;
    desk.limit();
    let name = "alpha".parse().unwrap();
    // Its start waits in the queue, its end found no room.
    assert!(desk.pool.clear_cooldown(&name));
    keeping(&mut desk, async |_| ()).await;
    assert_eq!(rows(&*desk.store).await, []);
}
