//! The load and the floor, in miniature.

use std::net::SocketAddr;

use super::*;
use crate::floor::Floor;
use crate::{listen, upstream};

fn recipient(target: SocketAddr) -> Recipient {
    Recipient { target, key: None, headers: Vec::new() }
}

/// A short load on `target`.
fn order(target: SocketAddr, stream: bool) -> Order {
    Order { recipient: recipient(target), connections: 2, warm_up_ms: 50, measure_ms: 200, stream }
}

async fn through_the_floor(stream: bool) -> Outcome {
    let mut roles = JoinSet::new();
    let (listener, upstream) = listen::bind().expect("a free port");
    roles.spawn(listen::serve(listener, upstream::answer));
    let (listener, target) = listen::bind().expect("a free port");
    let floor = Floor::new(upstream).expect("an address is an authority");
    roles.spawn(listen::serve(listener, move |request| floor.clone().forward(request)));
    send(order(target, stream)).await.expect("every request is answered")
}

#[tokio::test]
async fn the_floor_passes_answers_through() {
    let outcome = through_the_floor(false).await;
    assert_eq!((outcome.errors, outcome.complaint.clone()), (0, None));
    assert!(outcome.per_second > 0.0 && outcome.p99_us >= outcome.p50_us, "{outcome:?}");
}

#[tokio::test]
async fn a_stream_begins_before_it_ends() {
    let outcome = through_the_floor(true).await;
    assert_eq!((outcome.errors, outcome.complaint.clone()), (0, None));
    assert!(outcome.first_p50_us < outcome.p50_us, "{outcome:?}");
}

#[tokio::test]
async fn where_nobody_listens_errors_are_counted_and_bounded() {
    let (listener, target) = listen::bind().expect("a free port");
    drop(listener);
    let outcome = send(order(target, false)).await.expect("a refused connection is an answer");
    assert!((1..=200).contains(&outcome.errors), "{outcome:?}");
    assert!(outcome.complaint.is_some());
}

#[tokio::test]
async fn an_open_loop_times_each_request_from_when_it_was_due() {
    let (listener, target) = listen::bind().expect("a free port");
    let mut roles = JoinSet::new();
    roles.spawn(listen::serve(listener, upstream::answer));
    let outcome = open::send(open_order(target)).await.expect("it ends");
    assert_eq!((outcome.answered, outcome.errors, outcome.complaint.clone()), (300, 0, None));
    assert!(outcome.p999_us >= outcome.p99_us && outcome.p99_us >= outcome.p50_us, "{outcome:?}");
    assert!(outcome.p50_us > 0.0, "{outcome:?}");
}

#[tokio::test]
async fn an_open_loop_counts_every_request_that_nobody_answers() {
    let (listener, target) = listen::bind().expect("a free port");
    drop(listener);
    let outcome = open::send(open_order(target)).await.expect("a refused connection is an answer");
    assert_eq!((outcome.answered, outcome.errors), (0, 300));
    assert!(outcome.complaint.is_some());
}

fn open_order(target: SocketAddr) -> open::Order {
    open::Order {
        recipient: recipient(target),
        per_second: 1000,
        warm_up_ms: 100,
        measure_ms: 200,
        trace: None,
    }
}
