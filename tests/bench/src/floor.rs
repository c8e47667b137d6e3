//! The least that a reverse proxy made of hyper can do: body and headers through, nothing looked at.

use std::net::SocketAddr;
use std::sync::Arc;

use http::uri::{Authority, Scheme, Uri};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::listen;
use crate::plugin::Bare;

/// Kept open to the upstream while nobody uses them, as Patchbay's default has it.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// Where everything is sent, and over what.
#[derive(Clone)]
pub(crate) struct Floor {
    upstream: Authority,
    client: Client<HttpConnector, Incoming>,
}

/// The role: forwards until its parent goes. With `policy`, it asks the bundled policy first, and does not heed it.
pub(crate) async fn run(upstream: SocketAddr, policy: bool) -> anyhow::Result<()> {
    let floor = Floor::new(upstream)?;
    if !policy {
        return listen::until_parent_goes(move |request| floor.clone().forward(request)).await;
    }
    let policy = Arc::new(Bare::new()?);
    let decided = move |request| {
        let (floor, policy) = (floor.clone(), Arc::clone(&policy));
        async move {
            policy.decide()?;
            floor.forward(request).await
        }
    };
    listen::until_parent_goes(decided).await
}

impl Floor {
    pub(crate) fn new(upstream: SocketAddr) -> anyhow::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(connector);
        Ok(Self { upstream: upstream.to_string().parse()?, client })
    }

    pub(crate) async fn forward(self, mut request: Request<Incoming>) -> anyhow::Result<Response<Incoming>> {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.upstream);
        *request.uri_mut() = Uri::from_parts(parts)?;
        Ok(self.client.request(request).await?)
    }
}
