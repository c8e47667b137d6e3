//! The lane past a cooldown.

use super::*;

fn emergency(world: &World) -> Result<Permit, Unavailable> {
    world.pool.take_in_emergency(&world.candidate("a"))
}

#[tokio::test]
async fn a_tenth_of_the_rate_goes_to_a_provider_that_cools() {
    let world = world(vec![definition("a", "primary")]);
    let long = Verdict::RateLimited { at_least: Some(Duration::from_secs(7200)), model_only: false };
    world.take("a").failed(&long, "");
    let mut sent = 0;
    for _ in 0..600 {
        sent += usize::from(emergency(&world).is_ok());
        world.pass(1);
    }
    assert_eq!(sent, 40, "four a minute, for ten minutes");
    assert!(matches!(world.try_take("a"), Err(Unavailable::Cooling(_))));
    assert_eq!(world.told.changes(), [(Change::Started, 1)]);
}

#[tokio::test]
async fn the_smallest_lane_is_one_a_minute() {
    let mut small = definition("a", "primary");
    small.provider.rpm = 3;
    let world = world(vec![small]);
    world
        .take("a")
        .failed(&Verdict::RateLimited { at_least: Some(Duration::from_secs(7200)), model_only: false }, "");
    world.pass(60);
    assert!(emergency(&world).is_ok());
    assert!(matches!(emergency(&world), Err(Unavailable::Spent(_))));
    world.pass(60);
    assert!(emergency(&world).is_ok());
}

#[tokio::test]
async fn a_good_answer_ends_the_cooldown_as_a_probes_does() {
    let world = world(vec![wide("a")]);
    world.take("a").failed(&LIMITED, "");
    let (first, second) = (emergency(&world).unwrap(), emergency(&world).unwrap());
    first.succeeded(Duration::ZERO);
    assert_eq!(world.told.changes(), [(Change::Started, 1), (Change::Cleared, 1)]);
    assert_eq!((world.health("a"), world.pool.status()[0].ramp), ((Health::Healthy, true), Some(1)));
    second.failed(&LIMITED, "");
    assert_eq!(world.health("a"), (Health::Cooling, false));
}

#[tokio::test]
async fn a_refusal_in_the_lane_makes_the_cooldown_longer() {
    let world = world(vec![wide("a")]);
    world.take("a").failed(&LIMITED, "");
    let (first, second) = (emergency(&world).unwrap(), emergency(&world).unwrap());
    second.failed(&LIMITED, "");
    assert_eq!(world.candidate("a").cooling, Duration::from_secs(60));
    first.succeeded(Duration::ZERO);
    assert_eq!(world.health("a").0, Health::Cooling, "the other one was refused after it was sent");
}

#[tokio::test]
async fn the_lane_is_for_those_that_cool_and_nobody_else() {
    let world = world(vec![wide("a"), wide("b")]);
    let permits: Vec<Permit> = (0..7).map(|_| world.take("a")).collect();
    permits[0].failed(&LIMITED, "");
    let listed = world.candidate("a");
    permits[1..6].iter().for_each(|permit| permit.failed(&Verdict::Unreachable, ""));
    let in_emergency = || world.pool.take_in_emergency(&listed).err();
    assert!(matches!(in_emergency(), Some(Unavailable::Ejected(_))));
    permits[6].failed(&Verdict::CredentialRefused, "");
    assert_eq!(in_emergency(), Some(Unavailable::Dead));
    assert_eq!(world.pool.take_in_emergency(&world.candidate("b")).err(), Some(Unavailable::NotCooling));
    world.take("b").failed(&LIMITED, "");
    let listed = world.candidate("b");
    assert!(world.pool.clear_cooldown(&"b".parse().unwrap()));
    assert!(world.pool.take_in_emergency(&listed).is_ok(), "it cooled when it was listed");
}

#[tokio::test]
async fn the_lane_stops_when_the_minutes_tokens_are_used_up() {
    let mut counted = wide("a");
    counted.provider.tpm = Some(1000);
    let world = world(vec![counted]);
    let permit = world.take("a");
    permit.failed(&LIMITED, "");
    emergency(&world).unwrap().settle(Tokens(1000));
    assert!(matches!(emergency(&world), Err(Unavailable::Tokens(_))));
}

#[tokio::test]
async fn not_even_an_emergency_passes_the_places_or_the_minute() {
    let mut narrow = definition("a", "primary");
    narrow.provider.max_in_flight = Some(1);
    let world = world(vec![narrow]);
    let open = world.take("a");
    open.failed(&LIMITED, "");
    assert_eq!(emergency(&world).err(), Some(Unavailable::Full));
    drop(open);
    world.pool.restore(Vec::new(), vec![BucketFill { used: 40, ..world.pool.buckets().remove(0) }]);
    assert!(matches!(emergency(&world), Err(Unavailable::Spent(_))));
}
