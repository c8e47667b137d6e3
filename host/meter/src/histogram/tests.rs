//! Classes and shares.

use super::*;

fn of(times: &[u64]) -> Histogram {
    times.iter().copied().collect()
}

#[test]
fn a_time_at_the_end_of_a_class_belongs_to_it() {
    let counts: Vec<u64> = of(&[0, 10, 11, 600_000, 600_001, u64::MAX]).classes().map(|(_, n)| n).collect();
    assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    assert_eq!(Histogram::default().classes().last(), Some((None, 0)));
}

#[test]
fn a_share_lies_in_the_class_that_holds_it() {
    let check = |times: &[u64], share: f64, expect: Option<f64>| {
        assert_eq!(of(times).quantile(share), expect, "{share} of {times:?}");
    };
    check(&[], 0.5, None);
    check(&[7], 0.5, Some(5.0));
    check(&[7], 1.0, Some(10.0));
    check(&[5, 5, 5, 80], 0.5, Some(10.0 * 2.0 / 3.0));
    check(&[5, 80, 80], 1.0, Some(100.0));
    check(&[700_000], 0.5, Some(600_000.0));
    check(&[5, 80], 7.0, Some(100.0));
    check(&[80], -1.0, Some(50.0));
    let mut full = of(&[5, 80, 700]);
    (0..80).for_each(|_| full.merge(&full.clone()));
    assert!(full.quantile(1.0).is_some_and(|ms| ms <= 1_000.0), "{full:?}");
}
