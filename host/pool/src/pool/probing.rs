//! Health probes: each provider is asked from time to time, beside its traffic. They cost no token and no place, end no
//! cooldown and no ejection, and are not accounted.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Pool;
use crate::client::{Answer, Call};
use crate::endpoint::Endpoint;
use crate::pulse::{Finding, Turn};

/// Probes at one time.
const AT_ONCE_MAX: usize = 16;
/// How much of an answer is read before it is dropped.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// By how much a wait is longer or shorter at random, so that many hosts do not ask together.
const JITTER: f64 = 0.1;

impl Pool {
    /// Probes until `stop` ends; what is out then is dropped. The first round is an interval after the start.
    pub fn watch_health<S>(&self, stop: S) -> impl Future<Output = ()> + Send + use<S>
    where
        S: Future<Output = ()> + Send,
    {
        let pool = self.clone();
        async move {
            let mut stop = pin!(stop);
            tokio::select! {
                () = &mut stop => {}
                () = pool.probe_always() => {}
            }
        }
    }

    async fn probe_always(&self) {
        loop {
            self.until_next_round().await;
            self.probe_all().await;
        }
    }

    /// Another interval counts from the beginning of the same wait.
    async fn until_next_round(&self) {
        let began = Instant::now();
        let stretch = 1.0 + JITTER * (2.0 * fastrand::f64() - 1.0);
        loop {
            let reconfigured = self.shared.reconfigured.notified();
            let interval = self.shared.config.load().health_interval;
            if interval.is_zero() {
                reconfigured.await;
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep_until(began + interval.mul_f64(stretch)) => return,
                () = reconfigured => {}
            }
        }
    }

    async fn probe_all(&self) {
        let (index, config) = (self.shared.index(), self.config());
        let lives = |endpoint: &&Arc<Endpoint>| endpoint.death(&endpoint.runtime.lock()).is_none();
        let probed = index.endpoints().iter().filter(|endpoint| endpoint.is_probed(&config));
        let mut asked = JoinSet::new();
        for endpoint in probed.filter(lives) {
            while asked.len() >= AT_ONCE_MAX {
                asked.join_next().await;
            }
            asked.spawn(self.clone().probe(Arc::clone(endpoint), config.health_timeout));
        }
        while asked.join_next().await.is_some() {}
    }

    async fn probe(self, endpoint: Arc<Endpoint>, within: Duration) {
        let Some(path) = endpoint.provider.probed_path() else { return };
        let began = self.now().monotonic;
        let status = tokio::time::timeout(within, ask(&endpoint, path, within)).await.unwrap_or(None);
        let latency = self.now().monotonic.since(began);
        self.learn(&endpoint, finding(status, latency), status);
    }

    fn learn(&self, endpoint: &Endpoint, finding: Finding, status: Option<StatusCode>) {
        let (now, provider) = (self.now(), &endpoint.provider.name);
        let mut state = endpoint.runtime.lock();
        if state.edition != endpoint.edition || !state.active {
            return;
        }
        if status.is_some_and(has_no_path) && state.pulse.tell_no_path() {
            tracing::info!(%provider, ?status, "nothing to probe there: set health_path, or switch probes off");
        }
        match state.pulse.found(finding, now, &self.shared.config.load()) {
            Some(Turn::CameBack) => {
                state.condition.ramp_up();
                drop(state);
                tracing::info!(%provider, "provider answers its health probe again");
                self.wake();
            }
            Some(Turn::WentDown) => {
                tracing::warn!(%provider, ?status, "provider down: its last health probes failed");
            }
            None => {}
        }
    }
}

/// The status of an answer that came whole, or as far as it is read.
async fn ask(endpoint: &Endpoint, path: &str, within: Duration) -> Option<StatusCode> {
    let accept = (header::ACCEPT, HeaderValue::from_static("application/json"));
    let headers = HeaderMap::from_iter([accept]);
    let call = Call { method: Method::GET, path_and_query: path, headers, body: Bytes::new() };
    let response = endpoint.client.send_beside(call, &endpoint.credential, within).await.ok()?;
    let status = response.status();
    read(response).await.then_some(status)
}

/// False if it breaks off.
async fn read(response: Response<Answer>) -> bool {
    let (mut body, mut bytes) = (response.into_body(), 0);
    while bytes <= BODY_BYTES_MAX {
        match body.frame().await {
            Some(Ok(frame)) => bytes += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) => return false,
            None => return true,
        }
    }
    true
}

fn finding(status: Option<StatusCode>, latency: Duration) -> Finding {
    match status {
        Some(status) if status.is_success() => Finding::Good { latency },
        Some(status) if has_no_path(status) || status == StatusCode::TOO_MANY_REQUESTS => Finding::Alive,
        status => Finding::Bad { answered: status.is_some() },
    }
}

fn has_no_path(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
}
