//! One HTTP client for each zone, so that no connection that was opened for a wider one is used for a narrower one. It
//! must not know who asks.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Response, redirect, retry};

use crate::EgressLimits;
use crate::address::Zone;
use crate::error::{SendError, shown};
use crate::exchange::Granted;
use crate::mask::Mask;
use crate::resolve::{Beyond, Guarded, Lookup};

/// Leaves time for an answer within the shortest usual limit.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection waits for its next exchange; its address is not looked at again.
const IDLE: Duration = Duration::from_secs(30);
/// Of an error's chain.
const CAUSES_MAX: usize = 16;

pub(crate) struct Clients {
    public: OfZone,
    private: OfZone,
    metadata: OfZone,
}

/// A zone's client, made when it is first needed: it holds every root certificate of the machine.
struct OfZone {
    limits: EgressLimits,
    guarded: Arc<Guarded>,
    client: OnceLock<Client>,
}

impl Clients {
    pub(crate) fn new(limits: &EgressLimits, lookup: &Arc<dyn Lookup>) -> Self {
        let of = |zone| OfZone {
            limits: *limits,
            guarded: Arc::new(Guarded { zone, lookup: Arc::clone(lookup) }),
            client: OnceLock::new(),
        };
        Self { public: of(Zone::Public), private: of(Zone::Private), metadata: of(Zone::Metadata) }
    }

    pub(crate) async fn send(&self, granted: Granted, mask: &Mask) -> Result<Response, SendError> {
        let zone = match granted.zone {
            Zone::Public => &self.public,
            Zone::Private => &self.private,
            Zone::Metadata => &self.metadata,
        };
        let origin = granted.origin.to_string();
        let client = zone.client().map_err(|error| failed(&error, &origin, mask))?;
        let sent = client.execute(granted.request).await;
        sent.map_err(|error| failed(&error, &origin, mask))
    }
}

impl OfZone {
    /// Two that need it first at the same time may make it twice; one is kept.
    fn client(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = builder(&self.limits, self.guarded.clone()).build().or_else(|error| {
            tracing::warn!(
                error = cause(&error),
                "no root certificates on this machine: plugins cannot use https"
            );
            builder(&self.limits, self.guarded.clone()).tls_certs_only([]).build()
        })?;
        Ok(self.client.get_or_init(|| made))
    }
}

fn builder(limits: &EgressLimits, guarded: Arc<Guarded>) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("patchbay/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(guarded)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .http1_only()
        .http1_max_headers(limits.headers_max)
        .gzip(true)
        .deflate(true)
        .no_brotli()
        .no_zstd()
        .connect_timeout(CONNECT_WITHIN)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(limits.idle_connections_max)
}

/// Never with the error's own text, which repeats the URL.
pub(crate) fn failed(error: &reqwest::Error, origin: &str, mask: &Mask) -> SendError {
    if let Some(beyond) = causes(error).find_map(|cause| cause.downcast_ref::<Beyond>()) {
        return SendError::address(&beyond.host, beyond.lies);
    }
    let what = match error {
        error if error.is_connect() && error.is_timeout() => "not connected in time",
        error if error.is_connect() => "no connection",
        error if error.is_builder() => "the request cannot be written",
        error if error.is_decode() => "the answer cannot be unpacked",
        _ => "the exchange broke off",
    };
    let reason = format!("{what} ({})", shown(&mask.text(&cause(error))));
    SendError::Connect { origin: shown(origin), reason }
}

/// The innermost cause, which says most.
fn cause(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let next = |error: &&'a (dyn Error + 'static)| (*error).source();
    std::iter::successors(error.source(), next).take(CAUSES_MAX)
}
