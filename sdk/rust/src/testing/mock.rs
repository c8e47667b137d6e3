//! What the imports answer outside the sandbox. Each thread, so each test, has its own.

mod builder;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Value, json};

use super::fake::FakeHost;
use super::payload::Payload;
use crate::log::Level;
use crate::tasks::{Attempt, Finding, PastFix, Runbook, Task};

pub use builder::{Http, HttpOn, Kv, Llm, Process, ProcessOn};

/// The oldest lines go first: a plugin that logs in a loop must not eat the test's memory.
const LINES_MAX: usize = 10_000;

thread_local! {
    static CONFIG: RefCell<String> = RefCell::new("{}".to_owned());
    static LINES: RefCell<VecDeque<LogLine>> = const { RefCell::new(VecDeque::new()) };
    static HOST: RefCell<Rc<RefCell<FakeHost>>> = RefCell::default();
}

/// One line that the plugin wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// Its text.
    pub message: String,
    /// The names and values beside it.
    pub fields: Vec<(String, String)>,
}

/// The host of this thread, as a test wants it to be. A new one knows nothing of the one before, nor of its
/// configuration and its log.
///
/// `kv` is a real little store, and what a skill tells its run is taken. Any other call needs an answer; without one it
/// fails with the code `not-mocked`. Each answer is used once, by the first call that it fits.
///
/// ```
/// use patchbay_sdk::{http, testing::Mock};
///
/// let mock = Mock::new().http().on("GET", "https://example.com/a").answer(200, "hello");
/// assert_eq!(http::Request::get("https://example.com/a").send()?.text()?, "hello");
/// assert_eq!(mock.calls()[0]["request"]["method"], "GET");
/// # Ok::<(), patchbay_sdk::PluginError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mock {
    host: Rc<RefCell<FakeHost>>,
}

impl Default for Mock {
    fn default() -> Self {
        Self::new()
    }
}

impl Mock {
    /// A host that has no answers, for this thread, from now on.
    #[must_use = "what it should answer is told to it"]
    pub fn new() -> Self {
        Self::of(FakeHost::new())
    }

    pub(crate) fn of(host: FakeHost) -> Self {
        let host = Rc::new(RefCell::new(host));
        HOST.set(host.clone());
        set_config(&json!({}));
        LINES.take();
        Self { host }
    }

    /// The operator's configuration.
    #[must_use]
    pub fn config(self, config: Value) -> Self {
        set_config(&config);
        self
    }

    /// Answers any call that has these fields, in the format of recordings:
    /// `{"call": "kv.get", "key": "seen"}` with `{"ok": {"value": "1"}}` or `{"error": {"code": "quota"}}`.
    #[must_use]
    pub fn answer(self, call: Value, answer: Value) -> Self {
        self.with(|host| host.give(call, answer))
    }

    /// Answers to requests.
    #[must_use]
    pub fn http(self) -> Http {
        Http(self)
    }

    /// What is in the store.
    #[must_use]
    pub fn kv(self) -> Kv {
        Kv(self)
    }

    /// What the model says.
    #[must_use]
    pub fn llm(self) -> Llm {
        Llm(self)
    }

    /// What programs say.
    #[must_use]
    pub fn process(self) -> Process {
        Process(self)
    }

    /// The operator has set this secret, and no other that is not named too.
    #[must_use]
    pub fn secret(self, name: &str) -> Self {
        self.with(|host| host.add_secret(name))
    }

    /// There is this file; from then on files are real little files, and what was not put there is not found.
    #[must_use]
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.with(|host| host.files().put(path, Payload::of(contents.as_ref())))
    }

    /// It is about this task.
    #[must_use]
    pub fn task(self, task: Task) -> Self {
        self.with(|host| host.tasks().task(json!(task)))
    }

    /// The task was tried.
    #[must_use]
    pub fn attempt(self, attempt: Attempt) -> Self {
        self.with(|host| host.tasks().add("attempts", json!(attempt)))
    }

    /// The task's log has these lines.
    #[must_use]
    pub fn log_tail<L: Into<String>>(self, lines: impl IntoIterator<Item = L>) -> Self {
        self.with(|host| lines.into_iter().for_each(|line| host.tasks().add("log-tail", line.into().into())))
    }

    /// This was found out.
    #[must_use]
    pub fn finding(self, finding: Finding) -> Self {
        self.with(|host| host.tasks().add("findings", json!(finding)))
    }

    /// This was tried for the same problem.
    #[must_use]
    pub fn past_fix(self, fix: PastFix) -> Self {
        self.with(|host| host.tasks().add("history", json!(fix)))
    }

    /// This is written down for such a problem.
    #[must_use]
    pub fn runbook(self, runbook: Runbook) -> Self {
        self.with(|host| host.tasks().add("runbooks", json!(runbook)))
    }

    /// Somebody wants the run to end once it was asked for that many times.
    #[must_use]
    pub fn cancel_after(self, times: u32) -> Self {
        self.with(|host| host.cancel_after(times))
    }

    /// The calls so far, in order, in the format of recordings: `{"call": "kv.get", "key": "seen"}`.
    #[must_use]
    pub fn calls(&self) -> Vec<Value> {
        self.host.borrow().calls().to_vec()
    }

    /// Those of one name: `http.send`.
    #[must_use]
    pub fn calls_of(&self, name: &str) -> Vec<Value> {
        self.calls().into_iter().filter(|call| call["call"] == name).collect()
    }

    /// What is in the store under that key: text, or `{"base64": "…"}`.
    #[must_use]
    pub fn kept(&self, key: &str) -> Option<Value> {
        self.host.borrow_mut().kv().get(key).cloned()
    }

    /// What is in that file: text, or `{"base64": "…"}`.
    #[must_use]
    pub fn contents(&self, path: &str) -> Option<Value> {
        self.host.borrow_mut().files().contents(path).cloned()
    }

    /// The answers that were given and not asked for, by the calls that they are for.
    #[must_use]
    pub fn unused(&self) -> Vec<Value> {
        self.host.borrow().unused().into_iter().cloned().collect()
    }

    pub(super) fn check<T>(&self, look: impl FnOnce(&FakeHost) -> T) -> T {
        look(&self.host.borrow())
    }

    fn with(self, tell: impl FnOnce(&mut FakeHost)) -> Self {
        tell(&mut self.host.borrow_mut());
        self
    }
}

/// What [`config`](crate::config()) reads from now on, on this thread.
pub fn set_config(config: &Value) {
    CONFIG.set(config.to_string());
}

/// The lines written on this thread since the last look, the oldest first; at most the last 10,000.
#[must_use]
pub fn logs() -> Vec<LogLine> {
    LINES.take().into()
}

pub(crate) fn config() -> String {
    CONFIG.with_borrow(Clone::clone)
}

pub(crate) fn answer(call: Value) -> Value {
    let host = HOST.with_borrow(Clone::clone);
    host.borrow_mut().answer(&call)
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    LINES.with_borrow_mut(|lines| {
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(LogLine { level, message: message.to_owned(), fields });
    });
}
