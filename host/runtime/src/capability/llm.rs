//! `llm`: a model, through whatever gateway the host has.

use super::{Answered, reply};
use crate::ask::{HostCall, HostReply};
use crate::contract::host::patchbay::plugin::llm;
use crate::guest::Guest;

impl llm::Host for Guest {
    async fn complete(
        &mut self,
        messages: Vec<llm::Message>,
        options: llm::Options,
    ) -> Answered<llm::Completion> {
        let answer = self.ask(HostCall::LlmComplete { messages, options }).await;
        reply!(answer, HostReply::Completion(completion) => completion)
    }
}
