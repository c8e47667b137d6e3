//! With a clock that is moved by hand.

use std::time::Duration;

use patchbay_types::ManualClock;
use tempfile::TempDir;

use super::*;
use crate::capability::tests::{clock, store};

const LIMIT: NanoUsd = NanoUsd(100);

fn purses() -> (TempDir, ManualClock, Purses) {
    let (folder, store) = store();
    let clock = clock();
    (folder, clock.clone(), Purses::new(store, Arc::new(clock)))
}

async fn fits(purses: &Purses, amount: u64) -> bool {
    let purse = purses.of("exec").await.unwrap();
    let reserved = purse.reserve(LIMIT, NanoUsd(amount));
    match reserved {
        // As if the call had cost nothing.
        Ok(reserved) => reserved.settle(NanoUsd(0)).await,
        Err(refused) => {
            assert_eq!(refused.code, "budget");
            return false;
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reserved_and_what_is_spent_count_together() {
    let (_folder, _, purses) = purses();
    let purse = purses.of("exec").await.unwrap();
    let first = purse.reserve(LIMIT, NanoUsd(60)).unwrap();
    assert!(!fits(&purses, 41).await && fits(&purses, 40).await);
    first.settle(NanoUsd(10)).await;
    assert!(fits(&purses, 90).await && !fits(&purses, 91).await);
    drop(purse.reserve(LIMIT, NanoUsd(80)).unwrap());
    assert!(!fits(&purses, 11).await, "a call that was broken off counts as spent");
    assert!(purses.of("other").await.unwrap().reserve(LIMIT, NanoUsd(100)).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_day_begins_with_nothing_spent() {
    let (_folder, clock, purses) = purses();
    let purse = purses.of("exec").await.unwrap();
    let over_night = purse.reserve(LIMIT, NanoUsd(30)).unwrap();
    purse.reserve(LIMIT, NanoUsd(70)).unwrap().settle(NanoUsd(70)).await;
    let refused = purse.reserve(LIMIT, NanoUsd(1)).map(drop).unwrap_err();
    let wait = refused.retry_after_ms.unwrap();
    assert!(wait > 0 && wait <= DAY_MS);
    clock.advance(Duration::from_millis(wait - 1));
    assert!(!fits(&purses, 1).await);
    clock.advance(Duration::from_millis(1));
    assert!(fits(&purses, 100).await);
    over_night.settle(NanoUsd(30)).await;
    assert!(fits(&purses, 70).await && !fits(&purses, 71).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_is_known_after_a_restart() {
    let (_folder, clock, purses) = purses();
    purses.of("exec").await.unwrap().reserve(LIMIT, NanoUsd(80)).unwrap().settle(NanoUsd(75)).await;
    let later = Purses::new(purses.store.clone(), Arc::new(clock));
    assert!(fits(&later, 25).await && !fits(&later, 26).await);
}
