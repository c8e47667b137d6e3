//! The operator's socket of a host that runs: what the command line does, without a process for each request.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long an answer may take; a load may compile.
const ANSWER: Duration = Duration::from_secs(60);
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// What of a bad answer is shown.
const SHOWN_CHARACTERS_MAX: usize = 300;

const COMPONENT: &str = "application/wasm";
const OPTIONS_AND_COMPONENT: &str = "application/vnd.patchbay.load";
const JSON: &str = "application/json";

/// Each request has a connection of its own, as each command has.
pub(crate) struct Operator {
    pub(crate) socket: PathBuf,
}

impl Operator {
    pub(crate) async fn status(&self) -> anyhow::Result<Value> {
        self.ask(Method::GET, "/api/status", JSON, Bytes::new()).await
    }

    /// Puts a component in charge of a slot.
    pub(crate) async fn load(&self, slot: &str, component: Bytes) -> anyhow::Result<Value> {
        self.ask(Method::POST, &path(slot, "load"), COMPONENT, component).await
    }

    /// The same with options, as the API has them: `{"config": …}`.
    pub(crate) async fn load_with(
        &self,
        slot: &str,
        options: &Value,
        component: &[u8],
    ) -> anyhow::Result<Value> {
        let line = serde_json::to_vec(options)?;
        let body = [&line, &b"\n"[..], component].concat();
        self.ask(Method::POST, &path(slot, "load"), OPTIONS_AND_COMPONENT, body.into()).await
    }

    /// Puts a component on trial in the routing slot.
    pub(crate) async fn try_out(&self, mode: Value, component: &[u8]) -> anyhow::Result<()> {
        self.load_with("routing", &json!({ "trial": mode }), component).await.map(drop)
    }

    /// How the routing slot's trial goes.
    pub(crate) async fn trial(&self) -> anyhow::Result<Value> {
        let report = self.ask(Method::GET, "/api/slots/routing/trial?limit=1", JSON, Bytes::new()).await?;
        Ok(report["trial"].clone())
    }

    /// Ends it.
    pub(crate) async fn discard(&self) -> anyhow::Result<()> {
        self.ask(Method::POST, &path("routing", "discard"), JSON, Bytes::new()).await.map(drop)
    }

    async fn ask(&self, method: Method, path: &str, kind: &str, body: Bytes) -> anyhow::Result<Value> {
        let request = Request::builder().method(method).uri(path).header(HOST, "localhost");
        let request = request.header(CONTENT_TYPE, kind).body(Full::new(body))?;
        let answer = timeout(ANSWER, self.exchange(request)).await;
        answer.with_context(|| format!("{path} was not answered within {ANSWER:?}"))?.context(path.to_owned())
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> anyhow::Result<Value> {
        let stream = UnixStream::connect(&self.socket).await?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        // The connection ends once its sender is gone, so neither waits for the other in vain.
        let asking = async move {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!("the answer breaks off: {error}"))?.to_bytes();
            ensure!(head.status.is_success(), "{}: {}", head.status, shown(&body));
            Ok(body)
        };
        let (body, _) = tokio::join!(asking, connection);
        let body = body?;
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(value),
            Err(error) => bail!("expected JSON, found {}: {error}", shown(&body)),
        }
    }
}

/// A slot's name is one segment.
fn path(slot: &str, verb: &str) -> String {
    format!("/api/slots/{}/{verb}", slot.replace('/', "%2F"))
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(SHOWN_CHARACTERS_MAX).collect()
}
