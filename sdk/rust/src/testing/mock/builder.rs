//! Answers by capability: `mock.http().on("GET", url).answer(200, "…")`.

use serde_json::{Value, json};

use super::Mock;
use crate::testing::payload::Payload;

/// Answers to requests.
#[derive(Clone, Debug)]
pub struct Http(pub(super) Mock);

impl Http {
    /// To one of this method and exactly this URL.
    #[must_use]
    pub fn on(self, method: &str, url: &str) -> HttpOn {
        let call = json!({ "call": "http.send", "request": { "method": method, "url": url } });
        HttpOn { mock: self.0, call, headers: Vec::new() }
    }
}

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct HttpOn {
    mock: Mock,
    call: Value,
    headers: Vec<(String, String)>,
}

impl HttpOn {
    /// With this header, whose name is in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this status and body.
    #[must_use]
    pub fn answer(self, status: u16, body: impl AsRef<[u8]>) -> Mock {
        let body = Payload::of(body.as_ref());
        let response = json!({ "status": status, "headers": self.headers, "body": body });
        self.mock.answer(self.call, json!({ "ok": { "response": response } }))
    }

    /// There is none: `connect`, `timeout`, `refused`, ...
    #[must_use]
    pub fn fail(self, code: &str, message: &str) -> Mock {
        self.mock.answer(self.call, json!({ "error": { "code": code, "message": message } }))
    }
}

/// What is in the store.
#[derive(Clone, Debug)]
pub struct Kv(pub(super) Mock);

impl Kv {
    /// This, under that key.
    #[must_use]
    pub fn with(self, key: &str, value: impl AsRef<[u8]>) -> Mock {
        self.0.with(|host| host.kv().set(key, Payload::of(value.as_ref())))
    }
}

/// What the model says.
#[derive(Clone, Debug)]
pub struct Llm(pub(super) Mock);

impl Llm {
    /// These words, to the next question.
    #[must_use]
    pub fn answer(self, content: &str) -> Mock {
        let completion = json!({ "content": content });
        self.0.answer(json!({ "call": "llm.complete" }), json!({ "ok": { "completion": completion } }))
    }

    /// Nothing, to the next question: `budget`, `timeout`, `upstream`.
    #[must_use]
    pub fn fail(self, code: &str, message: &str) -> Mock {
        let error = json!({ "code": code, "message": message });
        self.0.answer(json!({ "call": "llm.complete" }), json!({ "error": error }))
    }
}

/// What programs say.
#[derive(Clone, Debug)]
pub struct Process(pub(super) Mock);

impl Process {
    /// The next run of this program, whatever its arguments.
    #[must_use]
    pub fn on(self, program: &str) -> ProcessOn {
        let call = json!({ "call": "process.spawn", "command": { "program": program } });
        ProcessOn { mock: self.0, call, lines: Vec::new() }
    }
}

/// One run of a program.
#[derive(Clone, Debug)]
pub struct ProcessOn {
    mock: Mock,
    call: Value,
    lines: Vec<Value>,
}

impl ProcessOn {
    /// With exactly these arguments.
    #[must_use]
    pub fn args<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments: Vec<String> = arguments.into_iter().map(Into::into).collect();
        self.call["command"]["arguments"] = json!(arguments);
        self
    }

    /// It writes these lines to `stdout`.
    #[must_use]
    pub fn lines<L: Into<String>>(self, lines: impl IntoIterator<Item = L>) -> Self {
        self.stream("stdout", lines)
    }

    /// It writes these lines to `stderr`.
    #[must_use]
    pub fn errors<L: Into<String>>(self, lines: impl IntoIterator<Item = L>) -> Self {
        self.stream("stderr", lines)
    }

    fn stream<L: Into<String>>(mut self, stream: &str, lines: impl IntoIterator<Item = L>) -> Self {
        let line = |text: L| json!({ "stream": stream, "text": text.into() });
        self.lines.extend(lines.into_iter().map(line));
        self
    }

    /// And ends with this status.
    #[must_use]
    pub fn exit(self, code: i32) -> Mock {
        let child = json!({ "lines": self.lines, "exit": { "code": code } });
        self.mock.answer(self.call, json!({ "ok": { "child": child } }))
    }

    /// It does not start.
    #[must_use]
    pub fn fail(self, code: &str, message: &str) -> Mock {
        self.mock.answer(self.call, json!({ "error": { "code": code, "message": message } }))
    }
}
