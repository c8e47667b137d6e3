//! The golden cases, natively, and the choice over many requests.

use patchbay_sdk::testing;

use super::*;

#[test]
fn every_golden_case_holds() {
    testing::run_cases::<LeastLatency>("cases");
}

#[test]
fn the_same_request_gets_the_same_decision() {
    let candidates = vec![measured(100.0), measured(120.0), measured(90.0)];
    assert_eq!(LeastLatency::rank(&request(7), &candidates), LeastLatency::rank(&request(7), &candidates));
}

#[test]
fn the_slowest_of_three_is_never_chosen_and_the_fastest_most() {
    let chosen = chosen(&[measured(100.0), measured(200.0), measured(300.0)]);
    assert_eq!(chosen[2], 0);
    assert!((1_800..2_200).contains(&chosen[0]), "two of three pairs hold the fastest: {chosen:?}");
}

#[test]
fn requests_spread_over_equal_providers() {
    let chosen = chosen(&[measured(100.0), measured(100.0), measured(100.0), measured(100.0)]);
    assert!(chosen.iter().all(|count| (650..850).contains(count)), "of 3,000: {chosen:?}");
}

#[test]
fn the_two_picks_differ_and_are_in_range() {
    for count in 2..20 {
        for number in 0..200 {
            let (one, other) = two_of(count, &request(number).id);
            assert!(one < count && other < count && one != other, "{count}: {one}, {other}");
        }
    }
}

#[test]
fn among_the_unknown_the_one_with_fewer_in_flight_is_tried() {
    let busy = Candidate { in_flight: 3, ..Candidate::default() };
    assert!(load(&Candidate::default()) < load(&busy));
}

fn measured(first_byte_ms: f64) -> Candidate {
    Candidate { first_byte_ms: Some(first_byte_ms), ..Candidate::default() }
}

fn request(number: u32) -> Request {
    Request { id: format!("request-{number}"), ..Request::default() }
}

/// How often each was ranked first in 3,000 requests.
fn chosen(candidates: &[Candidate]) -> Vec<u32> {
    let mut counts = vec![0; candidates.len()];
    for number in 0..3_000 {
        counts[LeastLatency::rank(&request(number), candidates).unwrap().order[0]] += 1;
    }
    counts
}
