//! `provider test`: one question to a provider, beside its traffic. It goes through a pool of its own, so it takes no
//! token, ends no cooldown and is answered even by one that is switched off.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use patchbay_pool::{
    Api, CooldownChange, Definition, Keeper, Model, Pool, PoolConfig, Provider, RPM_MAX, SendError, Wanted,
};
use patchbay_types::{Clock, Monotonic, Tokens};

use super::definition::Defined;
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::TestView;

mod hint;

/// For headers and body together.
const WITHIN: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: usize = 4 << 20;
const PATH: &str = "/models";
/// The one model of every provider in the pool of tests.
const MODEL: &str = "models";
/// Native ids that are named as missing.
const MISSING_MAX: usize = 20;

/// A provider's answer, read.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Tests make no cooldowns.
struct Nothing;

impl Keeper for Nothing {
    fn cooling(&self, _: CooldownChange) {}
}

pub(super) fn pool(config: &PoolConfig, clock: Arc<dyn Clock>) -> Pool {
    Pool::new(self::config(config), clock, Arc::new(Nothing))
}

/// That of the traffic, but no connection is kept.
pub(super) fn config(config: &PoolConfig) -> PoolConfig {
    PoolConfig { idle_connections_max: 0, ..config.clone() }
}

/// The provider as it is asked in a test.
pub(super) fn definition(definition: Definition) -> Definition {
    let models = BTreeMap::from([(MODEL.to_owned(), Model::new(MODEL))]);
    let (tpm, max_in_flight) = (None, None);
    let provider =
        Provider { enabled: true, rpm: RPM_MAX, tpm, max_in_flight, models, ..definition.provider };
    Definition { provider, ..definition }
}

impl Operator {
    /// Asks a provider once for its models, with its credential.
    ///
    /// # Errors
    /// An unknown provider. What the provider answers, or that it does not, is in the view.
    pub async fn test_provider(&self, name: &str) -> Result<TestView, OperatorError> {
        let desk = self.desk();
        let defined = desk.definitions.load().find(name)?.clone();
        let start = desk.parts.clock.monotonic();
        let asked = desk.ask(&defined).await;
        Ok(desk.judged(&defined, asked, start))
    }
}

impl Desk {
    async fn ask(&self, defined: &Defined) -> Result<Answer, String> {
        if let Some(broken) = &defined.broken {
            return Err(broken.clone());
        }
        let wanted = Wanted { model: MODEL, apis: &Api::ALL, tokens: Tokens(0) };
        let candidates = self.probes.candidates(wanted, &[]);
        let candidate = candidates.iter().find(|candidate| *candidate.id() == defined.provider().id);
        let candidate = candidate.ok_or("the provider was changed meanwhile: test it again")?;
        let permit = self.probes.take(candidate, Tokens(0)).map_err(|error| error.to_string())?;
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("application/json"))]);
        let asked = async {
            let sent = permit.send_within(WITHIN, Method::GET, PATH, headers, Bytes::new()).await;
            read(sent.map_err(|error: SendError| error.to_string())?).await
        };
        let late = || format!("no whole answer within {} s", WITHIN.as_secs());
        tokio::time::timeout(WITHIN, asked).await.unwrap_or_else(|_| Err(late()))
    }

    fn judged(&self, defined: &Defined, asked: Result<Answer, String>, start: Monotonic) -> TestView {
        let url = defined.provider().base_url.join(PATH);
        let mut view = TestView {
            provider: defined.provider().name.clone(),
            url,
            ok: false,
            status: None,
            models: None,
            missing: Vec::new(),
            latency_ms: None,
            message: String::new(),
            hints: Vec::new(),
        };
        match asked {
            Ok(answer) => {
                view.latency_ms = Some(self.parts.clock.monotonic().since(start).as_secs_f64() * 1e3);
                told(&mut view, defined, &answer);
            }
            Err(message) => view.message = message,
        }
        view
    }
}

async fn read<B>(response: Response<B>) -> Result<Answer, String>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| format!("the answer broke off or has more than 4 MiB: {error}"))?;
    Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
}

fn told(view: &mut TestView, defined: &Defined, answer: &Answer) {
    view.status = Some(answer.status.as_u16());
    let listed = answer.status.is_success().then(|| listed(&answer.body)).flatten();
    match listed {
        Some(listed) => {
            view.ok = true;
            view.models = Some(listed.len());
            view.message = format!("it answered {} with {} models", answer.status.as_u16(), listed.len());
            let native = defined.provider().models.values().map(|model| &model.native_id);
            view.missing = native.filter(|id| !listed.contains(id)).take(MISSING_MAX).cloned().collect();
        }
        None => {
            view.message = hint::message(defined, answer);
            view.hints = hint::hints(defined, answer);
        }
    }
}

/// The ids in `{"data":[{"id":…}]}`.
fn listed(body: &[u8]) -> Option<Vec<String>> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    let models = json.get("data")?.as_array()?;
    Some(models.iter().filter_map(|model| model.get("id")?.as_str().map(str::to_owned)).collect())
}
