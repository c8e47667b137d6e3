//! Whom clients ask, and what every request of theirs has.

use std::net::SocketAddr;

use anyhow::Context;
use bytes::Bytes;
use clap::Args;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[derive(Args, Clone, Debug)]
pub(crate) struct Recipient {
    #[arg(long)]
    pub(crate) target: SocketAddr,
    /// The key to send, if any.
    #[arg(long, env = "PATCHBAY_BENCH_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
    /// More headers, each as `name: value`.
    #[arg(long = "header")]
    pub(crate) headers: Vec<String>,
}

impl Recipient {
    /// The connection lives as long as the set that drives it.
    pub(crate) async fn connect(&self) -> anyhow::Result<(SendRequest<Full<Bytes>>, JoinSet<()>)> {
        let stream = TcpStream::connect(self.target).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        // How it ends is told by the request that it breaks.
        driver.spawn(async { drop(connection.await) });
        Ok((sender, driver))
    }

    /// Asks once, over a connection of its own, and reads the answer to its end.
    pub(crate) async fn ask(&self, body: Bytes) -> anyhow::Result<StatusCode> {
        let (mut sender, _driver) = self.connect().await?;
        let answer = sender.send_request(self.request(body)?).await?;
        let status = answer.status();
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok(status)
    }

    /// For a completion.
    pub(crate) fn request(&self, body: Bytes) -> anyhow::Result<Request<Full<Bytes>>> {
        let mut request = Request::post("/v1/chat/completions")
            .header(HOST, self.target.to_string())
            .header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        for header in &self.headers {
            let (name, value) =
                header.split_once(": ").with_context(|| format!("{header:?} is not `name: value`"))?;
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(body))?)
    }
}
