//! `http`: requests to the origins that were granted, and to no other, with secrets filled in on the way out. Grants:
//! `http = ["api.example.com"]`, `secrets = ["name"]`. What bounds a request is said where it is sent: `EgressLimits`.

use std::time::Duration;

use patchbay_admin::SecretBook;
use patchbay_egress::{Bound, Egress, Outgoing, Reach, Secrets};
use patchbay_runtime::Scope;
use patchbay_runtime::ask::{HostReply, HttpRequest, HttpResponse, Payload};

use super::{Answer, error};

pub(super) async fn send(
    egress: &Egress,
    secrets: &SecretBook,
    scope: &Scope,
    request: &HttpRequest,
    body: &Payload,
) -> Answer {
    let grants = &scope.grants;
    let (http, named) =
        (grants.http.as_deref().unwrap_or_default(), grants.secrets.as_deref().unwrap_or_default());
    let reach = Reach::new(http, named).map_err(|wrong| error("refused", wrong.to_string()))?;
    let sent = egress.send(outgoing(request, body), &reach, &Filled(secrets)).await;
    let answer = sent.map_err(|failed| error(failed.code(), failed.to_string()))?;
    let (status, headers) = (answer.status, answer.headers);
    Ok(HostReply::Response {
        response: HttpResponse { status, headers, attributes: Vec::new() },
        body: answer.body.into(),
    })
}

fn outgoing(request: &HttpRequest, body: &Payload) -> Outgoing {
    Outgoing {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: body.0.clone(),
        timeout: request.timeout_ms.map(Duration::from_millis),
    }
}

/// The operator's secrets, as whoever sends asks for them.
pub(crate) struct Filled<'a>(pub(crate) &'a SecretBook);

impl Secrets for Filled<'_> {
    fn find(&self, name: &str) -> Option<Bound> {
        let secret = self.0.find(name)?;
        Some(Bound { value: secret.value, origins: secret.origins })
    }
}

#[cfg(test)]
mod tests;
