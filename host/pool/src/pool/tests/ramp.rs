//! Coming back: by and by.

use super::*;

/// As many as are let in at once.
fn fill(world: &World) -> Vec<Permit> {
    std::iter::from_fn(|| world.try_take("a").ok()).take(200).collect()
}

fn back(world: &World) -> Permit {
    world.take("a").failed(&LIMITED, "");
    world.pass(30);
    let probe = world.take("a");
    probe.succeeded(Duration::ZERO);
    probe
}

fn ramp(world: &World) -> Option<u32> {
    world.pool.status()[0].ramp
}

#[tokio::test]
async fn after_a_cooldown_each_success_doubles_what_may_be_in_flight() {
    let world = world(vec![wide("a")]);
    let _stream = back(&world);
    for room in [1, 2, 4, 8, 16, 32] {
        assert_eq!(ramp(&world), Some(room));
        let inside = fill(&world);
        assert_eq!(inside.len(), room as usize, "a request from before the ramp takes no place");
        assert_eq!(world.try_take("a").err(), Some(Unavailable::Full));
        assert_eq!(world.health("a"), (Health::Healthy, false));
        assert_eq!(world.pool.earliest(want("m")), Duration::from_secs(1));
        inside[0].succeeded(Duration::ZERO);
    }
    assert_eq!((ramp(&world), fill(&world).len()), (None, 200), "with room for 64 it is over");
}

#[tokio::test]
async fn a_ramp_ends_where_the_rate_is_the_narrower_gate() {
    let world = world(vec![definition("a", "primary")]);
    drop(back(&world));
    for room in [1, 2, 4] {
        world.pass(2);
        assert_eq!(ramp(&world), Some(room));
        world.take("a").succeeded(Duration::ZERO);
    }
    assert_eq!(ramp(&world), None, "its burst is four");
}

#[tokio::test]
async fn a_failure_or_a_refusal_starts_the_ramp_again() {
    let world = world(vec![wide("a")]);
    drop(back(&world));
    for _ in 0..4 {
        world.take("a").succeeded(Duration::ZERO);
    }
    assert_eq!(ramp(&world), Some(16));
    world.take("a").failed(&Verdict::ServerError, "");
    assert_eq!((ramp(&world), fill(&world).len()), (Some(1), 1));
    world.take("a").failed(&LIMITED, "");
    assert_eq!(world.health("a"), (Health::Cooling, false));
    world.pass(30);
    world.take("a").succeeded(Duration::ZERO);
    assert_eq!((ramp(&world), fill(&world).len()), (Some(1), 1));
}

#[tokio::test]
async fn whatever_it_comes_back_from_the_probe_is_followed_by_a_ramp() {
    let ejected = world(vec![wide("a"), wide("b")]);
    (0..5).for_each(|_| ejected.take("a").failed(&Verdict::Unreachable, ""));
    ejected.pass(30);
    ejected.take("a").failed(&Verdict::ClientError, "");
    let dead = world(vec![wide("a")]);
    dead.take("a").failed(&Verdict::CredentialRefused, "");
    assert!(dead.pool.revive(&"a".parse().unwrap()));
    dead.take("a").succeeded(Duration::ZERO);
    let first = wide("a");
    let renewed = world(vec![first.clone()]);
    renewed.take("a").failed(&Verdict::CredentialRefused, "");
    renewed.pool.set(vec![Definition { credential: None, ..first }], Vec::new());
    assert_eq!(fill(&renewed).len(), 1, "another credential is probed");
    renewed.take("a").succeeded(Duration::ZERO);
    for (what, world) in [("an ejection", &ejected), ("a death", &dead), ("another key", &renewed)] {
        assert_eq!((ramp(world), fill(world).len()), (Some(1), 1), "{what}");
    }
}

#[tokio::test]
async fn a_restored_cooldown_ends_by_probe_and_ramp_too() {
    let before = world(vec![wide("a")]);
    before.take("a").failed(&LIMITED, "");
    let definition = Definition {
        provider: Provider::clone(&before.candidate("a").endpoint.provider),
        credential: None,
        credential_error: None,
    };
    let after = world(vec![definition]);
    after.pool.restore(before.pool.cooldowns(), Vec::new());
    after.pass(30);
    assert_eq!(fill(&after).len(), 1, "the probe");
    after.take("a").succeeded(Duration::ZERO);
    assert_eq!((ramp(&after), fill(&after).len()), (Some(1), 1));
}

#[tokio::test]
async fn a_models_own_ramp_leaves_the_providers_other_models_alone() {
    let mut first = wide("a");
    first.provider.models.insert("other".to_owned(), model());
    let world = world(vec![first]);
    world.take("a").failed(&Verdict::RateLimited { at_least: None, model_only: true }, "");
    world.pass(30);
    world.take("a").succeeded(Duration::ZERO);
    let inside = fill(&world);
    assert_eq!((inside.len(), ramp(&world)), (1, None));
    let other = &world.pool.candidates(want("other"), &[])[0];
    let others: Vec<_> = (0..50).filter_map(|_| world.pool.take(other, NO_TOKENS).ok()).collect();
    assert_eq!(others.len(), 50);
    world.pool.clear_cooldown(&"a".parse().unwrap());
    assert_eq!(fill(&world).len(), 200, "the operator ends it");
}
