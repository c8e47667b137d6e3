//! Numbers that change while the pool runs.

use super::*;
use crate::Timeouts;

fn reconfigure(world: &World, change: impl FnOnce(&mut PoolConfig)) {
    let mut config = PoolConfig::clone(&world.pool.config());
    change(&mut config);
    world.pool.reconfigure(config);
}

#[tokio::test]
async fn another_order_and_other_numbers_hold_from_the_next_request_on() {
    let world = world(vec![wide("a"), definition("b", "fallback")]);
    let listed = world.candidate("a");
    let open = world.take("a");
    reconfigure(&world, |config| {
        config.order = vec!["fallback".to_owned(), "primary".to_owned()];
        config.cooldown_base = Duration::from_secs(5);
        config.silence = Duration::from_secs(7);
    });
    let found = world.pool.candidates(want("m"), &[]);
    let order: Vec<_> =
        found.iter().map(|candidate| (candidate.provider().as_str(), candidate.tier)).collect();
    assert_eq!(order, [("b", 0), ("a", 1)]);
    assert!(world.pool.take(&listed, NO_TOKENS).is_ok(), "what was listed before can be taken");
    assert_eq!(
        (open.timeouts().silence, world.take("a").timeouts().silence.as_secs()),
        (Duration::from_secs(120), 7)
    );
    open.failed(&LIMITED, "");
    assert_eq!(world.candidate("a").cooling, Duration::from_secs(5));
    assert_eq!(world.pool.config().cooldown_base, Duration::from_secs(5));
}

#[tokio::test]
async fn only_another_way_to_connect_makes_other_connections() {
    let mut slow = definition("b", "primary");
    slow.provider.timeouts = Timeouts { connect: Some(Duration::from_secs(3)), ..Timeouts::default() };
    let world = world(vec![definition("a", "primary"), slow]);
    let clients = || ["a", "b"].map(|name| world.candidate(name).endpoint.client.clone());
    let same = |before: &[crate::client::Client; 2]| {
        let after = clients();
        [0, 1].map(|index| before[index].shares_connections_with(&after[index]))
    };
    let before = clients();
    reconfigure(&world, |config| config.total = Duration::from_secs(1));
    assert_eq!(same(&before), [true, true]);
    reconfigure(&world, |config| config.connect_timeout = Duration::from_secs(1));
    assert_eq!(same(&before), [false, true], "b has a timeout of its own");
    reconfigure(&world, |config| config.idle_connections_max = 1);
    assert_eq!(same(&before), [false, false]);
}

#[tokio::test]
async fn a_providers_own_timeouts_are_over_the_pools() {
    let mut own = definition("a", "primary");
    own.provider.timeouts.total = Some(Duration::from_secs(5));
    let deadlines = world(vec![own]).take("a").timeouts();
    assert_eq!((deadlines.total.as_secs(), deadlines.connect.as_secs()), (5, 10));
}

#[tokio::test]
async fn aliases_stay_when_the_numbers_change() {
    let world = world(Vec::new());
    let target = Target { provider: "a".parse().unwrap(), model: "m".to_owned(), weight: 1 };
    let alias = VirtualModel { name: "fast".to_owned(), targets: vec![target], spread: Default::default() };
    world.pool.set(vec![definition("a", "primary")], vec![alias]);
    reconfigure(&world, |config| config.total = Duration::from_secs(1));
    assert!(world.pool.serves("fast"));
}
