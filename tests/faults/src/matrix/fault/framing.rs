//! Answers that are framed wrongly, or oddly.

use std::time::Duration;

use super::{Act, Fault, Scene, fault};
use crate::script::{Script, Step};
use crate::words::{DONE, EVENTS, JSON, completion, finish, good, role, text};

const SETTLE: Duration = Duration::from_millis(100);
/// As many bytes are announced beside those that come.
const TOO_MANY: usize = 100;

pub(super) const FAULTS: [Fault; 6] = [
    fault("Content-Length too large", too_large),
    fault("Content-Length too small", too_small),
    fault("bad chunk sizes", bad_chunks),
    fault("100-continue", |scene| {
        Act::whole(prefixed("HTTP/1.1 100 Continue\r\n\r\n", good(scene.model, scene.stream)))
    }),
    fault("other 1xx", |scene| {
        let interim =
            "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
        Act::whole(prefixed(interim, good(scene.model, scene.stream)))
    }),
    fault("headers of 100 KiB", |scene| {
        let fields: String = (0..50).map(|n| format!("X-Large-{n}: {}\r\n", "x".repeat(2048))).collect();
        let body = good(scene.model, scene.stream).body;
        let kind = if scene.stream { EVENTS } else { "application/json" };
        Act::whole(Script::whole("200 OK", &format!("Content-Type: {kind}\r\n{fields}"), body)).or_over()
    }),
];

fn prefixed(before: &str, mut script: Script) -> Script {
    script.steps.insert(0, Step::Send(before.as_bytes().into()));
    script
}

fn fields(scene: &Scene<'_>) -> String {
    if scene.stream { format!("Content-Type: {EVENTS}\r\n") } else { JSON.to_owned() }
}

fn body(scene: &Scene<'_>) -> String {
    match scene.stream {
        true => role(scene.model) + &text(scene.model, "one ") + &finish(scene.model) + DONE,
        false => completion(scene.model, "one").to_string(),
    }
}

/// A stream has said all that there is, `[DONE]` included: nothing may follow that. JSON is not whole.
fn too_large(scene: &Scene<'_>) -> Act {
    let body = body(scene);
    let length = body.len() + TOO_MANY;
    let head = Script::head("200 OK", &format!("{}Content-Length: {length}\r\n", fields(scene)));
    let script = head.plain(body).wait(SETTLE).then(Step::Close);
    if scene.stream { Act::whole(script) } else { Act::over(script) }
}

/// What lies beyond the length belongs to nobody, least of all to the next request.
fn too_small(scene: &Scene<'_>) -> Act {
    let body = body(scene);
    let length = match scene.stream {
        true => role(scene.model).len() + text(scene.model, "one ").len() + 20,
        false => body.len() / 2,
    };
    let head = Script::head("200 OK", &format!("{}Content-Length: {length}\r\n", fields(scene)));
    let (inside, beyond) = body.split_at(length);
    let script = head.plain(inside).wire(beyond);
    if scene.stream { Act::broken(script) } else { Act::whole(script).or_over().unstated() }
}

fn bad_chunks(scene: &Scene<'_>) -> Act {
    if scene.stream {
        let begun = Script::chunked(EVENTS).chunk(role(scene.model)).chunk(text(scene.model, "one "));
        return Act::broken(begun.wait(SETTLE).wire("zz\r\ndata: x\r\n"));
    }
    Act::over(Script::chunked("application/json").chunk("{").wait(SETTLE).wire("-5\r\n\"a\":1\r\n"))
}
