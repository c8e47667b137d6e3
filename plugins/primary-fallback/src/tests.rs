//! The golden cases, natively.

use patchbay_sdk::testing;

use super::*;

#[test]
fn every_golden_case_holds() {
    testing::run_cases::<PrimaryFallback>("cases");
}

#[test]
fn the_reason_names_the_pool_that_was_chosen() {
    let candidate = Candidate { pool: "paid".into(), requests_left: 7, ..Candidate::default() };
    let decision = PrimaryFallback::rank(&Request::default(), &[candidate]).unwrap();
    assert_eq!(decision.reason, "pool paid, 7 requests left");
}

#[test]
fn equal_candidates_keep_the_hosts_order() {
    let candidates = vec![Candidate::default(); 5];
    let decision = PrimaryFallback::rank(&Request::default(), &candidates).unwrap();
    assert_eq!(decision.order, [0, 1, 2, 3, 4]);
}
