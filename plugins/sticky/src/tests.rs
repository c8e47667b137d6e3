//! The golden cases, natively, and what must hold over many keys.

use patchbay_sdk::testing;
use serde_json::json;

use super::*;

const KEYS: u64 = 4_000;

#[test]
fn every_golden_case_holds() {
    testing::run_cases::<Sticky>("cases");
}

#[test]
fn removing_one_candidate_moves_only_its_own_keys() {
    let all = named(&["a", "b", "c", "d", "e"]);
    for gone in 0..all.len() {
        let mut rest = all.clone();
        let gone = rest.remove(gone).provider;
        for key in 0..KEYS {
            let before = owner(key, &all);
            assert!(before == gone || before == owner(key, &rest), "key {key} moved from {before}");
        }
    }
}

#[test]
fn adding_one_candidate_takes_keys_for_it_alone() {
    let before = named(&["a", "b", "c"]);
    let after = named(&["a", "b", "c", "new"]);
    for key in 0..KEYS {
        let owner_after = owner(key, &after);
        assert!(owner_after == "new" || owner_after == owner(key, &before), "key {key}");
    }
}

#[test]
fn one_that_is_unavailable_gives_up_its_keys_and_has_them_back_later() {
    let well = named(&["a", "b", "c"]);
    let mut ill = well.clone();
    ill[1] = Candidate { available: false, health: "cooling".into(), ..ill[1].clone() };
    for key in 0..KEYS {
        let (before, meanwhile) = (owner(key, &well), owner(key, &ill));
        assert!(meanwhile != "b" && (before == "b" || before == meanwhile), "key {key}");
    }
}

#[test]
fn the_order_of_the_candidates_does_not_matter() {
    let forward = named(&["a", "b", "c", "d"]);
    let backward: Vec<Candidate> = forward.iter().rev().cloned().collect();
    assert!((0..KEYS).all(|key| owner(key, &forward) == owner(key, &backward)));
}

#[test]
fn keys_spread_evenly_though_they_differ_little() {
    let all = named(&["provider-1", "provider-2", "provider-3", "provider-4"]);
    for step in [1, 2, 1 << 32, 1 << 56] {
        let mut counts = [0_u32; 4];
        for key in 0..KEYS {
            let first = Sticky::rank(&request(key.wrapping_mul(step)), &all).unwrap().order[0];
            counts[first] += 1;
        }
        // Of 256 different keys at the last step, not of 4,000.
        assert!(counts.iter().all(|count| (700..1_300).contains(count)), "step {step}: {counts:?}");
    }
}

#[test]
fn agents_stay_together_and_prompts_do_not_matter() {
    testing::set_config(&json!({ "by": "agent" }));
    let all = named(&["a", "b", "c"]);
    let of = |agent: &str, prefix_hash| {
        let request = Request { agent: agent.into(), prefix_hash, ..Request::default() };
        Sticky::rank(&request, &all).unwrap().order
    };
    assert!((0..100).all(|prefix| of("nightly", prefix) == of("nightly", 0)));
    assert!((0..100).any(|number| of(&format!("agent-{number}"), 0)[0] != of("nightly", 0)[0]));
    testing::set_config(&json!({}));
}

#[test]
fn the_whole_order_is_the_keys_own() {
    let all = named(&["a", "b", "c", "d"]);
    let orders: std::collections::BTreeSet<Vec<usize>> =
        (0..KEYS).map(|key| Sticky::rank(&request(key), &all).unwrap().order).collect();
    assert_eq!(orders.len(), 24, "when the first fails, its keys spread over all others");
}

/// Changing this moves every key of every host.
#[test]
fn weights_never_change() {
    assert_eq!(weight::hash("agent"), 0xd02d_8a15_c0f8_e1e6);
    assert_eq!(weight::of(7, "provider"), 0x8e30_89c4_a767_b5a6);
}

fn named(names: &[&str]) -> Vec<Candidate> {
    names.iter().map(|&name| Candidate { provider: name.into(), ..Candidate::default() }).collect()
}

fn request(prefix_hash: u64) -> Request {
    Request { prefix_hash, ..Request::default() }
}

fn owner(key: u64, candidates: &[Candidate]) -> String {
    let decision = Sticky::rank(&request(key), candidates).unwrap();
    candidates[decision.order[0]].provider.clone()
}
