//! Tokens a minute, requests at one time, and who hears that there is room again.

use super::*;

fn limited(tpm: Option<u64>, max_in_flight: Option<u32>) -> World {
    let mut definition = wide("a");
    definition.provider.tpm = tpm;
    definition.provider.max_in_flight = max_in_flight;
    world(vec![definition])
}

fn take(world: &World, tokens: u64) -> Result<Permit, Unavailable> {
    world.pool.take(&world.candidate("a"), Tokens(tokens))
}

fn used(world: &World) -> u64 {
    world.pool.status()[0].tokens_used.0
}

#[tokio::test]
async fn tokens_are_set_aside_and_settled_once() {
    let world = limited(Some(1000), None);
    let first = take(&world, 800).unwrap();
    let wanted = Wanted { tokens: Tokens(300), ..want("m") };
    let found = world.pool.candidates(wanted, &[]);
    assert_eq!((found[0].available, found[0].health), (false, Health::Healthy));
    assert!(
        matches!(world.pool.take(&found[0], Tokens(300)), Err(Unavailable::Tokens(wait)) if wait > Duration::ZERO)
    );
    assert!(world.pool.earliest(wanted) >= Duration::from_secs(60));
    assert!(take(&world, 200).is_ok(), "given back at once, because nothing came of it");
    first.succeeded(Duration::ZERO);
    first.settle(Tokens(100));
    first.settle(Tokens(900));
    drop(first);
    assert_eq!(used(&world), 100);
    assert!(take(&world, 900).is_ok());
}

#[tokio::test]
async fn a_request_that_failed_gives_its_tokens_back_and_one_that_was_not_settled_keeps_them() {
    let world = limited(Some(1000), None);
    let failed = take(&world, 500).unwrap();
    failed.failed(&Verdict::ServerError, "");
    drop(failed);
    assert_eq!(used(&world), 0);
    let unsettled = take(&world, 500).unwrap();
    unsettled.succeeded(Duration::ZERO);
    drop(unsettled);
    assert_eq!(used(&world), 500);
}

#[tokio::test]
async fn used_tokens_survive_a_restart_and_a_limit_can_come_and_go() {
    let before = limited(Some(1000), None);
    let permit = take(&before, 10).unwrap();
    permit.settle(Tokens(950));
    let fills = before.pool.buckets();
    assert_eq!(fills[0].tokens, Tokens(950));
    let text = r#"{"provider":"prv_0123456789abcdef","used":3,"at":1}"#;
    assert_eq!(serde_json::from_str::<BucketFill>(text).unwrap().tokens, Tokens(0), "a row of before");
    let mut provider = Provider::clone(&before.candidate("a").endpoint.provider);
    let define = |provider: &Provider| {
        vec![Definition { provider: provider.clone(), credential: None, credential_error: None }]
    };
    let after = world(define(&provider));
    after.pool.restore(Vec::new(), fills);
    assert!(matches!(take(&after, 100), Err(Unavailable::Tokens(_))));
    provider.tpm = None;
    after.pool.set(define(&provider), Vec::new());
    let long = take(&after, 5_000).unwrap();
    provider.tpm = Some(2000);
    after.pool.set(define(&provider), Vec::new());
    long.settle(Tokens(40));
    assert_eq!(used(&after), 990, "what was used meanwhile is counted");
}

#[tokio::test]
async fn no_more_are_in_flight_than_may_be() {
    let world = limited(None, Some(2));
    let (first, second) = (world.take("a"), world.take("a"));
    assert_eq!(world.try_take("a").err(), Some(Unavailable::Full));
    assert_eq!(world.health("a"), (Health::Healthy, false));
    drop(first);
    assert!(world.try_take("a").is_ok());
    drop(second);
}

/// Whether somebody who waits is woken by what happens.
async fn wakes(world: &World, happens: impl FnOnce()) -> bool {
    let returned = world.pool.returned();
    happens();
    tokio::time::timeout(Duration::ZERO, returned).await.is_ok()
}

#[tokio::test]
async fn who_waits_hears_of_each_thing_that_may_let_somebody_in() {
    let world = limited(Some(1000), Some(5));
    let name = "a".parse().unwrap();
    let (one, two, three) = (take(&world, 10).unwrap(), take(&world, 10).unwrap(), world.take("a"));
    assert!(!wakes(&world, || ()).await);
    assert!(wakes(&world, || one.settle(Tokens(5))).await, "tokens are settled");
    assert!(wakes(&world, || drop(two)).await, "a place is free");
    three.failed(&LIMITED, "");
    assert!(wakes(&world, || assert!(world.pool.clear_cooldown(&name))).await, "a cooldown is cleared");
    world.take("a").failed(&LIMITED, "");
    world.pass(600);
    let probe = world.take("a");
    assert!(wakes(&world, || probe.succeeded(Duration::ZERO)).await, "a probe went well");
    assert!(wakes(&world, || world.pool.reconfigure(PoolConfig::default())).await, "numbers changed");
    assert!(wakes(&world, || world.pool.set(Vec::new(), Vec::new())).await, "definitions changed");
    drop((one, three, probe));
}

#[tokio::test]
async fn an_endpoint_without_gates_wakes_nobody() {
    let world = limited(None, None);
    let permit = world.take("a");
    permit.succeeded(Duration::ZERO);
    assert!(!wakes(&world, || drop(permit)).await);
}

/// Waiters on other threads, each of which must get a place in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_wake_up_is_lost() {
    let world = Arc::new(limited(None, Some(1)));
    let mut waiters = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let world = Arc::clone(&world);
        waiters.spawn(async move {
            for _ in 0..50 {
                loop {
                    let returned = world.pool.returned();
                    if let Ok(permit) = world.try_take("a") {
                        tokio::task::yield_now().await;
                        drop(permit);
                        break;
                    }
                    returned.await;
                }
                world.clock.advance(Duration::from_secs(1));
            }
        });
    }
    let all = async { while waiters.join_next().await.is_some() {} };
    assert!(tokio::time::timeout(Duration::from_secs(30), all).await.is_ok(), "somebody waits for ever");
}
