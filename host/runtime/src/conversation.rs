//! One call's talk with its host: each question is counted, allowed or refused, answered by the session, and written
//! down with its answer, in this order. So authorisation comes before any effect, and what is on the tape is all that
//! the guest has heard.

use std::time::{Duration, Instant};

use crate::ask::{HostAnswer, HostCall, HostReply, PluginError};
use crate::grant;
use crate::guest::Guest;
use crate::limit::{HOST_CALL_TIME, HOST_CALLS};
use crate::port::{Scope, Session};
use crate::tape::Tape;

/// What a call that may ask has; a pure one has none.
pub(crate) struct Conversation {
    scope: Scope,
    session: Box<dyn Session>,
    tape: Tape,
    asked: u32,
    began: Instant,
    /// How long the host itself has worked: not the guest's own time.
    host_time: Duration,
}

impl Conversation {
    pub(crate) fn new(scope: Scope, session: Box<dyn Session>) -> Self {
        let (tape, began) = (Tape::default(), Instant::now());
        Self { scope, session, tape, asked: 0, began, host_time: Duration::ZERO }
    }

    pub(crate) fn end(self) -> (Tape, Duration) {
        (self.tape, self.host_time)
    }

    async fn answer(&mut self, call: &HostCall) -> HostAnswer {
        self.asked += 1;
        if self.asked > HOST_CALLS {
            return HostAnswer::error("quota", format!("a call may ask its host {HOST_CALLS} times"));
        }
        if let Err(refusal) = grant::check(&self.scope.grants, call) {
            return HostAnswer::refused(refusal);
        }
        let answer = tokio::time::timeout(HOST_CALL_TIME, self.session.answer(call)).await;
        answer.unwrap_or_else(|_| {
            HostAnswer::error("timeout", format!("{} took longer than {HOST_CALL_TIME:?}", call.name()))
        })
    }

    /// Milliseconds since the call began: as the session has it (a replay knows), or as it really is.
    fn clock_ms(&self) -> u64 {
        let real = || u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.session.clock_ms().unwrap_or_else(real)
    }
}

impl Guest {
    /// Asks the host. The guest's clock moves on to the moment of the answer, and stands still until the next one.
    pub(crate) async fn ask(&mut self, call: HostCall) -> Result<HostReply, PluginError> {
        let Some(conversation) = &mut self.conversation else {
            return HostAnswer::error("no-host", "the host can be asked during a call only").into_result();
        };
        let before = Instant::now();
        let answer = conversation.answer(&call).await;
        conversation.host_time += before.elapsed();
        let at_ms = conversation.clock_ms();
        conversation.tape.push(call, &answer, at_ms);
        self.move_clock(at_ms);
        answer.into_result()
    }
}
