//! One key's requests, one after the other; `threads` has them all at once.

mod threads;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::Period;

/// 2026-11-21T00:00:00Z.
const START: Timestamp = Timestamp(1_795_219_200_000);

fn at(ms: u64) -> Now {
    let since = Duration::from_millis(ms);
    Now { monotonic: Monotonic(since), wall: START + since }
}

fn usd(amount: u64) -> NanoUsd {
    NanoUsd(amount * NanoUsd::PER_USD)
}

fn account(limits: Limits) -> Arc<Account> {
    limits.check().unwrap();
    Arc::new(Account::new(limits))
}

/// Of all limits, none is near.
fn wide() -> Limits {
    Limits {
        rpm: Some(1_000),
        tpm: Some(100_000),
        concurrency: Some(100),
        usd_per_day: Some(usd(100)),
        usd_per_month: Some(usd(1_000)),
    }
}

#[test]
fn a_whole_minute_of_requests_may_come_at_once() {
    let account = account(Limits { rpm: Some(60), ..Limits::default() });
    let stays: Vec<Stay> = (0..60).map(|_| account.enter(at(0)).unwrap()).collect();
    drop(stays);
    let refused = account.enter(at(48_000)).unwrap_err();
    assert_eq!(refused, Exceeded::Requests { limit: 60, retry_after: Duration::from_secs(12) });
    assert_eq!(
        (account.status(at(48_000)).requests, account.status(at(48_000)).in_flight),
        (60, 0),
        "a refused request is not counted"
    );
    assert!(account.enter(at(60_000)).is_ok());
}

#[test]
fn one_leaves_and_the_next_may_come() {
    let account = account(Limits { concurrency: Some(2), ..Limits::default() });
    let first = account.enter(at(0)).unwrap();
    let _second = account.enter(at(0)).unwrap();
    let refused = account.enter(at(0)).unwrap_err();
    assert_eq!(refused, Exceeded::Concurrency { limit: 2, retry_after: Duration::from_secs(1) });
    assert_eq!(account.status(at(0)).requests, 2, "a refused request is not counted");
    drop(first);
    assert!(account.enter(at(0)).is_ok());
}

#[test]
fn a_request_that_failed_before_it_used_anything_costs_nothing() {
    let account = account(wide());
    let mut stay = account.enter(at(0)).unwrap();
    stay.reserve(Tokens(500), usd(3), at(0)).unwrap();
    let status = account.status(at(0));
    assert_eq!((status.tokens, status.reserved, status.in_flight), (Tokens(500), usd(3), 1));
    drop(stay);
    assert_eq!(account.status(at(0)), AccountStatus { requests: 1, ..AccountStatus::default() });
}

#[test]
fn another_price_replaces_what_was_set_aside() {
    let account = account(Limits { usd_per_day: Some(usd(5)), tpm: Some(1_000), ..wide() });
    let mut stay = account.enter(at(0)).unwrap();
    stay.reserve(Tokens(900), usd(4), at(0)).unwrap();
    stay.reserve(Tokens(950), usd(5), at(0)).unwrap();
    let status = account.status(at(0));
    assert_eq!((status.tokens, status.reserved), (Tokens(950), usd(5)));
    assert!(stay.reserve(Tokens(1), usd(6), at(0)).is_err());
    let status = account.status(at(0));
    assert_eq!((status.tokens, status.reserved), (Tokens(0), usd(0)), "a refused one has nothing set aside");
}

#[test]
fn the_truth_takes_the_place_of_the_estimate_and_further_attempts_add() {
    let account = account(wide());
    let mut stay = account.enter(at(0)).unwrap();
    stay.reserve(Tokens(500), usd(3), at(0)).unwrap();
    stay.settle(Tokens(100), usd(1), at(1_000));
    stay.settle(Tokens(700), usd(2), at(2_000));
    stay.reserve(Tokens(50), usd(9), at(3_000)).unwrap();
    let status = account.status(at(3_000));
    assert_eq!((status.tokens, status.spent_today, status.reserved), (Tokens(850), usd(3), usd(9)));
    stay.settle(Tokens(40), usd(8), at(4_000));
    drop(stay);
    let status = account.status(at(4_000));
    assert_eq!((status.tokens, status.spent_today, status.reserved), (Tokens(840), usd(11), usd(0)));
    assert_eq!((status.spent_this_month, status.in_flight), (usd(11), 0));
}

#[test]
fn tokens_beyond_the_limit_wait_and_set_no_money_aside() {
    let account = account(Limits { tpm: Some(1_000), ..wide() });
    let (mut first, mut second) = (account.enter(at(0)).unwrap(), account.enter(at(0)).unwrap());
    first.reserve(Tokens(900), usd(1), at(0)).unwrap();
    let refused = second.reserve(Tokens(200), usd(1), at(11_000)).unwrap_err();
    let retry_after = Duration::from_secs(50);
    assert_eq!(
        refused,
        Exceeded::Tokens { limit: 1_000, used: Tokens(900), needs: Tokens(200), retry_after }
    );
    assert_eq!((refused.retry_after(), account.status(at(11_000)).reserved), (retry_after, usd(1)));
    first.settle(Tokens(10), usd(1), at(11_000));
    assert_eq!(second.reserve(Tokens(200), usd(1), at(11_000)), Ok(()));
}

