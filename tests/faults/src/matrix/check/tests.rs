//! The checker can fail: gateways that are made up, over real sockets, of which one is honest and each other sins in
//! one way; and ledgers that are wrong.

mod gateway;

use std::time::Duration;

use super::{Aftermath, Outcome, Seen, aftermath, check};
use crate::client::Client;
use crate::http::Heard;
use crate::matrix::cell::Cell;
use crate::matrix::fault;
use crate::matrix::play::Cast;
use crate::operator::{Counted, Fares};
use crate::script::Script;
use crate::words::{CACHED, COMPLETION, COST_NANO_USD, PROMPT};
use gateway::{Gateway, Sin};

fn cell(name: &str, stream: bool, providers: usize) -> Cell {
    let fault = fault::all().find(|fault| fault.name == name).unwrap();
    // Each has addresses of its own.
    let number = 1000
        + fault::all().position(|other| other.name == name).unwrap() * 4
        + providers
        + usize::from(stream);
    Cell { fault, number, stream, providers }
}

/// What the checker says of a gateway with this sin.
async fn judged(cell: Cell, sin: Sin) -> (Option<Outcome>, Vec<String>) {
    let act = cell.act("http://127.0.0.1:9/");
    let cast = Cast::enter(cell, &act).await.unwrap();
    let addresses = cast.providers.iter().map(|provider| provider.address).collect();
    let gateway = Gateway::start(cell, addresses, sin).await;
    let seen = cast.play(&cell, &Client::new(gateway.address, "key")).await;
    check(&cell, &act, &seen)
}

async fn is_caught(cell: Cell, sin: Sin, word: &str) {
    let (_, wrong) = judged(cell, sin).await;
    assert!(wrong.iter().any(|line| line.contains(word)), "{}: {wrong:?}", cell.title());
}

#[tokio::test]
async fn an_honest_gateway_passes() {
    for (name, stream, providers, expected) in [
        ("500", false, 3, Outcome::Over),
        ("500", true, 1, Outcome::Refused),
        ("429 bare", false, 1, Outcome::Refused),
        ("refused", true, 3, Outcome::Over),
        ("reset in the body", true, 3, Outcome::Broken),
        ("reset in the body", false, 3, Outcome::Over),
        ("stop in the middle of an event", true, 1, Outcome::Broken),
        ("drip", true, 1, Outcome::Whole),
        ("CR and CRLF mixed", true, 3, Outcome::Whole),
        ("gzip good", false, 1, Outcome::Whole),
        ("other 1xx", true, 1, Outcome::Whole),
    ] {
        let cell = cell(name, stream, providers);
        let (outcome, wrong) = judged(cell, Sin::None).await;
        assert_eq!((outcome, wrong), (Some(expected), Vec::new()), "{}", cell.title());
    }
}

#[tokio::test]
async fn a_gateway_that_asks_another_after_the_first_byte_is_caught() {
    is_caught(cell("reset in the body", true, 3), Sin::GoesOnElsewhere, "error event").await;
    is_caught(cell("closed in the body", true, 3), Sin::AsksOthersLate, "after the first byte").await;
}

#[tokio::test]
async fn a_gateway_that_swallows_an_event_is_caught() {
    is_caught(cell("reset in the body", true, 1), Sin::SwallowsAnEvent, "came").await;
    is_caught(cell("malformed SSE lines", true, 1), Sin::SwallowsAnEvent, "came").await;
}

#[tokio::test]
async fn a_gateway_that_tells_an_error_twice_or_not_at_all_is_caught() {
    is_caught(cell("reset in the body", true, 1), Sin::TellsTwice, "exactly one").await;
    is_caught(cell("reset in the body", true, 1), Sin::TellsNothing, "found Whole").await;
    is_caught(cell("reset in the body", true, 1), Sin::CutsOff, "end in order").await;
    is_caught(cell("500", false, 1), Sin::PlainErrors, "application/json").await;
}

#[tokio::test]
async fn a_gateway_that_asks_a_provider_twice_is_caught() {
    is_caught(cell("500", false, 3), Sin::AsksTwice, "expected calls").await;
}

#[tokio::test]
async fn a_gateway_that_tells_the_providers_name_of_the_model_is_caught() {
    is_caught(cell("100-continue", true, 1), Sin::TellsNativeNames, "came").await;
}

#[tokio::test]
async fn an_answer_after_the_deadline_is_caught() {
    let cell = cell("100-continue", false, 1);
    let act = cell.act("");
    let answer = Heard { took: Duration::from_secs(60), ..Heard::default() };
    let (_, wrong) = check(&cell, &act, &Seen { answer, calls: vec![Vec::new()] });
    assert!(wrong[0].contains("within 5s"), "{wrong:?}");
}

/// What is left behind where everything went well.
async fn good_aftermath(cell: &Cell) -> Aftermath {
    let body = cell.for_client(0, &cell.good(0).body);
    let whole = Script::whole("200 OK", "", &body);
    let wire: Vec<u8> = whole.steps.iter().flat_map(sent).collect();
    let next = crate::http::hear(&mut wire.as_slice(), Duration::from_secs(5)).await;
    let usage = vec![row(cell)];
    let fares = vec![Fares { health: "healthy".to_owned(), ..Fares::default() }];
    Aftermath { usage, usage_before: None, fares, quiet: true, next }
}

fn sent(step: &crate::script::Step) -> Vec<u8> {
    match step {
        crate::script::Step::Send(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}

fn row(cell: &Cell) -> Counted {
    Counted {
        provider: cell.provider(0),
        requests: 1,
        prompt: PROMPT,
        completion: COMPLETION,
        cached: CACHED,
        cost_nano_usd: COST_NANO_USD,
        ..Counted::default()
    }
}

#[tokio::test]
async fn what_is_left_behind_is_judged() {
    let cell = cell("drip", false, 1);
    let judge = |after: &Aftermath| aftermath(&cell, &cell.act(""), Outcome::Whole, after);
    assert_eq!(judge(&good_aftermath(&cell).await), Vec::<String>::new());
    let changes: [fn(&mut Aftermath); 7] = [
        |after| after.usage.clear(),
        |after| after.usage[0].requests = 2,
        |after| after.usage[0].cached = 0,
        |after| after.usage[0].cost_nano_usd += 1,
        |after| after.quiet = false,
        |after| after.fares[0].in_flight = 1,
        |after| after.next.body.truncate(1),
    ];
    for change in changes {
        let mut after = good_aftermath(&cell).await;
        change(&mut after);
        assert!(!judge(&after).is_empty());
    }
}

#[tokio::test]
async fn a_rest_that_is_too_short_is_caught() {
    let cell = cell("429 Retry-After seconds", false, 1);
    let mut after = good_aftermath(&cell).await;
    after.usage = vec![Counted { errors: 1, requests: 1, provider: cell.provider(0), ..Counted::default() }];
    after.fares = vec![Fares { health: "cooling".to_owned(), in_flight: 0, cooling_ms: Some(14_500) }];
    let judge = |after: &Aftermath| aftermath(&cell, &cell.act(""), Outcome::Refused, after);
    assert_eq!(judge(&after), Vec::<String>::new());
    after.fares[0].cooling_ms = Some(6_000);
    assert!(judge(&after)[0].contains("rest of at least 15s"));
}
