//! The book over a real store: what is written at once, and what a restart finds.

use std::time::Duration;

use patchbay_store::Store;
use patchbay_types::Event;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::api::{PastCooldown, PastQuery};
use crate::desk::TestDesk;
use crate::record::PastRecord;

async fn rows(store: &dyn Store) -> Vec<CooldownRecord> {
    let rows: Vec<Stored<CooldownRecord>> = store.list(Key::new().prefix(), 100).await.unwrap();
    rows.into_iter().map(|row| row.record).collect()
}

async fn events(store: &dyn Store, kind: &str) -> Vec<Event> {
    let events = store.last_events(100).await.unwrap();
    events.into_iter().map(|(_, event)| event).filter(|event| event.kind == kind).collect()
}

async fn past(desk: &TestDesk) -> Vec<PastCooldown> {
    desk.operator.past_cooldowns(&PastQuery::default()).await.unwrap()
}

/// How each ended, and how many in a row it was.
async fn ends(desk: &TestDesk) -> Vec<(Option<String>, u32)> {
    past(desk).await.into_iter().map(|past| (past.how, past.count)).collect()
}

/// The next request, which is the probe of a provider whose time is up.
fn probe(desk: &TestDesk) -> patchbay_pool::Permit {
    desk.permit()
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

#[tokio::test]
async fn every_cooldown_is_kept_with_its_end() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    keeping(&mut desk, async |desk| {
        desk.limit();
        cooling(desk).await;
        assert_eq!(ends(desk).await, [(None, 1)]);
        desk.clock.advance(Duration::from_secs(40));
        desk.limit();
        desk.clock.advance(Duration::from_secs(100));
        probe(desk).succeeded(Duration::from_millis(1));
        desk.clock.advance(Duration::from_secs(5));
        desk.limit();
        desk.clock.advance(Duration::from_secs(5));
        desk.operator.clear_cooldown("alpha", "test").await.unwrap();
    })
    .await;
    let how = |how: &str, count| (Some(how.to_owned()), count);
    assert_eq!(ends(&desk).await, [how("expired", 1), how("probe", 2), how("cleared", 1)]);
    let past = past(&desk).await;
    assert_eq!((past[0].ended, &*past[0].reason), (Some(past[0].until), "slow down"));
    assert!((27.0..33.1).contains(&past[0].seconds), "{past:?}");
    assert_eq!(past[2].ended.unwrap().since(past[2].started), Duration::from_secs(5));
    assert_eq!(rows(&*desk.store).await, []);
}

#[tokio::test]
async fn history_goes_on_after_a_restart_and_ends_with_its_provider() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.limit();
    keeping(&mut desk, async |_| ()).await;
    let mut desk = desk.again().await;
    keeping(&mut desk, async |_| ()).await;
    assert_eq!(ends(&desk).await, [(None, 1)]);
    let mut desk = desk.again().await;
    keeping(&mut desk, async |desk| {
        desk.clock.advance(Duration::from_secs(40));
        probe(desk).succeeded(Duration::from_millis(1));
        desk.limit();
    })
    .await;
    assert_eq!(ends(&desk).await, [(Some("probe".to_owned()), 1), (None, 1)]);
    let mut desk = desk.again().await;
    keeping(&mut desk, async |desk| drop(desk.operator.remove_provider("alpha", "test").await.unwrap()))
        .await;
    let ended = past(&desk).await;
    assert_eq!(ends(&desk).await, [(Some("probe".to_owned()), 1), (Some("unknown".to_owned()), 1)]);
    assert_eq!(ended[1].ended, None);
}

#[tokio::test]
async fn what_found_no_room_is_in_the_history_as_far_as_it_stands() {
    let first = TestDesk::new().await;
    for name in ["alpha", "beta", "gamma"] {
        first.add(name, "http://127.0.0.1:9", None).await;
    }
    let TestDesk { folder, store, clock, .. } = first;
    let mut desk = TestDesk::over(folder, store, clock, 1).await;
    (0..3).for_each(|_| {
        desk.limit();
    });
    keeping(&mut desk, async |_| ()).await;
    assert_eq!(ends(&desk).await, [(None, 1), (None, 1), (None, 1)]);
}

#[tokio::test]
async fn the_oldest_go_when_there_are_too_many() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.limit();
    let cooldown = desk.pool.cooldowns().remove(0);
    let old = |number: usize| {
        let started = patchbay_types::Timestamp(number as u64);
        let cooldown = patchbay_pool::Cooldown { started, until: started, ..cooldown.clone() };
        PastRecord { cooldown, end: None, ended: Some(crate::record::Ended::Unknown) }
    };
    for numbers in (0..PAST_MAX).collect::<Vec<_>>().chunks(1_000) {
        let batch = numbers.iter().try_fold(patchbay_store::Batch::new(), |batch, n| batch.put(&old(*n)));
        desk.store.commit(batch.unwrap()).await.unwrap();
    }
    keeping(&mut desk, async |_| ()).await;
    let kept = past(&desk).await;
    assert_eq!((kept.len(), kept[0].started.0), (PAST_MAX, 1));
    assert_eq!((kept[PAST_MAX - 1].started, &kept[PAST_MAX - 1].how), (cooldown.started, &None));
}

#[tokio::test]
async fn the_history_is_asked_for_by_provider_and_by_time() {
    let mut desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    keeping(&mut desk, async |desk| {
        desk.limit();
        desk.operator.clear_cooldown("alpha", "test").await.unwrap();
        desk.clock.advance(Duration::from_secs(3 * 3600));
        desk.limit();
    })
    .await;
    let count = async |provider: Option<&str>, hours| {
        let query = PastQuery { provider: provider.map(str::to_owned), hours };
        desk.operator.past_cooldowns(&query).await.map(|past| past.len())
    };
    assert_eq!(count(None, None).await.unwrap(), 2);
    assert_eq!(count(Some("alpha"), Some(3)).await.unwrap(), 2);
    assert_eq!(count(None, Some(2)).await.unwrap(), 1);
    assert_eq!(count(Some("beta"), None).await.unwrap(), 0);
    assert_eq!(count(None, Some(0)).await.unwrap_err().wrong_field(), Some("hours"));
}
