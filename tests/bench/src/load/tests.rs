//! The load and the floor, in miniature.

use super::*;
use crate::floor::Floor;
use crate::{listen, upstream};

/// A short load on `target`.
fn order(target: SocketAddr, stream: bool) -> Order {
    Order { target, connections: 2, warm_up_ms: 50, measure_ms: 200, stream, key: None }
}

async fn through_the_floor(stream: bool) -> Outcome {
    let mut roles = JoinSet::new();
    let (listener, upstream) = listen::bind().await.expect("a free port");
    roles.spawn(listen::serve(listener, upstream::answer));
    let (listener, target) = listen::bind().await.expect("a free port");
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
    let (listener, target) = listen::bind().await.expect("a free port");
    drop(listener);
    let outcome = send(order(target, false)).await.expect("a refused connection is an answer");
    assert!((1..=200).contains(&outcome.errors), "{outcome:?}");
    assert!(outcome.complaint.is_some());
}
