//! All endpoints together: order, choice, and what outlives a change.

mod alias;
mod change;
mod emergency;
mod limits;
mod probing;
mod ramp;
mod random;

use std::collections::BTreeMap;

use patchbay_types::{ManualClock, Secret, Timestamp};

use super::*;
use crate::{
    BucketFill, CooldownChange, Definition, Health, Model, Provider, Source, Target, Verdict, VirtualModel,
    native,
};

#[derive(Default)]
struct Told(Mutex<Vec<CooldownChange>>);

impl Keeper for Told {
    fn cooling(&self, change: CooldownChange) {
        self.0.lock().unwrap().push(change);
    }
}

impl Told {
    fn changes(&self) -> Vec<(Change, u32)> {
        self.0.lock().unwrap().iter().map(|told| (told.change, told.cooldown.count)).collect()
    }
}

struct World {
    pool: Pool,
    clock: ManualClock,
    told: Arc<Told>,
}

const LIMITED: Verdict = Verdict::RateLimited { at_least: None, model_only: false };

const NO_TOKENS: Tokens = Tokens(0);

fn model() -> Model {
    Model::new("native-m")
}

fn want(model: &str) -> Wanted<'_> {
    Wanted { model, apis: &Api::ALL, tokens: NO_TOKENS }
}

fn definition(name: &str, pool: &str) -> Definition {
    let url = format!("http://{name}.test").parse().unwrap();
    let mut provider = Provider::new(name.parse().unwrap(), url, Source::Cli, Timestamp(0));
    provider.pool = pool.to_owned();
    provider.models = BTreeMap::from([("m".to_owned(), model())]);
    Definition { provider, credential: Some(Secret::new("sk-secret".to_owned())), credential_error: None }
}

fn world(definitions: Vec<Definition>) -> World {
    let clock = ManualClock::at(Timestamp(1_700_000_000_000));
    let told = Arc::new(Told::default());
    let config = PoolConfig { jitter: 0.0, ..PoolConfig::default() };
    let pool = Pool::new(config, Arc::new(clock.clone()), told.clone());
    pool.set(definitions, Vec::new());
    World { pool, clock, told }
}

fn wide(name: &str) -> Definition {
    let mut definition = definition(name, "primary");
    definition.provider.rpm = 10_000;
    definition
}

impl World {
    fn try_take(&self, name: &str) -> Result<Permit, Unavailable> {
        self.pool.take(&self.candidate(name), NO_TOKENS)
    }

    fn candidate(&self, name: &str) -> Candidate {
        let mut found = self.pool.candidates(want("m"), &[]);
        found.retain(|candidate| candidate.provider().as_str() == name);
        found.pop().unwrap_or_else(|| panic!("{name} is no candidate"))
    }

