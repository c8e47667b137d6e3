//! What came of a question, for people and for programs.

use patchbay_runtime::CallFailure;
use serde_json::{Value, json};

use crate::cli::output::printable;
use crate::plugin_tool::sandbox::Asked;

/// Of a call to the host or its answer, in characters.
const SHOWN: usize = 400;

/// One object.
pub fn document(asked: &Asked) -> Value {
    let took_ms = asked.took.as_secs_f64() * 1e3;
    let mut document = json!({
        "calls": calls(asked),
        "log": asked.log,
        "took_ms": (took_ms * 1e3).round() / 1e3,
        "unused": asked.host.unused(),
    });
    let (key, value) = match &asked.result {
        Ok(output) => ("answer", json!(output)),
        Err(CallFailure::Refused(refusal)) => ("refused", json!(refusal)),
        Err(failure) => {
            ("failed", json!({ "class": failure.class().as_str(), "message": failure.to_string() }))
        }
    };
    document[key] = value;
    document
}

/// What was asked of the host, with the answers.
fn calls(asked: &Asked) -> Vec<Value> {
    let exchanges = asked.tape.exchanges.iter();
    exchanges.map(|exchange| json!({ "question": exchange.question, "answer": exchange.answer })).collect()
}

/// Lines: what it asked, what it logged, what it answered.
pub fn words(asked: &Asked) -> String {
    let mut lines = Vec::new();
    for exchange in &asked.tape.exchanges {
        lines.push(format!("asked     {}", short(&json!(exchange.question))));
        lines.push(format!("  got     {}", short(&json!(exchange.answer))));
    }
    lines.extend(asked.log.iter().map(|line| format!("log       {}", printable(line))));
    lines.extend(asked.host.unused().iter().map(|call| format!("unused    {}", short(call))));
    lines.push(match &asked.result {
        Ok(output) => format!("answer    {}", printable(&json!(output).to_string())),
        Err(failure) => format!("failed    {}", printable(&failure.to_string())),
    });
    lines.push(format!("took      {:.1} ms of its own", asked.took.as_secs_f64() * 1e3));
    lines.join("\n")
}

fn short(value: &Value) -> String {
    let text = printable(&value.to_string());
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use patchbay_runtime::ask::{HostAnswer, HostCall, HostReply};
    use patchbay_runtime::exchange::{Output, Receipt};
    use patchbay_runtime::{Exchange, Tape};
    use patchbay_sdk::testing::FakeHost;

    use super::*;

    fn asked() -> Asked {
        let question = HostCall::SecretExists { name: "token".into() };
        let answer = HostAnswer::Ok(HostReply::Flag(true));
        Asked {
            result: Ok(Output::Receipt(Receipt { id: "7".into(), attributes: vec![] })),
            host: FakeHost::new(),
            tape: Tape::new(vec![Exchange { question, answer, at_ms: 0 }]),
            log: ["info: sent".to_owned()].into(),
            took: Duration::from_micros(1_500),
        }
    }

    #[test]
    fn people_see_what_was_asked_logged_and_answered() {
        let expect = "asked     {\"call\":\"secrets.exists\",\"name\":\"token\"}\n  got     {\"ok\":{\"flag\":true}}\n\
            log       info: sent\nanswer    {\"receipt\":{\"attributes\":[],\"id\":\"7\"}}\n\
            took      1.5 ms of its own";
        assert_eq!(words(&asked()), expect);
    }

    #[test]
    fn programs_see_the_same() {
        let document = document(&asked());
        assert_eq!(document["answer"]["receipt"]["id"], "7");
        assert_eq!(document["calls"][0]["answer"], json!({ "ok": { "flag": true } }));
        assert_eq!((&document["took_ms"], &document["log"][0]), (&json!(1.5), &json!("info: sent")));
    }
}
