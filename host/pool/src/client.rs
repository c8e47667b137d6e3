//! One HTTP/1.1 client for each endpoint: its connections, its address, its timeouts, and where its credential is put.
//! It must not know health, models or what the answer means.
//!
//! No request reaches the provider twice. The client repeats a request by itself in one case: the server had closed an
//! idle connection before the first byte of the request was written, and hyper hands the request back unsent. Once
//! writing has begun, a broken connection is [`SendError::Reset`], and the caller decides.

mod connect;
mod connections;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::Full;
use rustls::ClientConfig;

use connect::{BoxError, Connector};
pub(crate) use connect::{tls, tls_without_roots};
pub use connections::Answer;
use connections::{Connections, Failure};

use crate::endpoint::Credential;
use crate::{BaseUrl, PoolConfig, Verdict};

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("no connection to {origin}: {reason}; check the base url, and that the provider is up")]
    Connect {
        origin: String,
        reason: String,
        #[source]
        source: BoxError,
    },
    #[error("no response headers from {origin} within {} s", within.as_secs_f64())]
    Timeout { origin: String, within: Duration },
    #[error("the connection to {origin} broke before an answer: {reason}")]
    Reset {
        origin: String,
        reason: String,
        #[source]
        source: hyper::Error,
    },
    #[error("{0:?} is not the path of a request: expected a slash first and no spaces")]
    Path(String),
}

impl SendError {
    /// Whether the provider may have seen the request, and may bill it.
    #[must_use]
    pub fn may_have_reached(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Reset { .. })
    }

    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Path(_) => Verdict::ClientError,
            Self::Connect { .. } | Self::Timeout { .. } | Self::Reset { .. } => Verdict::Unreachable,
        }
    }
}

/// What a client is made with: another value needs another client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    /// Resolving, TCP and TLS together.
    pub(crate) connect: Duration,
    pub(crate) idle_connections_max: usize,
    pub(crate) idle: Duration,
}

/// Where requests of one endpoint go. A clone shares the connections.
#[derive(Clone)]
pub(crate) struct Client {
    /// One for each thread that serves: a connection stays with the thread that opened it, so that no answer has to be
    /// handed from one to another.
    shards: Arc<[Connections]>,
    /// For health probes: keeps no connection, because it is used beside the threads that serve.
    beside: Connections,
    /// What every path begins with.
    prefix: Box<str>,
    origin: Arc<str>,
    host: HeaderValue,
    settings: Settings,
}

impl Settings {
    pub(crate) fn new(connect: Duration, config: &PoolConfig) -> Self {
        Self { connect, idle_connections_max: config.idle_connections_max, idle: config.idle_timeout }
    }
}

impl Client {
    pub(crate) fn new(base_url: &BaseUrl, tls: Arc<ClientConfig>, settings: Settings) -> Self {
        let shards = patchbay_types::shards();
        let connector = Connector::new(tls, settings.connect);
        let connections =
            |idle_max| Connections::new(connector.clone(), base_url.uri().clone(), idle_max, settings.idle);
        let each = settings.idle_connections_max.div_ceil(shards);
        let host = HeaderValue::from_str(base_url.authority().as_str())
            .expect("an authority is a subset of what a header may hold");
        Self {
            shards: std::iter::repeat_with(|| connections(each)).take(shards).collect(),
            beside: connections(0),
            prefix: base_url.uri().path().into(),
            origin: base_url.origin().into(),
            host,
            settings,
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings
    }

    #[cfg(test)]
    pub(crate) fn shares_connections_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shards, &other.shards)
    }

    /// `headers` go out as they are, but for those that are this client's to set.
    pub(crate) async fn send(
        &self,
        call: Call<'_>,
        credential: &Credential,
        within: Duration,
    ) -> Result<Response<Answer>, SendError> {
        self.send_by(patchbay_types::shard(&self.shards), call, credential, within).await
    }

    /// As `send`, on a connection of its own.
    pub(crate) async fn send_beside(
        &self,
        call: Call<'_>,
        credential: &Credential,
        within: Duration,
    ) -> Result<Response<Answer>, SendError> {
        self.send_by(&self.beside, call, credential, within).await
    }

    async fn send_by(
        &self,
        connections: &Connections,
        call: Call<'_>,
        credential: &Credential,
        within: Duration,
    ) -> Result<Response<Answer>, SendError> {
        let request = self.request(call, credential)?;
        match tokio::time::timeout(within, connections.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(failure)) => Err(self.failed(failure)),
            Err(_) => Err(SendError::Timeout { origin: self.origin.to_string(), within }),
        }
    }

    fn request(&self, call: Call<'_>, credential: &Credential) -> Result<Request<Full<Bytes>>, SendError> {
        let mut request = Request::new(Full::new(call.body));
        *request.method_mut() = call.method;
        *request.uri_mut() = self.uri(call.path_and_query)?;
        *request.headers_mut() = call.headers;
        let headers = request.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        headers.insert(HOST, self.host.clone());
        credential.put_into(headers);
        Ok(request)
    }

    fn uri(&self, path_and_query: &str) -> Result<Uri, SendError> {
        let wrong = || SendError::Path(path_and_query.to_owned());
        if !path_and_query.starts_with('/') {
            return Err(wrong());
        }
        let whole = Bytes::from([&self.prefix, path_and_query].concat());
        Ok(PathAndQuery::from_maybe_shared(whole).map_err(|_| wrong())?.into())
    }

    fn failed(&self, failure: Failure) -> SendError {
        let origin = self.origin.to_string();
        match failure {
            Failure::Connect(source) => SendError::Connect { origin, reason: root(&*source), source },
            Failure::Exchange(source) => SendError::Reset { origin, reason: root(&source), source },
        }
    }
}

/// What is asked, without what the endpoint adds.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path_and_query: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The innermost reason: hyper's outer texts only name the stage.
fn root(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
