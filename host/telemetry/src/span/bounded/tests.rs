//! What is left out of a span that is too heavy.

use crate::{Context, Kind, SpanId, TraceId, UnixNanos};

use super::*;

fn span() -> Span {
    let context = Context { trace: TraceId::random(), parent: None, span: SpanId::random(), sampled: true };
    Span::new(&context, "chat", Kind::Server, UnixNanos(1), UnixNanos(2))
}

fn event(bytes: usize) -> Event {
    Event { name: "e".into(), at: UnixNanos(1), attributes: vec![("a".into(), "x".repeat(bytes).into())] }
}

#[test]
fn a_usual_span_stays_as_it_is() {
    let mut usual = span();
    usual.set("gen_ai.request.model", "m".repeat(100));
    usual.set("gen_ai.usage.input_tokens", u64::MAX);
    usual.events.push(event(100));
    let bounded = Bounded::from(usual.clone());
    assert_eq!(bounded.span, usual);
    assert_eq!((bounded.attributes_left_out, bounded.events_left_out), (0, 0));
}

#[test]
fn what_does_not_fit_is_left_out_and_counted() {
    let mut heavy = span();
    heavy.set("first", 1_i64);
    heavy.set("huge", "x".repeat(SPAN_BYTES_MAX));
    heavy.set("texts", vec![String::new(); SPAN_BYTES_MAX / ENTRY_BYTES]);
    heavy.set("last", true);
    heavy.events = vec![event(1), event(SPAN_BYTES_MAX), event(2)];
    let bounded = Bounded::from(heavy);
    let names: Vec<&str> = bounded.span.attributes.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, ["first", "last"]);
    assert_eq!(bounded.span.events, [event(1), event(2)]);
    assert_eq!((bounded.attributes_left_out, bounded.events_left_out), (2, 1));
}

#[test]
fn many_small_ones_have_a_bound_too() {
    let mut heavy = span();
    (0..10_000).for_each(|number: i64| heavy.set("n", number));
    let bounded = Bounded::from(heavy);
    assert!(bounded.span.attributes.len() <= SPAN_BYTES_MAX / ENTRY_BYTES);
    assert_eq!(bounded.span.attributes.len() + bounded.attributes_left_out as usize, 10_000);
}

#[test]
fn names_and_words_are_cut_between_characters() {
    let mut long = span();
    long.name = "é".repeat(NAME_BYTES_MAX).into();
    long.status = Status::Error(format!("x{}", "é".repeat(STATUS_BYTES_MAX)));
    let bounded = Bounded::from(long).span;
    assert_eq!(bounded.name.len(), NAME_BYTES_MAX);
    assert!(matches!(bounded.status, Status::Error(words) if words.len() == STATUS_BYTES_MAX - 1));
}