#[test]
fn what_was_spent_before_the_start_counts() {
    let account = account(Limits { usd_per_day: Some(usd(5)), ..Limits::default() });
    account.restore(START, usd(4), at(0));
    account.restore(Timestamp(START.0 - 1), usd(50), at(0));
    assert_eq!(account.status(at(0)).spent_this_month, usd(54));
    let mut stay = account.enter(at(0)).unwrap();
    assert_eq!(
        stay.reserve(Tokens(1), usd(2), at(0)).unwrap_err().to_string(),
        "this key may spend 5 USD a day: 4 are spent, 0 set aside for requests that run, and this one may cost up \
         to 2; the next day begins in 1 d (UTC)"
    );
}

#[test]
fn a_request_of_yesterday_settles_today() {
    const DAY: u64 = 86_400_000;
    let account = account(wide());
    let mut stay = account.enter(at(DAY - 1)).unwrap();
    stay.reserve(Tokens(1), usd(2), at(DAY - 1)).unwrap();
    stay.settle(Tokens(1), usd(1), at(DAY));
    let status = account.status(at(DAY));
    assert_eq!((status.spent_today, status.spent_this_month), (usd(1), usd(1)));
}

#[test]
fn a_limit_that_is_set_later_knows_of_the_last_minute() {
    let account = account(Limits { concurrency: Some(100), ..Limits::default() });
    let mut stays: Vec<Stay> = (0..20).map(|_| account.enter(at(0)).unwrap()).collect();
    stays.iter_mut().for_each(|stay| stay.settle(Tokens(10), usd(1), at(0)));
    let limits = Limits { rpm: Some(20), tpm: Some(200), usd_per_day: Some(usd(20)), ..Limits::default() };
    account.set_limits(limits, at(1).monotonic);
    assert_eq!(account.limits(), limits);
    assert!(matches!(account.enter(at(1)), Err(Exceeded::Requests { limit: 20, .. })));
    let first = stays.first_mut().unwrap();
    assert!(matches!(first.reserve(Tokens(1), usd(0), at(1)), Err(Exceeded::Tokens { .. })));
    let budget = first.reserve(Tokens(0), usd(1), at(1)).unwrap_err();
    assert!(matches!(budget, Exceeded::Budget { per: Period::Day, .. }), "{budget}");
}

#[test]
fn limits_come_and_go_while_requests_run() {
    let account = account(Limits::default());
    let mut before = account.enter(at(0)).unwrap();
    before.reserve(Tokens(10), usd(1), at(0)).unwrap();
    account.set_limits(wide(), at(0).monotonic);
    account.restore(START, usd(7), at(0));
    before.settle(Tokens(10), usd(1), at(0));
    let mut during = account.enter(at(0)).unwrap();
    during.reserve(Tokens(5), usd(2), at(0)).unwrap();
    drop(before);
    let status = account.status(at(0));
    assert_eq!((status.in_flight, status.spent_today, status.reserved), (1, usd(8), usd(2)));
    account.set_limits(Limits::default(), at(0).monotonic);
    assert_eq!(account.status(at(0)), AccountStatus::default());
    drop(during);
    account.set_limits(wide(), at(0).monotonic);
    let status = account.status(at(0));
    assert_eq!((status.in_flight, status.spent_today, status.reserved), (0, usd(0), usd(0)));
}

#[test]
fn a_request_from_before_the_limits_leaves_the_others_counted() {
    let account = account(Limits::default());
    let mut before = account.enter(at(0)).unwrap();
    account.set_limits(wide(), at(0).monotonic);
    let _other = account.enter(at(0)).unwrap();
    before.reserve(Tokens(10), usd(1), at(0)).unwrap();
    assert_eq!(account.status(at(0)).reserved, usd(1));
    drop(before);
    let status = account.status(at(0));
    assert_eq!((status.in_flight, status.tokens, status.reserved), (1, Tokens(0), usd(0)));
}

#[test]
fn a_key_without_limits_takes_no_lock() {
    let account = account(Limits::default());
    let (done, told) = mpsc::channel();
    let held = account.lock();
    let requests = thread::spawn({
        let account = Arc::clone(&account);
        move || {
            let mut stay = account.enter(at(0)).unwrap();
            stay.reserve(Tokens(u64::MAX), usd(1), at(0)).unwrap();
            stay.settle(Tokens(u64::MAX), usd(1), at(0));
            drop(stay);
            done.send(account.status(at(0))).unwrap();
        }
    });
    let status = told.recv_timeout(Duration::from_secs(10));
    drop(held);
    requests.join().unwrap();
    assert_eq!(status, Ok(AccountStatus::default()));
}
