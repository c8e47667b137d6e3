//! A connection: name, TCP and TLS under one deadline.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::client::WantsClientCert;
use rustls::{ConfigBuilder, RootCertStore, WantsVerifier};
use tokio::net::TcpStream;
use tower_service::Service;

const KEEPALIVE: Duration = Duration::from_secs(60);

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Connector {
    https: HttpsConnector<HttpConnector>,
    within: Duration,
}

impl Connector {
    pub(crate) fn new(tls: Arc<ClientConfig>, within: Duration) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(KEEPALIVE));
        // Shared out between the addresses of a name, so that one that drops packets leaves time for the next.
        http.set_connect_timeout(Some(within));
        Self { https: (http, tls).into(), within }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, within) = (self.https.call(uri), self.within);
        Box::pin(async move {
            match tokio::time::timeout(within, connecting).await {
                Ok(connected) => connected,
                Err(_) => {
                    Err(io::Error::new(io::ErrorKind::TimedOut, format!("not connected within {within:?}"))
                        .into())
                }
            }
        })
    }
}

/// The machine's roots, or Mozilla's where the machine has none. Reads files: made once, shared by all endpoints.
pub(crate) fn tls() -> Arc<ClientConfig> {
    let builder = builder().with_native_roots().unwrap_or_else(|error| {
        tracing::info!(%error, "no root certificates on this machine: using the bundled ones");
        self::builder().with_webpki_roots()
    });
    finish(builder)
}

/// For plain http, where no certificate is ever looked at.
pub(crate) fn tls_without_roots() -> Arc<ClientConfig> {
    finish(builder().with_root_certificates(RootCertStore::empty()))
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
}

fn finish(builder: ConfigBuilder<ClientConfig, WantsClientCert>) -> Arc<ClientConfig> {
    Arc::new(builder.with_no_client_auth())
}
