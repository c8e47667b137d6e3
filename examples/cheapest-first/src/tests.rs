//! The golden cases, natively.

use patchbay_sdk::log::Level;
use patchbay_sdk::testing;

use super::*;

#[test]
fn every_golden_case_holds() {
    testing::run_cases::<CheapestFirst>("cases");
}

#[test]
fn a_provider_without_prices_is_told_to_the_operator() {
    CheapestFirst::rank(&Request::default(), &[Candidate::default()]).unwrap();
    let lines = testing::logs();
    assert_eq!(
        (lines[0].level, &*lines[0].message),
        (Level::Warn, "request-1: 1 of 1 providers have no prices")
    );
}

#[test]
fn a_price_beyond_all_bounds_does_not_overflow() {
    let candidate =
        Candidate { input_price: Some(u64::MAX), output_price: Some(u64::MAX), ..Candidate::default() };
    assert!(CheapestFirst::rank(&Request::default(), &[candidate]).is_ok());
}