    fn take(&self, name: &str) -> Permit {
        self.pool.take(&self.candidate(name), NO_TOKENS).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn health(&self, name: &str) -> (Health, bool) {
        let candidate = self.candidate(name);
        (candidate.health, candidate.available)
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[tokio::test]
async fn candidates_come_in_the_order_of_pools_and_unknown_pools_last() {
    let pools = [("d", "zeta"), ("c", "alpha"), ("b", "fallback"), ("a", "primary")];
    let world = world(pools.map(|(name, pool)| definition(name, pool)).to_vec());
    let found = world.pool.candidates(want("m"), &[]);
    let order: Vec<_> =
        found.iter().map(|candidate| (candidate.provider().as_str(), candidate.tier)).collect();
    assert_eq!(order, [("a", 0), ("b", 1), ("c", 2), ("d", 3)]);
    assert_eq!((native::rank(&found), &*found[0].native_id), (vec![0, 1, 2, 3], "native-m"));
    assert!(world.pool.candidates(want("unknown"), &[]).is_empty() && !world.pool.serves("unknown"));
    assert_eq!(world.pool.models(), ["m"]);
}

#[tokio::test]
async fn a_tried_provider_is_shown_but_not_available() {
    let world = world(vec![definition("a", "primary"), definition("b", "primary")]);
    let tried = [world.candidate("a").id().clone()];
    let found = world.pool.candidates(want("m"), &tried);
    assert_eq!(found.iter().map(|candidate| candidate.available).collect::<Vec<_>>(), [false, true]);
    assert_eq!(native::rank(&found), [1]);
}

#[tokio::test]
async fn the_native_policy_spreads_over_a_tier() {
    let world = world(vec![definition("a", "primary"), definition("b", "primary")]);
    let mut used = BTreeMap::<String, u32>::new();
    for _ in 0..8 {
        let found = world.pool.candidates(want("m"), &[]);
        let permit = world.pool.take(&found[native::rank(&found)[0]], NO_TOKENS).unwrap();
        *used.entry(permit.provider().to_string()).or_default() += 1;
    }
    assert_eq!(used.into_values().collect::<Vec<_>>(), [4, 4]);
    assert!(native::rank(&world.pool.candidates(want("m"), &[])).is_empty());
    assert_eq!(world.pool.earliest(want("m")), Duration::from_millis(1_500));
}

#[tokio::test]
async fn sixteen_refusals_at_once_are_one_event_with_count_one() {
    let mut wide = definition("a", "primary");
    wide.provider.rpm = 1_000;
    let world = world(vec![wide]);
    let permits: Vec<Permit> = (0..16).map(|_| world.take("a")).collect();
    for permit in &permits {
        permit.failed(&LIMITED, "slow down");
    }
    assert_eq!(world.told.changes(), [(Change::Started, 1)]);
    assert_eq!(world.health("a"), (Health::Cooling, false));
    assert_eq!(world.pool.earliest(want("m")), Duration::from_secs(30));
    assert_eq!(world.pool.cooldowns()[0].reason, "slow down");
}

#[tokio::test]
async fn after_a_cooldown_one_probe_goes_and_its_answer_decides() {
    let world = world(vec![definition("a", "primary")]);
    world.take("a").failed(&LIMITED, "");
    world.pass(30);
    let stale = world.candidate("a");
    let probe = world.take("a");
    assert_eq!(world.health("a"), (Health::Cooling, false));
    assert!(matches!(world.pool.take(&stale, NO_TOKENS), Err(Unavailable::Cooling(Duration::ZERO))));
    drop(probe);
    world.take("a").failed(&LIMITED, "");
    assert_eq!(world.pool.earliest(want("m")), Duration::from_secs(60));
    world.pass(60);
    world.take("a").succeeded(Duration::from_millis(100));
    assert_eq!(world.health("a"), (Health::Healthy, true));
    world.take("a").failed(&LIMITED, "");
    let expected = [(Change::Started, 1), (Change::Started, 2), (Change::Cleared, 2), (Change::Started, 1)];
    assert_eq!(world.told.changes(), expected);
}

#[tokio::test]
async fn a_cooldown_and_a_used_minute_survive_a_restart() {
    let before = world(vec![definition("a", "primary"), definition("b", "primary")]);
    before.take("a").failed(&LIMITED, "");
    before.take("b");
    let (cooldowns, mut buckets) = (before.pool.cooldowns(), before.pool.buckets());
    buckets[1].used = 40;
    let index = before.pool.shared.index();
    let definitions = index.endpoints().iter().map(|endpoint| Definition {
        provider: Provider::clone(&endpoint.provider),
        credential: None,
        credential_error: None,
    });
    let after = world(definitions.collect());
    after.pass(10);
    after.pool.restore(cooldowns.clone(), buckets);
    assert_eq!(after.pool.cooldowns(), cooldowns);
    assert_eq!(after.candidate("a").cooling, Duration::from_secs(20));
    let b = after.candidate("b");
    assert_eq!((b.available, b.requests_left), (false, 0));
    after.pass(20);
    after.take("a").failed(&LIMITED, "");
    assert_eq!(after.told.changes(), [(Change::Started, 2)], "the count goes on where it was");
}

#[tokio::test]
async fn the_operator_can_clear_a_cooldown() {
    let world = world(vec![definition("a", "primary")]);
    let name = "a".parse().unwrap();
    assert!(!world.pool.clear_cooldown(&name));
    world.take("a").failed(&LIMITED, "");
    assert!(world.pool.clear_cooldown(&name));
    assert_eq!(world.health("a"), (Health::Healthy, true));
    assert_eq!(world.told.changes().last(), Some(&(Change::Cleared, 1)));
}

#[tokio::test]
async fn a_refused_credential_is_dead_until_it_or_the_url_changes() {
    let first = definition("a", "primary");
    let world = world(vec![first.clone()]);
    let (late, permit) = (world.take("a"), world.take("a"));
    permit.failed(&Verdict::CredentialRefused, "bad key sk-secret\n");
    assert_eq!(world.health("a"), (Health::Dead, false));
    assert_eq!(world.pool.status()[0].reason.as_deref(), Some("the credential was refused: bad key … "));
    assert_eq!(world.pool.earliest(want("m")), Duration::from_secs(600));
    world.pass(100_000);
    world.pool.set(vec![first.clone()], Vec::new());
    assert_eq!(world.health("a"), (Health::Dead, false), "the same definition changes nothing");

    let credential = Some(Secret::new("sk-other".to_owned()));
    world.pool.set(vec![Definition { credential, ..first }], Vec::new());
    assert_eq!(world.health("a"), (Health::Healthy, true));
    late.failed(&Verdict::CredentialRefused, "the old key");
    assert_eq!(
        world.health("a"),
        (Health::Healthy, true),
        "a late answer to the old key says nothing of the new"
    );
}

#[tokio::test]
async fn a_revived_provider_is_probed_once() {
    let world = world(vec![definition("a", "primary")]);
    let name = "a".parse().unwrap();
    world.take("a").failed(&Verdict::CredentialRefused, "");
    assert!(world.pool.revive(&name) && !world.pool.revive(&name));
    let probe = world.take("a");
    assert_eq!(world.health("a"), (Health::Ejected, false));
    probe.succeeded(Duration::ZERO);
    assert_eq!(world.health("a"), (Health::Healthy, true));
}

#[tokio::test]
async fn an_endpoint_without_a_readable_credential_is_dead_and_says_why() {
    let mut sealed = definition("a", "primary");
    sealed.credential_error = Some("sealed for another origin".to_owned());
    let mut broken = definition("b", "primary");
    broken.credential = Some(Secret::new("sk\nx".to_owned()));
    let world = world(vec![sealed, broken]);
    assert_eq!((world.health("a"), world.health("b")), ((Health::Dead, false), (Health::Dead, false)));
    assert_eq!(world.pool.status()[0].reason.as_deref(), Some("sealed for another origin"));
    assert!(!world.pool.status()[1].reason.clone().unwrap().contains("sk"));
}

fn break_down(world: &World, name: &str) {
    for _ in 0..5 {
        world.take(name).failed(&Verdict::Unreachable, "");
        world.pass(2);
    }
}

#[tokio::test]
async fn failures_eject_at_most_half_of_a_pool_and_never_the_last() {
    let pools = [("a", "primary"), ("b", "primary"), ("c", "primary"), ("lone", "fallback")];
    let world = world(pools.map(|(name, pool)| definition(name, pool)).to_vec());
    for name in ["a", "b", "lone"] {
        break_down(&world, name);
    }
    assert_eq!(world.health("a").0, Health::Ejected);
    assert_eq!(world.health("b"), (Health::Degraded, true), "one of three is the most that may be out");
    assert_eq!(world.health("lone"), (Health::Degraded, true));
    world.pass(30);
    world.take("a").failed(&Verdict::ClientError, "");
    assert_eq!(world.health("a"), (Health::Healthy, true), "any answer shows that the server is back");
}

#[tokio::test]
async fn the_operators_changes_reach_candidates_that_were_listed_before() {
    let first = definition("a", "primary");
    let world = world(vec![first.clone()]);
    let listed = world.candidate("a");
    let mut disabled = first.clone();
    disabled.provider.enabled = false;
    world.pool.set(vec![disabled], Vec::new());
    assert!(matches!(world.pool.take(&listed, NO_TOKENS), Err(Unavailable::Changed)));
    assert!(world.pool.candidates(want("m"), &[]).is_empty() && world.pool.models().is_empty());
    assert!(!world.pool.status()[0].enabled);
    world.pool.set(vec![first.clone()], Vec::new());
    assert!(world.pool.take(&listed, NO_TOKENS).is_ok(), "the address and the credential are the same");
    let mut moved = first;
    moved.provider.base_url = "http://elsewhere.test".parse().unwrap();
    world.pool.set(vec![moved], Vec::new());
    assert!(matches!(world.pool.take(&listed, NO_TOKENS), Err(Unavailable::Changed)));
    world.pool.set(Vec::new(), Vec::new());
    assert!(matches!(world.pool.take(&listed, NO_TOKENS), Err(Unavailable::Changed)));
}

#[tokio::test]
async fn what_an_endpoint_learned_stays_when_its_definition_changes_in_other_ways() {
    let first = definition("a", "primary");
    let world = world(vec![first.clone()]);
    let permit = world.take("a");
    permit.succeeded(Duration::from_millis(100));
    permit.failed(&LIMITED, "");
    let mut slower = first;
    slower.provider.rpm = 20;
    world.pool.set(vec![slower], Vec::new());
    let candidate = world.candidate("a");
    assert_eq!((candidate.health, candidate.rpm, candidate.in_flight), (Health::Cooling, 20, 1));
    assert_eq!(candidate.first_byte, Some(Duration::from_millis(100)));
    drop(permit);
    assert_eq!(world.candidate("a").in_flight, 0);
}

#[tokio::test]
async fn a_models_own_limit_leaves_the_providers_other_models_alone() {
    let mut first = definition("a", "primary");
    first.provider.models.insert("other".to_owned(), model());
    let world = world(vec![first]);
    world.take("a").failed(&Verdict::RateLimited { at_least: None, model_only: true }, "");
    assert_eq!(world.health("a"), (Health::Cooling, false));
    assert!(world.pool.candidates(want("other"), &[])[0].available);
    assert_eq!(world.pool.cooldowns()[0].model.as_deref(), Some("m"));
    assert_eq!(world.pool.status()[0].health, Health::Healthy);
}

#[tokio::test]
async fn a_permit_sends_to_its_own_provider_with_its_own_credential() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut first = definition("a", "primary");
    first.provider.base_url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let world = world(vec![first]);
    let permit = world.take("a");
    let serving = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut seen = vec![0; 4096];
        let length = connection.read(&mut seen).await.unwrap();
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&seen[..length]).into_owned()
    };
    let sending = permit.send(http::Method::GET, "/models", http::HeaderMap::new(), bytes::Bytes::new());
    let (seen, answer) = tokio::join!(serving, sending);
    assert_eq!(answer.unwrap().status(), 200);
    assert!(seen.starts_with("GET /v1/models HTTP/1.1\r\n"), "{seen}");
    assert!(
        seen.contains("authorization: Bearer sk-secret\r\n") && !seen.contains("content-length"),
        "{seen}"
    );
}

/// `cargo test --release -p patchbay-pool -- --ignored --nocapture`
#[tokio::test]
#[ignore = "a measurement"]
async fn candidates_and_take_are_cheap() {
    let definitions = ["a", "b", "c", "d"].map(|name| {
        let mut definition = definition(name, "primary");
        definition.provider.rpm = 1_000_000;
        definition
    });
    let clock = Arc::new(patchbay_types::SystemClock::default());
    let pool = Pool::new(PoolConfig::default(), clock, Arc::new(Told::default()));
    pool.set(definitions.to_vec(), Vec::new());
    let measure = |what: &str, act: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        (0..100_000).for_each(|_| act());
        println!("{what}: {:?}", start.elapsed() / 100_000);
    };
    measure("candidates of 4", &mut || drop(std::hint::black_box(pool.candidates(want("m"), &[]))));
    let candidate = &pool.candidates(want("m"), &[])[0];
    measure("take and drop", &mut || drop(std::hint::black_box(pool.take(candidate, NO_TOKENS))));
}
