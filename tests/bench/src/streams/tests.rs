//! A few streams, in miniature.

use std::net::SocketAddr;

use tokio::task::JoinSet;

use super::client::{self, Order};
use super::tally::Outcome;
use crate::floor::Floor;
use crate::load::Recipient;
use crate::{listen, paced, upstream};

fn order(target: SocketAddr) -> Order {
    let recipient = Recipient { target, key: None, headers: Vec::new() };
    Order { recipient, count: 20, per_second: 1000, first_ms: 20, gap_ms: 10, events: 10 }
}

async fn through_the_floor(roles: &mut JoinSet<anyhow::Result<()>>) -> Outcome {
    let (listener, upstream) = listen::bind().expect("a free port");
    roles.spawn(listen::serve(listener, paced::answer));
    let (listener, target) = listen::bind().expect("a free port");
    let floor = Floor::new(upstream).expect("an address is an authority");
    roles.spawn(listen::serve(listener, move |request| floor.clone().forward(request)));
    client::open(order(target)).await.expect("every stream ends")
}

#[tokio::test]
async fn every_stream_comes_whole_through_the_floor() {
    let outcome = through_the_floor(&mut JoinSet::new()).await;
    assert_eq!((outcome.good, outcome.errors, outcome.complaint.clone()), (20, 0, None));
    assert!(outcome.events > 0 && outcome.delay_p50_us > 0.0, "{outcome:?}");
    assert!(outcome.first_p99_us < 1e6 && outcome.first_p50_us > 0.0, "{outcome:?}");
}

#[tokio::test]
async fn an_answer_of_other_bytes_is_an_error() {
    let mut roles = JoinSet::new();
    let (listener, target) = listen::bind().expect("a free port");
    roles.spawn(listen::serve(listener, upstream::answer));
    let outcome = client::open(order(target)).await.expect("every stream ends");
    assert_eq!((outcome.good, outcome.errors), (0, 20));
    assert!(outcome.complaint.is_some_and(|complaint| complaint.contains("events")));
}
