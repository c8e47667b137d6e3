//! A guest's line to a host out of given answers. Both sides speak the format of recordings.

use std::sync::{Arc, Mutex, PoisonError};

use patchbay_runtime::ask::{HostAnswer, HostCall};
use patchbay_runtime::{Answering, Session};
use patchbay_sdk::testing::FakeHost;

pub struct Scripted(Arc<Mutex<FakeHost>>);

impl Scripted {
    /// A session, and the host behind it for whoever looks at it afterwards.
    pub fn new(host: FakeHost) -> (Self, Arc<Mutex<FakeHost>>) {
        let host = Arc::new(Mutex::new(host));
        (Self(host.clone()), host)
    }

    fn answer_now(&self, call: &HostCall) -> HostAnswer {
        let asked = match serde_json::to_value(call) {
            Ok(asked) => asked,
            Err(error) => return HostAnswer::error("invalid", error.to_string()),
        };
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).answer(&asked);
        serde_json::from_value(answer.clone()).unwrap_or_else(|error| {
            let message = format!("the given answer {answer} is none to {}: {error}", call.name());
            HostAnswer::error("mismatch", message)
        })
    }
}

impl Session for Scripted {
    fn answer<'a>(&'a mut self, call: &'a HostCall) -> Answering<'a> {
        let answer = self.answer_now(call);
        Box::pin(std::future::ready(answer))
    }
}

#[cfg(test)]
mod tests;
