//! The operator's socket of a host that runs: what the command line shows, without a process for each look.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use crate::http::hear;

const ANSWER: Duration = Duration::from_secs(30);

/// Each question has a connection of its own, as each command has.
#[derive(Clone)]
pub(crate) struct Operator {
    socket: PathBuf,
}

/// A provider as its operator sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fares {
    pub(crate) health: String,
    pub(crate) in_flight: u64,
    /// What is left of its cooldown in milliseconds, if it cools.
    pub(crate) cooling_ms: Option<u64>,
}

/// What was counted of one provider and model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) provider: String,
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) cancelled: u64,
    pub(crate) estimated: u64,
    pub(crate) prompt: u64,
    pub(crate) completion: u64,
    pub(crate) cached: u64,
    pub(crate) cost_nano_usd: u64,
}

/// A provider that rests.
#[derive(Clone, Debug)]
pub(crate) struct Cooldown {
    pub(crate) provider: String,
    pub(crate) count: u64,
    /// Unix time in milliseconds.
    pub(crate) until: u64,
}

impl Operator {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    pub(crate) async fn fares(&self, provider: &str) -> anyhow::Result<Fares> {
        let shown = self.get(&format!("/api/providers/{provider}")).await?;
        let coolings = shown["cooling"].as_array().into_iter().flatten();
        Ok(Fares {
            health: shown["health"].as_str().unwrap_or_default().to_owned(),
            in_flight: shown["in_flight"].as_u64().context("in_flight is no number")?,
            cooling_ms: coolings.filter_map(|cooling| cooling["left_ms"].as_u64()).max(),
        })
    }

    /// What was counted of a model, a line for each provider.
    pub(crate) async fn usage(&self, model: &str) -> anyhow::Result<Vec<Counted>> {
        let lines = self.get(&format!("/api/usage?model={model}")).await?;
        Ok(lines.as_array().context("usage is no list")?.iter().map(counted).collect())
    }

    pub(crate) async fn cooldowns(&self) -> anyhow::Result<Vec<Cooldown>> {
        let list = self.get("/api/cooldowns").await?;
        let list = list.as_array().context("cooldowns are no list")?.iter();
        let one = |cooldown: &Value| {
            Some(Cooldown {
                provider: cooldown["provider"].as_str()?.to_owned(),
                count: cooldown["count"].as_u64()?,
                until: cooldown["until"].as_u64()?,
            })
        };
        Ok(list.filter_map(one).collect())
    }

    /// What is answered to a question or an order: its status, and its JSON.
    ///
    /// # Errors
    /// No whole answer came: nobody knows what became of it.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let mut stream = UnixStream::connect(&self.socket).await?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let heard = hear(&mut stream, ANSWER).await;
        ensure!(heard.is_whole(), "{method} {path}: {}", heard.shown());
        Ok((heard.status(), serde_json::from_slice(&heard.body).unwrap_or_default()))
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (status, answer) = self.ask("GET", path, None).await?;
        ensure!(status == 200, "{path}: {status} {answer}");
        Ok(answer)
    }
}

fn counted(line: &Value) -> Counted {
    let number = |name: &str| line[name].as_u64().unwrap_or_default();
    Counted {
        provider: line["provider"].as_str().unwrap_or_default().to_owned(),
        requests: number("requests"),
        errors: number("errors"),
        cancelled: number("cancelled"),
        estimated: number("estimated"),
        prompt: number("prompt_tokens"),
        completion: number("completion_tokens"),
        cached: number("cached_tokens"),
        cost_nano_usd: number("cost_nano_usd"),
    }
}
