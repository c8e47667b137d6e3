//! Calls of plugins: those that were recorded, one more by hand, and the component that is needed to make one again.

use std::sync::Arc;

use patchbay_runtime::exchange::Input;
use patchbay_slots::{Recorded, Unanswered};
use patchbay_types::{Digest, RequestId};
use serde_json::Value;

use super::Operator;
use crate::OperatorError;
use crate::api::{AskFailure, Asked};

/// The id of a call by hand, in bytes.
const ID_BYTES_MAX: usize = 100;

impl Operator {
    /// The newest `limit` recorded calls of a slot, or of those that failed; the newest first.
    ///
    /// # Errors
    /// An unknown slot.
    pub fn calls(
        &self,
        slot: &str,
        limit: usize,
        failed_only: bool,
    ) -> Result<Vec<Arc<Recorded>>, OperatorError> {
        let slot = self.known(slot)?;
        // The ring that is looked through is bounded itself.
        let mut calls = slot.calls(if failed_only { usize::MAX } else { limit });
        calls.retain(|call| !failed_only || call.answer.failure().is_some());
        calls.truncate(limit);
        Ok(calls)
    }

    /// One recorded call.
    ///
    /// # Errors
    /// An unknown slot, or a call that is not kept.
    pub fn call(&self, slot: &str, call: &str) -> Result<Arc<Recorded>, OperatorError> {
        let slot = self.known(slot)?;
        slot.call(call).ok_or_else(|| OperatorError::UnknownCall {
            slot: slot.name().clone(),
            call: call.chars().take(100).collect(),
        })
    }

    /// Asks whoever is in charge of a slot, with all that follows from it: what the plugin does is done.
    ///
    /// # Errors
    /// An unknown slot, an input that is none, nobody in charge, or one that cannot be loaded. A plugin that fails is an answer.
    ///
    /// # Cancel safety
    /// Dropping the future ends the call, and what it has started.
    pub async fn ask(&self, slot: &str, input: Value, id: Option<String>) -> Result<Asked, OperatorError> {
        let slot = self.known(slot)?;
        let input =
            Input::read(slot.name().kind(), input).map_err(|error| OperatorError::field("input", error))?;
        let call = id.map_or_else(|| Ok(fresh_id()), check_id)?;
        slot.wake().await?;
        let nobody = || OperatorError::NobodyInCharge(slot.name().clone());
        let (generation, answer) = slot.ask(&call, &input).await.ok_or_else(nobody)?;
        Ok(match answer {
            Ok(output) => Asked { generation, call, output: Some(output), failure: None },
            Err(failure) => Asked { generation, call, output: None, failure: Some(shown(&failure)) },
        })
    }

    /// The bytes of a component that a generation of this host is.
    ///
    /// # Errors
    /// It is not stored, or damaged.
    pub async fn component(&self, digest: Digest) -> Result<Vec<u8>, OperatorError> {
        let components = self.desk().parts.components.clone();
        let read = tokio::task::spawn_blocking(move || components.get(&digest));
        Ok(read.await.map_err(|_| OperatorError::ShuttingDown)??)
    }
}

fn shown(failure: &Unanswered) -> AskFailure {
    AskFailure { class: failure.as_str().to_owned(), message: failure.to_string() }
}

fn fresh_id() -> String {
    RequestId::fresh().as_str().replacen("req_", "ask_", 1)
}

/// It stands in logs, in recordings and in paths.
fn check_id(id: String) -> Result<String, OperatorError> {
    let fits = (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(id),
        false => {
            let message = format!("expected 1 to {ID_BYTES_MAX} printable ASCII characters without spaces");
            Err(OperatorError::field("id", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_printable_and_bounded() {
        assert_eq!(check_id("req_1#2".to_owned()).unwrap(), "req_1#2");
        for id in ["", "a b", "é", &"i".repeat(101)] {
            assert_eq!(check_id(id.to_owned()).unwrap_err().wrong_field(), Some("id"), "{id:?}");
        }
        assert!(check_id(fresh_id()).is_ok() && fresh_id().starts_with("ask_"));
    }
}
