//! What an answer means. A good one is good; of any other the analyzers are asked, in their order, and if none knows,
//! the native table.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use patchbay_pool::{Permit, Verdict, taxonomy};
use patchbay_runtime::exchange::{Failure as Question, Input, Output};
use patchbay_types::SlotKind;

use crate::gateway::Gateway;
use crate::journey::Journey;

/// How much of an answer is shown to analyzers, in bytes.
const SHOWN_BYTES: usize = 16 * 1024;

/// A provider's answer, as far as it has come.
pub(crate) struct Said<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// Its beginning.
    pub(crate) body: &'a [u8],
}

pub(crate) async fn judge(gateway: &Gateway, journey: &Journey, permit: &Permit, said: &Said<'_>) -> Verdict {
    if said.status.is_success() || said.status == StatusCode::NOT_MODIFIED {
        return Verdict::Ok;
    }
    // Seldom, and larger than all the rest of an attempt.
    Box::pin(ask(gateway, journey, permit, said)).await
}

async fn ask(gateway: &Gateway, journey: &Journey, permit: &Permit, said: &Said<'_>) -> Verdict {
    let Said { status, headers, body } = *said;
    let id = journey.id.as_str();
    let question = Input::Analyze { failure: question(gateway, id, permit, said) };
    match gateway.slots.ask_chain(SlotKind::Analyzers, id, &question).await.map(|answered| answered.output) {
        Some(Output::Diagnosis(Some(diagnosis))) => {
            let one_model =
                diagnosis.attributes.iter().any(|(name, value)| name == "scope" && value == "model");
            let retry_after = diagnosis.retry_after_ms.map(Duration::from_millis);
            Verdict::parse(&diagnosis.class, retry_after, one_model)
        }
        _ => taxonomy::judge(status, headers, body, gateway.clock.wall()),
    }
}

fn question(gateway: &Gateway, id: &str, permit: &Permit, said: &Said<'_>) -> Question {
    let shown = &said.body[..said.body.len().min(SHOWN_BYTES)];
    let own = [
        ("provider", permit.provider().as_str().to_owned()),
        ("model", permit.canonical().to_string()),
        ("now-ms", gateway.clock.wall().0.to_string()),
    ];
    let headers = said.headers.iter().map(|(name, value)| {
        (format!("header:{name}"), permit.redact(&String::from_utf8_lossy(value.as_bytes())))
    });
    Question {
        id: id.to_owned(),
        kind: "upstream".to_owned(),
        code: said.status.as_u16().to_string(),
        message: permit.redact(&String::from_utf8_lossy(shown)),
        attributes: own.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(headers).collect(),
    }
}
