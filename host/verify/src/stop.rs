//! Why a check is stopped before it has said anything. It must not know what is stopped.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::verdict::{Ended, Finding};

pub(crate) enum Stop {
    Cancelled,
    TimedOut(Duration),
}

impl Stop {
    /// # Cancel safety
    /// Asked again, the time begins anew.
    pub(crate) async fn after(within: Duration, cancel: &CancellationToken) -> Self {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Self::Cancelled,
            () = sleep(within) => Self::TimedOut(within),
        }
    }

    pub(crate) fn finding(&self) -> Finding {
        match self {
            Self::Cancelled => Finding::of(Ended::Cancelled, "it was cancelled before it had an answer"),
            Self::TimedOut(within) => {
                let ms = within.as_millis();
                Finding::of(Ended::TimedOut, format!("it had no answer within {ms} ms, expected one by then"))
            }
        }
    }
}
