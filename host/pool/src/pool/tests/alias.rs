//! Names that stand for others, APIs, and requests that name no model.

use super::*;
use crate::{Api, Spread};

fn target(provider: &str, model: &str, weight: u32) -> Target {
    Target { provider: provider.parse().unwrap(), model: model.to_owned(), weight }
}

fn alias(name: &str, targets: Vec<Target>) -> VirtualModel {
    VirtualModel { name: name.to_owned(), targets, spread: Spread::Weights }
}

fn pair() -> World {
    let mut second = definition("b", "fallback");
    second.provider.models.insert("n".to_owned(), Model { reasoning: true, ..Model::new("native-n") });
    second.provider.metadata.insert("region".to_owned(), "eu".to_owned());
    let world = world(Vec::new());
    let targets =
        vec![target("b", "n", 1), target("a", "m", 3), target("gone", "m", 9), target("a", "gone", 9)];
    let aliases = vec![
        alias("fast", targets),
        alias("m", vec![target("b", "n", 1)]),
        alias("none", vec![target("gone", "m", 1)]),
    ];
    world.pool.set(vec![definition("a", "primary"), second], aliases);
    world
}

fn told(candidate: &Candidate) -> BTreeMap<String, String> {
    candidate.attributes().into_owned().into_iter().collect()
}

#[tokio::test]
async fn an_alias_has_the_candidates_of_its_targets() {
    let world = pair();
    let found = world.pool.candidates(want("fast"), &[]);
    let seen: Vec<_> = found
        .iter()
        .map(|candidate| {
            (candidate.provider().as_str(), &*candidate.model, &*candidate.canonical, &*candidate.native_id)
        })
        .collect();
    assert_eq!(seen, [("a", "fast", "m", "native-m"), ("b", "fast", "n", "native-n")]);
    assert_eq!((found[0].weight, found[1].weight), (Some(3), Some(1)));
    assert_eq!(world.pool.models(), ["fast", "m", "n"]);
    assert_eq!((world.pool.spread("fast"), world.pool.spread("m")), (Some(Spread::Weights), None));
    assert_eq!(world.pool.candidates(want("m"), &[]).len(), 2, "the name of a model stays the model's");
    assert!(world.pool.serves("fast") && !world.pool.serves("none"));
}

#[tokio::test]
async fn a_policy_is_told_what_is_not_as_usual() {
    let found = pair().pool.candidates(want("fast"), &[]);
    let expected = [("meta:region", "eu"), ("reasoning", "true"), ("weight", "1")];
    assert_eq!(told(&found[1]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert!(!told(&found[0]).contains_key("reasoning"));
    assert!(std::ptr::eq(&*found[0], &*found[0].clone()));
}

#[tokio::test]
async fn what_an_alias_stands_for_cools_under_its_own_name() {
    let world = pair();
    let candidate = &world.pool.candidates(want("fast"), &[])[1];
    let permit = world.pool.take(candidate, NO_TOKENS).unwrap();
    assert_eq!((&**permit.canonical(), permit.native_id()), ("n", "native-n"));
    permit.failed(&Verdict::RateLimited { at_least: None, model_only: true }, "");
    let cools = |model: &str| {
        world.pool.candidates(want(model), &[]).iter().any(|found| found.health == Health::Cooling)
    };
    assert!(cools("n") && cools("fast") && !cools("m"));
    assert_eq!(world.pool.cooldowns()[0].model.as_deref(), Some("n"));
}

#[tokio::test]
async fn weights_share_out_the_first_place_and_a_seed_always_gives_the_same_order() {
    let world = pair();
    let found = world.pool.candidates(want("fast"), &[]);
    let orders: Vec<_> = (0..40_000).map(|seed| native::rank_weighted(&found, seed)).collect();
    let first = orders.iter().filter(|order| order[0] == 0).count();
    assert!((29_500..30_500).contains(&first), "{first} of 40,000 at three to one");
    assert!(orders.iter().all(|order| order.len() == 2));
    assert_eq!(native::rank_weighted(&found, 7), native::rank_weighted(&found, 7));
    let tried = [found[0].id().clone()];
    assert_eq!(native::rank_weighted(&world.pool.candidates(want("fast"), &tried), 7), [1]);
}

#[tokio::test]
async fn those_that_are_left_keep_their_order_when_one_is_gone() {
    let names: Vec<String> = (0..9).map(|number| format!("p{number}")).collect();
    let world = world(names.iter().map(|name| definition(name, "primary")).collect());
    for seed in 0..200 {
        let before = native::rank_weighted(&world.pool.candidates(want("m"), &[]), seed);
        let candidates = world.pool.candidates(want("m"), &[]);
        let tried = [candidates[before[0]].id().clone()];
        let after = native::rank_weighted(&world.pool.candidates(want("m"), &tried), seed);
        assert_eq!(before[1..], after);
    }
}

#[tokio::test]
async fn only_providers_that_speak_what_is_asked_are_candidates() {
    let mut claude = definition("c", "primary");
    claude.provider.api = Api::AnthropicMessages;
    let world = world(vec![definition("a", "primary"), claude]);
    let of = |apis: &[Api]| world.pool.candidates(Wanted { apis, ..want("m") }, &[]).len();
    let messages = [Api::AnthropicMessages];
    assert_eq!((of(&Api::ALL), of(&messages), of(&[Api::OpenaiResponses])), (2, 1, 0));
    assert!(world.pool.speaks("m", &messages) && !world.pool.speaks("m", &[Api::OpenaiResponses]));
    assert_eq!(
        world.pool.earliest(Wanted { apis: &[Api::OpenaiResponses], ..want("m") }),
        Duration::from_secs(600)
    );
    let permit = world.take("c");
    assert_eq!((permit.api(), permit.asks_usage(), permit.keeps_native_model()), (messages[0], true, false));
}

#[tokio::test]
async fn a_request_without_a_model_may_go_to_anyone() {
    let mut disabled = definition("d", "primary");
    disabled.provider.enabled = false;
    let mut empty = definition("e", "fallback");
    empty.provider.models.clear();
    let world = world(vec![empty, disabled, definition("a", "primary")]);
    let found = world.pool.anyone(&Api::ALL, &[]);
    let seen: Vec<_> =
        found.iter().map(|candidate| (candidate.provider().as_str(), &*candidate.model)).collect();
    assert_eq!((seen, &*found[0].native_id), (vec![("a", ""), ("e", "")], ""));
    assert!(!world.pool.serves("") && world.pool.models() == ["m"]);
    assert_eq!(world.pool.earliest(want("")), Duration::ZERO);
    let permit = world.pool.take(&found[1], NO_TOKENS).unwrap();
    permit.failed(&Verdict::RateLimited { at_least: None, model_only: true }, "for this model");
    assert_eq!(world.pool.cooldowns()[0].model, None, "nobody can tell which model was meant");
}
