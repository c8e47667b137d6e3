//! Bodies that are odd to the eye. What a client can read passes to the byte.

use std::time::Duration;

use serde_json::json;

use super::{Act, Fault, Scene, fault};
use crate::script::Script;
use crate::words::{DONE, EVENTS, JSON, completion, event, finish, role, text, usage};

const LARGE_BYTES: usize = 10 << 20;
const BETWEEN: Duration = Duration::from_millis(2);

pub(super) const FAULTS: [Fault; 8] = [
    fault("malformed SSE lines", |scene| {
        let act = Act::whole(odd_lines(scene));
        // Events that were not asked for may be passed on or not.
        if scene.stream { act } else { act.or_over() }
    }),
    fault("malformed JSON", malformed_json),
    fault("CR and CRLF mixed", line_ends),
    fault("UTF-8 split across chunks", split_utf8),
    fault("a 10 MB line", large_line),
    fault("HTML with 200", |_| {
        let page = "<!doctype html><html><body>Sign in to the network</body></html>";
        Act::whole(Script::whole("200 OK", "Content-Type: text/html\r\n", page)).or_over().unstated()
    }),
    fault("error event first", |scene| error_first(scene, "")),
    fault("error event before the first output", |scene| error_first(scene, &role(scene.model))),
];

fn odd_lines(scene: &Scene<'_>) -> Script {
    Script::chunked(EVENTS)
        .chunk(text(scene.model, "one "))
        .chunk(": a comment\n\nno colon at all\n\ndata\n\nretry: soon\nx-own: \u{1}\n\n")
        .chunk("data: not JSON\n\n\n\n\nevent: odd\nid: \u{fffd}\ndata:{\"a\" :  1}\ndata:  2\n\n")
        .chunk([b"data: \xff\xfe\x00\n\n".as_slice(), finish(scene.model).as_bytes()].concat())
        .chunk(DONE)
        .end()
}

fn malformed_json(scene: &Scene<'_>) -> Act {
    if scene.stream {
        let half = "data: {\"choices\":[{\"delta\":{\"content\":\"two\"}}\n\n";
        let script = Script::chunked(EVENTS).chunk(text(scene.model, "one ")).chunk(half);
        return Act::whole(script.chunk(finish(scene.model)).chunk(DONE).end());
    }
    let body = "{\"id\":\"chatcmpl-1\",\"choices\":[{\"message\":{\"content\":\"one\"}},]";
    Act::whole(Script::whole("200 OK", JSON, body)).or_over().unstated()
}

fn line_ends(scene: &Scene<'_>) -> Act {
    if !scene.stream {
        let body = completion(scene.model, "one").to_string().replace(",\"", "\r\n,\r\"");
        return Act::whole(Script::whole("200 OK", JSON, body + "\r\n"));
    }
    let first = text(scene.model, "one ").replace("\n\n", "\r\n\r\n");
    let second = text(scene.model, "two ").replace("\n\n", "\r\r");
    let third = text(scene.model, "three").replace("\n\n", "\n\r\n");
    let script = Script::chunked(EVENTS).chunk(first).chunk(second).chunk(third);
    Act::whole(script.chunk(finish(scene.model).replace("\n\n", "\r\n\r\n")).chunk(DONE).end())
}

/// Each byte beyond ASCII is a chunk, and a packet, of its own.
fn split_utf8(scene: &Scene<'_>) -> Act {
    const TEXT: &str = "\u{e9}t\u{e9} \u{1f600} \u{65e5}\u{672c}";
    let (begin, split, rest) = match scene.stream {
        true => (Script::chunked(EVENTS), text(scene.model, TEXT), finish(scene.model) + DONE),
        false => {
            (Script::chunked("application/json"), completion(scene.model, TEXT).to_string(), String::new())
        }
    };
    let pieces = split.as_bytes().chunk_by(|one, next| one.is_ascii() && next.is_ascii());
    let script = pieces.fold(begin, |script, piece| script.chunk(piece).wait(BETWEEN));
    Act::whole(if rest.is_empty() { script.end() } else { script.chunk(rest).end() })
}

/// It names no model: a line that long passes as it is.
fn large_line(scene: &Scene<'_>) -> Act {
    let large = "x".repeat(LARGE_BYTES);
    if scene.stream {
        let line =
            event(&json!({"choices": [{"index": 0, "delta": {"content": large}, "finish_reason": null}]}));
        return Act::whole(Script::chunked(EVENTS).chunk(line).chunk(finish(scene.model)).chunk(DONE).end());
    }
    let body = format!("{{\"choices\":[{{\"message\":{{\"content\":\"{large}\"}}}}],\"usage\":{}}}", usage());
    Act::whole(Script::whole("200 OK", JSON, body))
}

fn error_first(scene: &Scene<'_>, before: &str) -> Act {
    let error = json!({"error": {"message": "played", "type": "server_error", "code": null, "param": null}});
    if scene.stream {
        return Act::over(Script::chunked(EVENTS).chunk(before.to_owned() + &event(&error)).end());
    }
    Act::whole(Script::whole("200 OK", JSON, error.to_string())).or_over().unstated()
}
