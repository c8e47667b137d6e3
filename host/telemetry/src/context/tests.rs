//! `traceparent` read and written, to the letter of the standard.

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn good() -> String {
    format!("00-{TRACE}-{SPAN}-01")
}

fn read(text: &str) -> Option<(String, String, bool)> {
    Caller::read(text).map(|caller| (caller.trace.to_string(), caller.span.to_string(), caller.sampled))
}

#[test]
fn a_callers_ids_and_flag_are_read() {
    assert_eq!(read(&good()), Some((TRACE.to_owned(), SPAN.to_owned(), true)));
    assert_eq!(read(&format!("00-{TRACE}-{SPAN}-00")).map(|read| read.2), Some(false));
}

#[test]
fn of_the_flags_only_the_first_counts() {
    assert_eq!(read(&format!("00-{TRACE}-{SPAN}-ff")).map(|read| read.2), Some(true));
    assert_eq!(read(&format!("00-{TRACE}-{SPAN}-02")).map(|read| read.2), Some(false));
}

#[test]
fn a_later_version_may_say_more_after_a_dash() {
    assert!(read(&format!("01-{TRACE}-{SPAN}-01")).is_some());
    assert!(read(&format!("cc-{TRACE}-{SPAN}-01-what-comes-one-day")).is_some());
    assert_eq!(read(&format!("cc-{TRACE}-{SPAN}-01.what")), None);
    assert_eq!(read(&format!("ff-{TRACE}-{SPAN}-01")), None);
}

#[test]
fn what_is_malformed_is_worth_nothing() {
    let zeros = ("0".repeat(32), "0".repeat(16));
    let wrong = [
        String::new(),
        format!("00-{TRACE}-{SPAN}-01-"),
        format!("00-{TRACE}-{SPAN}-01-more"),
        format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
        format!("00-{}-{SPAN}-01", zeros.0),
        format!("00-{TRACE}-{}-01", zeros.1),
        format!("00-{TRACE}-{SPAN}-0g"),
        format!("0-{TRACE}-{SPAN}-001"),
        format!(" {}", good()),
        format!("{} ", good()),
        format!("00_{TRACE}_{SPAN}_01"),
        format!("00-{}é-{SPAN}-01", &TRACE[2..]),
    ];
    wrong.iter().for_each(|text| assert_eq!(read(text), None, "{text:?}"));
}

#[test]
fn no_cut_and_no_foreign_byte_is_taken_for_a_whole_one() {
    let good = good();
    (0..good.len()).for_each(|end| assert_eq!(read(&good[..end]), None));
    for place in 0..good.len() {
        for byte in ["x", "-", "\0", "+"].into_iter().filter(|byte| &good[place..=place] != *byte) {
            let text = format!("{}{byte}{}", &good[..place], &good[place + 1..]);
            assert_eq!(read(&text), None, "{text:?}");
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    for sampled in [false, true] {
        let context = Context { trace: TraceId::random(), parent: None, span: SpanId::random(), sampled };
        let caller = Caller { trace: context.trace, span: context.span, sampled };
        assert_eq!(Caller::read(&context.traceparent()), Some(caller));
    }
}

#[test]
fn a_child_has_its_parents_trace_and_an_id_of_its_own() {
    let context = Context::below(Caller::read(&good()).unwrap());
    let child = context.child();
    assert_eq!((child.trace, child.parent, child.sampled), (context.trace, Some(context.span), true));
    assert_ne!(child.span, context.span);
}
