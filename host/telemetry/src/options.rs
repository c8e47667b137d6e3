//! What the operator chose, and what of it cannot be used. It must not know where it was written down.

mod endpoint;

use std::ops::RangeInclusive;
use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use patchbay_types::Secret;

#[derive(Clone, Debug)]
pub struct TelemetryOptions {
    /// `http://127.0.0.1:4318`; `/v1/traces` is added unless the path ends so.
    pub endpoint: String,
    /// Sent with each batch, such as a collector's key.
    pub headers: Vec<(String, Secret<String>)>,
    pub service_name: String,
    pub service_version: String,
    /// Tells this process from others of the same service.
    pub instance: String,
    /// The share of traces that are sent, 0 to 1, of those that begin here. A caller's own decision is kept.
    pub sample: f64,
    /// For one exchange with the collector, and for all that is left when the exporter stops.
    pub timeout: Duration,
    /// Spans that wait; beyond that they are dropped and counted.
    pub queue_max: usize,
    /// Spans in one exchange.
    pub batch_max: usize,
    /// How long a span waits at most while nothing fails.
    pub flush_every: Duration,
}

/// Why nothing can be sent with these options.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error(
        "{found:?} is no endpoint: {reason}; expected http:// or https:// and a host, like http://127.0.0.1:4318"
    )]
    Endpoint { found: String, reason: &'static str },
    /// The text is not repeated: it holds a secret.
    #[error("an endpoint must not hold a user or password: send them as a header, such as `authorization`")]
    EndpointUser,
    #[error("header {name:?} cannot be sent: {reason}")]
    Header { name: String, reason: &'static str },
    #[error("{found} headers: at most {HEADERS_MAX} are sent")]
    Headers { found: usize },
    #[error("{option} is {found}: expected {expected}")]
    Option { option: &'static str, found: String, expected: String },
}

const HEADERS_MAX: usize = 16;
/// Spans of at most 16 KiB: 1 GiB that nobody takes.
const QUEUE_MAX: RangeInclusive<usize> = 1..=65_536;
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(60);
const FLUSH_EVERY: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(60);

/// What the client itself says.
const OWN: [HeaderName; 5] = [CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING];

impl Default for TelemetryOptions {
    fn default() -> Self {
        Self {
            endpoint: "http://127.0.0.1:4318".to_owned(),
            headers: Vec::new(),
            service_name: "patchbay".to_owned(),
            service_version: env!("CARGO_PKG_VERSION").to_owned(),
            instance: String::new(),
            sample: 1.0,
            timeout: Duration::from_secs(10),
            queue_max: 2048,
            batch_max: 512,
            flush_every: Duration::from_secs(5),
        }
    }
}

impl TelemetryOptions {
    /// # Errors
    /// The first number that is out of its range.
    pub(crate) fn check(&self) -> Result<(), TelemetryError> {
        within("sample", &self.sample, &(0.0..=1.0))?;
        within("queue_max", &self.queue_max, &QUEUE_MAX)?;
        within("batch_max", &self.batch_max, &(1..=self.queue_max))?;
        within("timeout", &self.timeout, &TIMEOUT)?;
        within("flush_every", &self.flush_every, &FLUSH_EVERY)
    }

    /// # Errors
    /// If the endpoint is none.
    pub(crate) fn uri(&self) -> Result<Uri, TelemetryError> {
        endpoint::traces(&self.endpoint)
    }

    /// Each marked as sensitive, so that no library prints it.
    ///
    /// # Errors
    /// The first header that cannot be sent.
    pub(crate) fn header_map(&self) -> Result<HeaderMap, TelemetryError> {
        if self.headers.len() > HEADERS_MAX {
            return Err(TelemetryError::Headers { found: self.headers.len() });
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let wrong = |reason| TelemetryError::Header { name: name.clone(), reason };
            let (name, value) = header(name, value).map_err(wrong)?;
            headers.append(name, value);
        }
        Ok(headers)
    }
}

fn header(name: &str, value: &Secret<String>) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name: HeaderName = name.parse().map_err(|_| "its name is no header's")?;
    if OWN.contains(&name) {
        return Err("the exporter sets it; leave it out");
    }
    let value = HeaderValue::from_str(value.expose());
    let mut value = value.map_err(|_| "its value holds a line break or a character beyond ASCII")?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn within<T>(option: &'static str, found: &T, range: &RangeInclusive<T>) -> Result<(), TelemetryError>
where
    T: PartialOrd + std::fmt::Debug,
{
    if range.contains(found) {
        return Ok(());
    }
    let expected = format!("{:?} to {:?}", range.start(), range.end());
    Err(TelemetryError::Option { option, found: format!("{found:?}"), expected })
}

#[cfg(test)]
mod tests;
