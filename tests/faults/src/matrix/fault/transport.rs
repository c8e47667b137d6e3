//! Connections that break, stop or drip.

use std::time::Duration;

use super::{Act, Fault, Scene, fault};
use crate::script::{Script, Step};
use crate::words::{DONE, EVENTS, JSON, completion, finish, role, text};

/// What was sent has to be read before the connection goes, or it is another fault.
const SETTLE: Duration = Duration::from_millis(100);
const DRIP: Duration = Duration::from_millis(1);

pub(super) const FAULTS: [Fault; 12] = [
    fault("reset before headers", |_| Act::over(Script::default().wait(SETTLE).then(Step::Reset))),
    fault("closed before headers", |_| Act::over(Script::default().wait(SETTLE).then(Step::Close))),
    fault("reset inside headers", |_| {
        Act::over(Script::raw("HTTP/1.1 200 OK\r\nContent-T").wait(SETTLE).then(Step::Reset))
    }),
    fault("reset before the first output", |scene| Act::over(opening(scene).wait(SETTLE).then(Step::Reset))),
    fault("reset in the body", |scene| interrupted(scene, |script| script.wait(SETTLE).then(Step::Reset))),
    fault("closed in the body", |scene| interrupted(scene, |script| script.wait(SETTLE).then(Step::Close))),
    fault("stop in the middle of an event", stop_inside),
    fault("reset after usage before [DONE]", reset_after_usage),
    fault("drip", drip),
    fault("stall before headers", |_| Act::over(Script::default().then(Step::Stall))),
    fault("stall before the first output", |scene| Act::over(opening(scene).then(Step::Stall))),
    fault("stall in the body", |scene| interrupted(scene, |script| script.then(Step::Stall))),
];

/// Headers, and of the body nothing that a client could use.
fn opening(scene: &Scene<'_>) -> Script {
    match scene.stream {
        true => Script::chunked(EVENTS).chunk(role(scene.model)),
        false => Script::chunked("application/json").chunk("{"),
    }
}

/// A stream that has begun, or half of a JSON answer, and then this.
fn interrupted(scene: &Scene<'_>, then: impl FnOnce(Script) -> Script) -> Act {
    let begun = begun(scene);
    match scene.stream {
        true => Act::broken(then(begun)),
        false => Act::over(then(begun)),
    }
}

fn begun(scene: &Scene<'_>) -> Script {
    match scene.stream {
        true => Script::chunked(EVENTS).chunk(role(scene.model)).chunk(text(scene.model, "one ")),
        false => Script::chunked("application/json").chunk(half(scene)),
    }
}

fn half(scene: &Scene<'_>) -> String {
    let whole = completion(scene.model, "one two three").to_string();
    whole.get(..whole.len() / 2).unwrap_or_default().to_owned()
}

/// The body ends as its framing says, and is not whole.
fn stop_inside(scene: &Scene<'_>) -> Act {
    match scene.stream {
        true => Act::broken(begun(scene).chunk("data: {\"id\":\"chatcmpl-1\",\"choi").end()),
        false => Act::whole(begun(scene).end()).or_over().unstated(),
    }
}

/// Everything was said but the end.
fn reset_after_usage(scene: &Scene<'_>) -> Act {
    match scene.stream {
        true => {
            let said = begun(scene).chunk(finish(scene.model)).wait(SETTLE).then(Step::Reset);
            Act::broken(said).or_whole().stated()
        }
        false => {
            let whole = completion(scene.model, "one two three").to_string();
            let said = Script::chunked("application/json").chunk(whole).wait(SETTLE).then(Step::Reset);
            Act::whole(said).or_over()
        }
    }
}

fn drip(scene: &Scene<'_>) -> Act {
    let (fields, body) = match scene.stream {
        true => {
            let events = text(scene.model, "one two three") + &finish(scene.model) + DONE;
            (format!("Content-Type: {EVENTS}\r\n"), events)
        }
        false => (JSON.to_owned(), completion(scene.model, "one").to_string()),
    };
    let head = Script::head("200 OK", &format!("{fields}Content-Length: {}\r\n", body.len()));
    let script = head.then(Step::Drip { bytes: body.as_bytes().into(), every: DRIP });
    Act::whole(Script { body: body.into_bytes(), ..script })
}
