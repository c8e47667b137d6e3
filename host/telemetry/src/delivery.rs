//! One batch brought to the collector, with a few more tries if it says "later" or says nothing. It must not know what
//! is in a batch.

mod answer;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_util::sync::CancellationToken;

pub(crate) use answer::{Accepted, DeliveryError};

use crate::options::{TelemetryError, TelemetryOptions};

/// After the first try.
const RETRIES_MAX: u32 = 3;
/// Before the first retry, if the collector asks for no pause; then twice as long each time, a fifth more or less.
const PAUSE: Duration = Duration::from_secs(1);
/// Of the collector's answer; more is not looked at.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long a connection waits for its next batch.
const IDLE: Duration = Duration::from_secs(30);

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");
const PATCHBAY: HeaderValue = HeaderValue::from_static(concat!("patchbay/", env!("CARGO_PKG_VERSION")));

pub(crate) struct Delivery {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
    /// For one exchange.
    timeout: Duration,
}

impl Delivery {
    pub(crate) fn new(options: &TelemetryOptions) -> Result<Self, TelemetryError> {
        let (uri, mut headers) = (options.uri()?, options.header_map()?);
        headers.insert(CONTENT_TYPE, PROTOBUF);
        headers.entry(USER_AGENT).or_insert(PATCHBAY);
        Ok(Self { client: client(&uri, options.timeout), uri, headers, timeout: options.timeout })
    }

    /// Once `hurry` is cancelled there are no pauses: the try that follows is the last.
    pub(crate) async fn deliver(
        &self,
        body: Bytes,
        hurry: &CancellationToken,
    ) -> Result<Accepted, DeliveryError> {
        for failures in 0..RETRIES_MAX {
            let error = match self.once(body.clone()).await {
                Err(error) if error.may_pass() && !hurry.is_cancelled() => error,
                outcome => return outcome,
            };
            let pause = error.asked().unwrap_or_else(|| backoff(failures));
            tokio::select! {
                () = hurry.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.once(body).await
    }

    async fn once(&self, body: Bytes) -> Result<Accepted, DeliveryError> {
        let silence = || Err(DeliveryError::Timeout { endpoint: self.uri.to_string(), within: self.timeout });
        tokio::time::timeout(self.timeout, self.exchange(body)).await.unwrap_or_else(|_| silence())
    }

    async fn exchange(&self, body: Bytes) -> Result<Accepted, DeliveryError> {
        let sent = self.client.request(self.request(body)).await;
        let (head, body) = sent.map_err(|error| self.unreachable(&error))?.into_parts();
        // What the status says counts, also if the rest breaks off.
        let rest = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = rest.map(|rest| rest.to_bytes()).unwrap_or_default();
        answer::read(&self.uri, &head, &body, &self.headers)
    }

    fn request(&self, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    fn unreachable(&self, error: &legacy::Error) -> DeliveryError {
        DeliveryError::Unreachable { endpoint: self.uri.to_string(), reason: root(error) }
    }
}

fn client(uri: &Uri, timeout: Duration) -> Client<HttpsConnector<HttpConnector>, Full<Bytes>> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(timeout));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .build(tls(uri).https_or_http().enable_http1().wrap_connector(http))
}

/// The machine's roots, or Mozilla's where it has none, or where no certificate is ever looked at.
fn tls(uri: &Uri) -> HttpsConnectorBuilder<hyper_rustls::builderstates::WantsSchemes> {
    if uri.scheme_str() != Some("https") {
        return HttpsConnectorBuilder::new().with_webpki_roots();
    }
    HttpsConnectorBuilder::new().with_native_roots().unwrap_or_else(|error| {
        tracing::info!(%error, "no root certificates on this machine: using the bundled ones");
        HttpsConnectorBuilder::new().with_webpki_roots()
    })
}

fn backoff(failures: u32) -> Duration {
    let jitter = 0.8 + 0.4 * fastrand::f64();
    PAUSE.saturating_mul(1 << failures.min(RETRIES_MAX)).mul_f64(jitter)
}

/// The innermost reason: hyper's outer texts only name the stage.
fn root(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}
