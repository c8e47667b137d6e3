//! What the client got: to the byte what a provider sent, or one error in the right shape.

use serde_json::Value;

use super::{Outcome, Seen};
use crate::http::Heard;
use crate::matrix::cell::Cell;
use crate::matrix::fault::Act;

/// Around the first byte that differs as much is shown.
const SHOWN_BYTES: usize = 60;

/// # Errors
/// The answer is none of those that are allowed.
pub(super) fn outcome(cell: &Cell, act: &Act, seen: &Seen) -> Result<Outcome, String> {
    let found =
        classify(cell, act, seen).map_err(|what| format!("expected {}: {what}", expected(cell, act)))?;
    let allowed = match found {
        Outcome::Over => act.allowed.over,
        Outcome::Refused => act.allowed.over && cell.providers == 1,
        Outcome::Whole => act.allowed.whole,
        Outcome::Broken => act.allowed.broken,
    };
    let shown = || format!("expected {}, found {found:?}: {}", expected(cell, act), seen.answer.shown());
    if allowed { Ok(found) } else { Err(shown()) }
}

fn expected(cell: &Cell, act: &Act) -> String {
    let over = if cell.providers == 1 { "one JSON error" } else { "another provider's answer" };
    let ways = [
        (act.allowed.over, over),
        (act.allowed.whole, "the answer as it is"),
        (act.allowed.broken, "what came before the fault and one error event"),
    ];
    ways.iter().filter(|(may, _)| *may).map(|(_, way)| *way).collect::<Vec<_>>().join(" or ")
}

fn classify(cell: &Cell, act: &Act, seen: &Seen) -> Result<Outcome, String> {
    let answer = &seen.answer;
    if !answer.is_whole() {
        return Err(format!("the answer does not end in order: {}", answer.shown()));
    }
    if answer.status() != 200 {
        return refusal(act, answer).map(|()| Outcome::Refused);
    }
    let asked_others = seen.calls.iter().skip(1).any(|calls| !calls.is_empty());
    if asked_others {
        let good = cell.for_client(1, &cell.good(1).body);
        return same(&answer.body, &good).map(|()| Outcome::Over);
    }
    let sent = cell.for_client(0, &act.script.body);
    match same(&answer.body, &sent) {
        Ok(()) => Ok(Outcome::Whole),
        Err(_) if act.allowed.broken => broken(&answer.body, &sent).map(|()| Outcome::Broken),
        Err(difference) => Err(difference),
    }
}

/// One error in OpenAI's shape, said to be JSON; for a rest, with the word and the time that clients wait for.
fn refusal(act: &Act, answer: &Heard) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("an error has {what}; found {}", answer.shown()));
    if !(500..=504).contains(&answer.status()) {
        return wrong("a status that lays it at the provider, 500 to 504");
    }
    if !answer.header("content-type").starts_with("application/json") {
        return wrong("the content type application/json");
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if !is_error(&body) {
        return wrong("a body {\"error\":{message, type, code, param}}");
    }
    let waits = answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0);
    if act.rests.is_some() && (body["error"]["type"] != "AllPoolsExhausted" || !waits) {
        return wrong("the type AllPoolsExhausted and a Retry-After");
    }
    Ok(())
}

fn is_error(body: &Value) -> bool {
    let error = &body["error"];
    let text = |name: &str| error[name].as_str().is_some_and(|text| !text.is_empty());
    text("message") && text("type") && ["code", "param"].iter().all(|name| error.get(name).is_some())
}

/// Every whole event that was sent, perhaps the beginning of the next, and then exactly one error event.
fn broken(found: &[u8], sent: &[u8]) -> Result<(), String> {
    let whole = sent.windows(2).rposition(|pair| pair == b"\n\n").map_or(0, |at| at + 2);
    let shared = found.iter().zip(sent).take_while(|(one, other)| one == other).count();
    if shared < whole {
        return same(found, sent);
    }
    let rest = String::from_utf8_lossy(found.get(shared..).unwrap_or_default()).into_owned();
    // The half of an event that was sent may share its first letters with the error event.
    let rest = match rest.starts_with(['d', 'e', '\n', '\r']) {
        true => rest,
        false => String::from_utf8_lossy(found.get(whole..).unwrap_or_default()).into_owned(),
    };
    if is_error_event(&rest) {
        return Ok(());
    }
    Err(format!("after what was sent, expected exactly one well-formed error event, found {rest:?}"))
}

fn is_error_event(text: &str) -> bool {
    let text = text.trim_start_matches(['\n', '\r']);
    let text = text.strip_prefix("event: error\n").unwrap_or(text);
    let data = text.strip_prefix("data: ").and_then(|text| text.strip_suffix("\n\n"));
    let one = data.filter(|data| !data.contains('\n'));
    one.is_some_and(|data| serde_json::from_str(data).is_ok_and(|data: Value| is_error(&data)))
}

/// # Errors
/// Where they begin to differ.
fn same(found: &[u8], expected: &[u8]) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let at = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let from = at.saturating_sub(SHOWN_BYTES / 2);
    let shown = |bytes: &[u8]| {
        let end = bytes.len().min(at + SHOWN_BYTES / 2);
        String::from_utf8_lossy(bytes.get(from..end).unwrap_or_default()).into_owned()
    };
    Err(format!(
        "of {} bytes that were sent came {}; at byte {at} expected {:?}, found {:?}",
        expected.len(),
        found.len(),
        shown(expected),
        shown(found)
    ))
}
