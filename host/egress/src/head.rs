//! Method and headers of a request: what a plugin may say itself. What frames a message, and what belongs to a
//! connection, is the host's.

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method};

use crate::EgressLimits;
use crate::error::{SendError, shown};
use crate::fill::{Filler, Place};

const HOSTS_OWN: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// A method that opens a tunnel is none for a plugin; `TRACE` sends back what was filled in.
pub(crate) fn method(text: &str) -> Result<Method, SendError> {
    let method = Method::from_bytes(text.as_bytes()).ok();
    let usual = |method: &Method| ![Method::CONNECT, Method::TRACE].contains(method);
    let spelled = !["CONNECT", "TRACE"].iter().any(|refused| text.eq_ignore_ascii_case(refused));
    method.filter(|method| spelled && usual(method)).ok_or_else(|| SendError::Method(shown(text)))
}

pub(crate) fn headers(
    given: &[(String, String)],
    limits: &EgressLimits,
    filler: &mut Filler<'_>,
) -> Result<HeaderMap, SendError> {
    if given.len() > limits.headers_max {
        return Err(SendError::TooLarge {
            what: "the number of headers",
            max: limits.headers_max.to_string(),
        });
    }
    if given.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > limits.headers_bytes_max {
        return Err(SendError::bytes("the headers together", limits.headers_bytes_max));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let name = self::name(name)?;
        let value = self::value(&name, value, filler)?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn name(text: &str) -> Result<HeaderName, SendError> {
    let wrong = |reason| SendError::Header { name: shown(text), reason };
    let name = HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| wrong("its name is none: expected letters, digits and - _ . and the like"))?;
    match HOSTS_OWN.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
        true => Err(wrong("it belongs to the connection, which is the host's: leave it out")),
        false => Ok(name),
    }
}

fn value(name: &HeaderName, text: &str, filler: &mut Filler<'_>) -> Result<HeaderValue, SendError> {
    let wrong = |reason| SendError::Header { name: shown(name.as_str()), reason };
    // Before filling in: what the plugin wrote is to blame, not the secret.
    HeaderValue::from_str(text)
        .or_else(|_| HeaderValue::from_bytes(text.as_bytes()))
        .map_err(|_| wrong("its value holds a line break or another control character"))?;
    let filled = filler.fill(text, Place::Header)?;
    let bytes = filled.as_ref().map_or(text, |filled| filled.expose()).as_bytes();
    let mut value = HeaderValue::from_bytes(bytes)
        .map_err(|_| wrong("the secret in it holds a line break or another control character"))?;
    value.set_sensitive(filled.is_some());
    Ok(value)
}
