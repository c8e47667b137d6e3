//! Providers that say what is wrong in their status.

use std::time::Duration;

use serde_json::json;

use super::{Act, Fault, Scene, fault};
use crate::calendar::{http_date, now};
use crate::script::Script;
use crate::words::JSON;

/// Longer than the host's own first rest, so that it can be told which of the two was taken.
const PAUSE: Duration = Duration::from_secs(15);
/// A date has whole seconds; one may be lost.
const DATE: Duration = Duration::from_secs(16);

pub(super) const FAULTS: [Fault; 12] = [
    fault("429 bare", |_| Act::over(Script::whole("429 Too Many Requests", "", "")).rests(Duration::ZERO)),
    fault("429 Retry-After seconds", |_| limited("Retry-After: 15\r\n", "slow down")),
    fault("429 Retry-After date", |_| {
        limited(&format!("Retry-After: {}\r\n", http_date(now() + DATE)), "slow down")
    }),
    fault("429 retry-after-ms", |_| limited("retry-after-ms: 15000\r\n", "slow down")),
    fault("429 x-ratelimit-reset", |_| {
        limited("x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 15s\r\n", "slow down")
    }),
    fault("429 said in the body", |_| limited("", "Rate limit reached. Please try again in 15s.")),
    fault("500", |_| Act::over(error("500 Internal Server Error", "", "the server had an error"))),
    fault("502", |_| Act::over(Script::whole("502 Bad Gateway", "", "<html>bad gateway</html>"))),
    fault("503", |_| Act::over(error("503 Service Unavailable", "", "being deployed"))),
    fault("503 overloaded", |_| {
        Act::over(error("503 Service Unavailable", "", "that model is currently overloaded"))
            .rests(Duration::ZERO)
    }),
    fault("529", |_| Act::over(error("529 Overloaded", "", "Overloaded")).rests(Duration::ZERO)),
    fault("redirect 302", redirect),
];

fn limited(fields: &str, said: &str) -> Act {
    Act::over(error("429 Too Many Requests", fields, said)).rests(PAUSE)
}

fn error(status: &str, fields: &str, said: &str) -> Script {
    let body = json!({"error": {"message": said, "type": "played", "code": null, "param": null}});
    Script::whole(status, &format!("{JSON}{fields}"), body.to_string())
}

fn redirect(scene: &Scene<'_>) -> Act {
    Act::over(Script::whole("302 Found", &format!("Location: {}\r\n", scene.elsewhere), ""))
}
