//! From what a plugin asks to a request that may be sent, step by step, before anything leaves the host: the URL, the
//! grant, the secrets. It must not know how a request is sent.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::address::Zone;
use crate::error::{SendError, shown};
use crate::fill::{Filler, Place};
use crate::origin::{Origin, without_dot};
use crate::secret::{Keyring, Used};
use crate::{EgressLimits, Reach, Secrets, head};

/// What a plugin wants sent. `{{secret:NAME}}` may stand in the URL's path and query and in values of headers.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub method: String,
    /// With scheme and host.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// For the whole exchange; the limit if none, and at most that.
    pub timeout: Option<Duration>,
}

/// An answer, of any status.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Unpacked.
    pub body: Bytes,
}

/// A request that was granted, with its secrets in it.
pub(crate) struct Granted {
    pub(crate) request: reqwest::Request,
    pub(crate) origin: Origin,
    pub(crate) zone: Zone,
    pub(crate) used: Vec<Used>,
}

impl Granted {
    pub(crate) fn new(
        asked: Outgoing,
        limits: &EgressLimits,
        reach: &Reach,
        secrets: &dyn Secrets,
    ) -> Result<Self, SendError> {
        let (mut url, origin) = target(&asked.url, limits)?;
        let zone = reach.zone(&origin)?;
        if asked.body.len() > limits.body_bytes_max {
            return Err(SendError::bytes("the request's body", limits.body_bytes_max));
        }
        let method = head::method(&asked.method)?;
        let mut filler = Filler::new(Keyring::new(reach, secrets, &origin));
        let headers = head::headers(&asked.headers, limits, &mut filler)?;
        fill(&mut url, &mut filler)?;
        let used = filler.into_used();
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = (!asked.body.is_empty()).then(|| asked.body.into());
        Ok(Self { request, origin, zone, used })
    }
}

/// Looks nothing up and sends nothing.
pub(crate) fn preflight(url: &str, limits: &EgressLimits, reach: &Reach) -> Result<(), SendError> {
    let (_, origin) = target(url, limits)?;
    reach.zone(&origin).map(|_| ())
}

/// The URL without what is not sent, and where it leads.
fn target(text: &str, limits: &EgressLimits) -> Result<(Url, Origin), SendError> {
    if text.len() > limits.url_bytes_max {
        return Err(SendError::bytes("the URL", limits.url_bytes_max));
    }
    let wrong = |reason: &str| SendError::Url { url: shown(text), reason: reason.to_owned() };
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(wrong("it holds a space or a control character"));
    }
    let mut url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        // Not repeated: it may be a password.
        let reason = "it holds a user or password; use the header `authorization`".to_owned();
        return Err(SendError::Url { url: "…@…".to_owned(), reason });
    }
    let origin = Origin::of(&url).ok_or_else(|| wrong("its scheme is neither http nor https"))?;
    let host = without_dot(url.host_str().unwrap_or_default()).to_owned();
    url.set_host(Some(&host)).map_err(|error| wrong(&error.to_string()))?;
    url.set_fragment(None);
    Ok((url, origin))
}

/// Path and query of a URL that was parsed: nothing that is filled in can change where it leads.
fn fill(url: &mut Url, filler: &mut Filler<'_>) -> Result<(), SendError> {
    if let Some(path) = filler.fill(url.path(), Place::Path)? {
        url.set_path(path.expose());
    }
    if let Some(query) = url.query().map(|query| filler.fill(query, Place::Query)).transpose()?.flatten() {
        url.set_query(Some(query.expose()));
    }
    Ok(())
}
