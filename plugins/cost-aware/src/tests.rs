//! The golden cases, natively, and the arithmetic at its ends.

use patchbay_sdk::testing;

use super::*;

#[test]
fn every_golden_case_holds() {
    testing::run_cases::<CostAware>("cases");
}

#[test]
fn no_price_overflows() {
    let dear = priced("dear", Some(u64::MAX), Some(u64::MAX));
    let cheap = priced("cheap", Some(1), Some(1));
    let request = Request { body_bytes: u64::MAX, max_tokens: Some(u64::MAX), ..Request::default() };
    assert_eq!(CostAware::rank(&request, &[dear, cheap]).unwrap().order, [1, 0]);
}

#[test]
fn the_reason_says_what_it_costs_and_who_was_left_out() {
    let request = Request { body_bytes: 4_000_000, max_tokens: Some(0), ..Request::default() };
    let small = with_room("small", "100");
    let decision = CostAware::rank(&request, &[small, priced("a", Some(3_000), None)]).unwrap();
    assert_eq!(decision.reason, "about 3000 nano-USD; 1 cannot take it, 0 too dear");
    assert_eq!(decision.order, [1]);
}

#[test]
fn among_equals_the_hosts_order_is_kept() {
    let candidates = vec![priced("same", Some(1), Some(1)); 5];
    assert_eq!(CostAware::rank(&Request::default(), &candidates).unwrap().order, [0, 1, 2, 3, 4]);
}

#[test]
fn nobody_at_all_is_an_empty_order() {
    let decision = CostAware::rank(&Request::default(), &[]).unwrap();
    assert!(decision.order.is_empty());
    assert_eq!(decision.reason, "no candidate is available; 0 cannot take it, 0 too dear");
}

#[test]
fn a_room_that_is_no_number_limits_nothing() {
    let decision = CostAware::rank(&Request::default(), &[with_room("odd", "lots")]).unwrap();
    assert_eq!(decision.order, [0]);
}

fn priced(provider: &str, input_price: Option<u64>, output_price: Option<u64>) -> Candidate {
    Candidate { provider: provider.into(), input_price, output_price, ..Candidate::default() }
}

fn with_room(provider: &str, tokens: &str) -> Candidate {
    let attributes = vec![("context-tokens".to_owned(), tokens.to_owned())].into();
    Candidate { provider: provider.into(), attributes, ..Candidate::default() }
}

#[test]
fn what_is_not_set_is_as_the_manifest_says() {
    let manifest = include_str!("../plugin.toml");
    let table = manifest.split("[config.schema.properties.completion_tokens]").nth(1).unwrap();
    let line = table.lines().find_map(|line| line.strip_prefix("default = ")).unwrap();
    assert_eq!(line, Settings::default().completion_tokens.to_string());
}
