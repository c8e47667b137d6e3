//! `http`: a URL answers with a status, and with a text in its body. It goes where the operator's list says, with no
//! secrets; a redirect is an answer. It must not know what the answer means.

use std::time::Duration;

use bytes::Bytes;
use patchbay_egress::{Bound, Egress, Incoming, Outgoing, Reach, Secrets, SendError};

use crate::refused::CheckRefused;
use crate::text::shown;
use crate::verdict::{Ended, Finding};

/// How much of a body is searched.
const BODY_BYTES_MAX: usize = 1 << 20;
/// How a secret is named in what leaves the host.
const SECRET: &str = "{{secret:";

/// What is asked and expected.
pub(crate) struct HttpCheck<'a> {
    pub(crate) url: &'a str,
    pub(crate) status: u16,
    pub(crate) contains: Option<&'a str>,
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn find(&self, _name: &str) -> Option<Bound> {
        None
    }
}

pub(crate) fn preflight(egress: &Egress, may: &Reach, url: &str) -> Result<(), CheckRefused> {
    if url.contains(SECRET) {
        return Err(CheckRefused::Secret { url: shown(url) });
    }
    egress.preflight(url, may).map_err(|wrong| match wrong {
        SendError::NotGranted { origin } => CheckRefused::Origin { url: origin },
        wrong @ SendError::Address { .. } => CheckRefused::Address { address: wrong },
        wrong => CheckRefused::Url(wrong),
    })
}

impl HttpCheck<'_> {
    /// # Cancel safety
    /// Dropping it closes the connection.
    pub(crate) async fn run(&self, egress: &Egress, may: &Reach, within: Duration) -> Finding {
        let request = Outgoing {
            method: "GET".to_owned(),
            url: self.url.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            timeout: Some(within),
        };
        match egress.send(request, may, &NoSecrets).await {
            Ok(answer) => self.look(&answer),
            Err(wrong) => self.unanswered(&wrong),
        }
    }

    fn look(&self, answer: &Incoming) -> Finding {
        let (url, found, expected) = (shown(self.url), answer.status, self.status);
        if found != expected {
            return Finding::failed(format!("{url:?} answers with status {found}, expected {expected}"));
        }
        let body = answer.body.get(..BODY_BYTES_MAX).unwrap_or(&answer.body);
        match self.contains.filter(|text| !String::from_utf8_lossy(body).contains(text)) {
            None => Finding::held(format!("{url:?} answers as expected, with status {found}")),
            Some(text) => {
                let (text, length) = (shown(text), answer.body.len());
                Finding::failed(format!(
                    "{url:?} answers with {length} bytes without {text:?}, expected it in the first {BODY_BYTES_MAX}"
                ))
            }
        }
    }

    /// Nobody there is a finding; what keeps the host from asking is none.
    fn unanswered(&self, wrong: &SendError) -> Finding {
        let ended = match wrong {
            SendError::Timeout { .. } => Ended::TimedOut,
            SendError::Connect { .. } | SendError::TooLarge { .. } => Ended::Failed,
            _ => Ended::NotRun,
        };
        let (url, expected) = (shown(self.url), self.status);
        Finding::of(ended, format!("{url:?} does not answer, expected status {expected}: {wrong}"))
    }
}
