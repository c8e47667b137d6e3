//! What is said again, because its answer was lost or somebody else got in between: it counts once.

use std::sync::atomic::Ordering;

use super::*;
use crate::tests::ends::over_full;

async fn outcomes(engine: &Engine) -> Vec<String> {
    let attempts = engine.attempts(&name("a")).await.unwrap();
    attempts.into_iter().map(|attempt| attempt.outcome).collect()
}

async fn claimed(world: &World) -> Fence {
    world.apply(json!([{"name": "a", "skill": "wrap"}])).await;
    world.engine.claim(&name("a"), &by("ann")).await.unwrap().fence
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_end_said_again_is_known_and_another_one_refused_and_counted() {
    let world = world(EngineOptions::default()).await;
    let fence = claimed(&world).await;
    let first = world.engine.end(&name("a"), fence, failed(), true).await.unwrap();
    assert!(!first.is_known);
    let again = world.engine.end(&name("a"), fence, failed(), true).await.unwrap();
    assert_eq!((again.is_known, again.task.rev), (true, first.task.rev));
    for (other, tries) in [(done(), false), (Done::Cancelled, false), (failed(), false)] {
        let refused = world.engine.end(&name("a"), fence, other, tries).await;
        assert!(matches!(refused, Err(EngineError::StaleFence { .. })));
    }
    assert_eq!((world.engine.stale_fences(), outcomes(&world.engine).await), (3, vec!["exit:2".to_owned()]));
    // Also when the task is somebody else's by now.
    let what = What::Retried { reason: "again".to_owned() };
    world.engine.command(&name("a"), None, &operator(), what).await.unwrap();
    world.until("a", &["ready"]).await;
    let second = world.engine.claim(&name("a"), &by("bob")).await.unwrap();
    assert!(world.engine.end(&name("a"), fence, failed(), true).await.unwrap().is_known);
    assert!(world.engine.end(&name("a"), fence, done(), false).await.is_err());
    world.engine.end(&name("a"), second.fence, done(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_said_twice_at_one_time_is_heard_once() {
    let world = world(EngineOptions::default()).await;
    let fence = claimed(&world).await;
    let task = name("a");
    let end = || world.engine.end(&task, fence, done(), false);
    let (one, two, three) = tokio::join!(end(), end(), end());
    let known = [one, two, three].map(|end| end.unwrap().is_known);
    assert_eq!(known.iter().filter(|known| !**known).count(), 1);
    assert_eq!((world.engine.stale_fences(), outcomes(&world.engine).await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_host_knows_an_end_and_lines_that_the_one_before_has_heard() {
    let first = world(EngineOptions::default()).await;
    let fence = claimed(&first).await;
    let lines_said = [("stdout", "one".to_owned()), ("stderr", "two".to_owned())];
    first.engine.beat(&name("a"), fence, Some(0), &lines_said).await.unwrap();
    first.engine.close().await;
    let second = first.again(first.played.clone()).await;
    let more = [&lines_said[..], &said("three")[..]].concat();
    second.engine.beat(&name("a"), fence, Some(0), &more).await.unwrap();
    assert_eq!(lines(&second.engine, "a").await, ["one", "two", "three"]);
    second.engine.end(&name("a"), fence, done(), false).await.unwrap();
    second.engine.close().await;
    let third = second.again(first.played.clone()).await;
    assert!(third.engine.end(&name("a"), fence, done(), false).await.unwrap().is_known);
    assert!(third.engine.end(&name("a"), fence, Done::Cancelled, false).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_said_again_are_written_once_and_what_has_no_number_always() {
    let world = world(EngineOptions::default()).await;
    let fence = claimed(&world).await;
    let beat =
        async |from, text: &str| world.engine.beat(&name("a"), fence, from, &said(text)).await.unwrap();
    beat(Some(0), "one").await;
    beat(Some(0), "one").await;
    beat(Some(1), "one").await;
    beat(None, "one").await;
    beat(Some(2), "not heard").await;
    beat(Some(9), "after a gap").await;
    beat(Some(u64::MAX), "the last").await;
    assert_eq!(lines(&world.engine, "a").await, ["one", "one", "one", "after a gap", "the last"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_could_not_be_written_is_written_and_its_work_not_done_anew() {
    let (world, full) = over_full(2, soon_lost()).await;
    let fence = claimed(&world).await;
    assert!(world.engine.end(&name("a"), fence, done(), false).await.is_err());
    assert!(full.refused.load(Ordering::SeqCst) <= 0);
    // Other words do not take its place, and the same are heard.
    assert!(world.engine.end(&name("a"), fence, failed(), false).await.is_err());
    world.until("a", &["succeeded"]).await;
    assert_eq!(outcomes(&world.engine).await, ["succeeded"]);
    assert!(world.engine.end(&name("a"), fence, done(), false).await.unwrap().is_known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_kills_ends_the_lease_of_an_attempt_outside() {
    let world = world(EngineOptions::default()).await;
    let fence = claimed(&world).await;
    world.engine.beat(&name("a"), fence, None, &said("half of it")).await.unwrap();
    let told = world.engine.inner.kill(&name("a")).await.unwrap();
    assert!(told.contains("the lease of a's worker was ended"), "{told}");
    let stale = world.engine.beat(&name("a"), fence, None, &[]).await.unwrap_err().to_string();
    assert!(stale.contains("its attempt is over"), "{stale}");
    assert_eq!(world.until("a", &["ready"]).await.task.tally.charged, 0);
    assert_eq!(lines(&world.engine, "a").await, ["half of it"]);
}
