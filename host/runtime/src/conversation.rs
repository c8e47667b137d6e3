//! One call's talk with its host: each question is counted, allowed or refused, answered by the session, and written
//! down with its answer, in this order. So authorisation comes before any effect, and what is on the tape is all that
//! the guest has heard.

use std::time::{Duration, Instant};

use crate::allowance::{Allowance, Turn};
use crate::ask::{HostAnswer, HostCall, HostReply, PluginError};
use crate::grant;
use crate::guest::Guest;
use crate::limit::{HOST_CALL_TIME, HOST_CALLS, Limits};
use crate::port::{Scope, Session};
use crate::tape::Tape;

/// What a call that may ask has; a pure one has none.
pub(crate) struct Conversation {
    scope: Scope,
    session: Box<dyn Session>,
    tape: Tape,
    allowance: Allowance,
    began: Instant,
    /// How long the host itself has worked: not the guest's own time.
    host_time: Duration,
}

impl Conversation {
    pub(crate) fn new(scope: Scope, session: Box<dyn Session>, limits: &Limits) -> Self {
        let (tape, began) = (Tape::default(), Instant::now());
        let allowance = Allowance::new(limits.host_calls_per_second);
        Self { scope, session, tape, allowance, began, host_time: Duration::ZERO }
    }

    pub(crate) fn end(self) -> (Tape, Duration) {
        (self.tape, self.host_time)
    }

    async fn answer(&mut self, call: &HostCall) -> HostAnswer {
        match self.allowance.take(Duration::from_millis(self.clock_ms())) {
            Turn::Now => {}
            Turn::After(wait) => tokio::time::sleep(wait).await,
            Turn::Never => {
                let message = format!("a call of this plugin may ask its host {HOST_CALLS} times");
                return HostAnswer::error("quota", message);
            }
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
        let waited = before.elapsed();
        conversation.host_time += waited;
        let at_ms = conversation.clock_ms();
        conversation.tape.push(call, &answer, at_ms);
        self.move_clock(at_ms);
        self.has_waited(waited);
        answer.into_result()
    }
}
