//! What a read of the store may leave in the cache.

use serde_json::json;

use super::*;

fn kept(id: u64, revision: u64) -> Kept {
    let definition = serde_json::from_value(json!({"name": format!("T-{id}")})).unwrap();
    let place = patchbay_tasks::Place { root: "T-1".parse().unwrap(), level: 1 };
    let actor = patchbay_tasks::Actor::Host;
    let now = patchbay_types::Timestamp(1);
    let made = patchbay_tasks::create(TaskId(id), definition, place, false, actor, now).unwrap();
    let task = patchbay_tasks::replay([&made.event]).unwrap();
    Kept { task: Arc::new(task), revision: Revision(revision) }
}

fn revision(cache: &Cache, id: u64) -> Option<u64> {
    cache.get(TaskId(id)).map(|kept| kept.revision.0)
}

#[test]
fn what_was_changed_while_the_store_was_read_stays() {
    let cache = Cache::default();
    let since = cache.moment();
    cache.put(Arc::new(kept(1, 7)));
    cache.took_in(since, [kept(1, 3), kept(2, 3)]);
    assert_eq!((revision(&cache, 1), revision(&cache, 2)), (Some(7), Some(3)));
}

#[test]
fn what_was_read_before_something_was_forgotten_is_not_taken_in() {
    let cache = Cache::default();
    let since = cache.moment();
    cache.put(Arc::new(kept(1, 7)));
    cache.forget(TaskId(1));
    cache.took_in(since, [kept(1, 3)]);
    assert_eq!(revision(&cache, 1), None);
}

#[test]
fn a_full_half_is_the_old_one_and_the_oldest_are_forgotten() {
    let cache = Cache::default();
    let since = cache.moment();
    (1..=3 * HALF as u64).for_each(|id| cache.put(Arc::new(kept(id, 1))));
    assert!(!cache.has(TaskId(1)) && cache.has(TaskId(3 * HALF as u64)));
    cache.took_in(since, [kept(1, 1)]);
    assert!(!cache.has(TaskId(1)));
}

#[test]
fn what_was_changed_while_the_store_was_read_is_remembered_until_the_halves_turn_twice() {
    let cache = Cache::default();
    let others = |from: u64| (from..from + HALF as u64).for_each(|id| cache.put(Arc::new(kept(id, 1))));
    let since = cache.moment();
    cache.put(Arc::new(kept(1, 7)));
    others(10);
    cache.took_in(since, [kept(1, 3), kept(2, 3)]);
    assert_eq!((revision(&cache, 1), revision(&cache, 2)), (Some(7), Some(3)));
    others(10_000);
    others(20_000);
    cache.took_in(since, [kept(1, 3)]);
    assert_eq!(revision(&cache, 1), None);
}
