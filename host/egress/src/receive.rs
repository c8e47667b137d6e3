//! From an answer's first byte to what the plugin gets: read up to the limits, secrets taken out. It must not know who
//! may ask.

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue};
use reqwest::Response;

use crate::client::failed;
use crate::error::{SendError, shown};
use crate::mask::Mask;
use crate::{EgressLimits, Incoming};

/// What belongs to the connection and says nothing of the answer.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(crate) struct Receiver<'a> {
    pub(crate) limits: &'a EgressLimits,
    pub(crate) origin: &'a str,
    pub(crate) mask: &'a Mask,
}

impl Receiver<'_> {
    pub(crate) async fn receive(&self, mut answer: Response) -> Result<Incoming, SendError> {
        let status = answer.status().as_u16();
        self.searchable(answer.headers())?;
        let mut headers = self.headers(answer.headers())?;
        let body = self.body(&mut answer).await?;
        let masked = self.masked(&body)?;
        if masked.is_some() {
            headers.retain(|(name, _)| name != CONTENT_LENGTH.as_str());
        }
        Ok(Incoming { status, headers, body: masked.unwrap_or(body) })
    }

    /// What is still packed after unpacking may hide a secret.
    fn searchable(&self, headers: &HeaderMap) -> Result<(), SendError> {
        let encoding = headers.get(CONTENT_ENCODING).filter(|_| !self.mask.is_empty());
        match encoding.map(|encoding| String::from_utf8_lossy(encoding.as_bytes())) {
            Some(encoding) if !encoding.eq_ignore_ascii_case("identity") => Err(SendError::Packed {
                origin: shown(self.origin),
                encoding: shown(&self.mask.text(&encoding)),
            }),
            _ => Ok(()),
        }
    }

    fn headers(&self, headers: &HeaderMap) -> Result<Vec<(String, String)>, SendError> {
        let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if bytes > self.limits.headers_bytes_max {
            return Err(SendError::bytes("the answer's headers together", self.limits.headers_bytes_max));
        }
        let told = headers.iter().map(|(name, value)| (name.as_str(), value));
        let told = told.filter(|(name, _)| !HOP_BY_HOP.contains(name) && !self.mask.is_in_name(name));
        Ok(told.map(|(name, value)| (name.to_owned(), self.value(value))).collect())
    }

    fn value(&self, value: &HeaderValue) -> String {
        self.mask.text(&String::from_utf8_lossy(value.as_bytes()))
    }

    /// Counts unpacked bytes, and stops at the first portion that is too much.
    async fn body(&self, answer: &mut Response) -> Result<Bytes, SendError> {
        let max = self.limits.body_bytes_max;
        let too_large = || SendError::bytes("the answer's body", max);
        let mut body = BytesMut::new();
        while let Some(portion) = self.portion(answer).await? {
            if portion.len() > max - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&portion);
        }
        Ok(body.freeze())
    }

    async fn portion(&self, answer: &mut Response) -> Result<Option<Bytes>, SendError> {
        answer.chunk().await.map_err(|error| failed(&error, self.origin, self.mask))
    }

    fn masked(&self, body: &Bytes) -> Result<Option<Bytes>, SendError> {
        if self.mask.is_empty() {
            return Ok(None);
        }
        let max = self.limits.body_bytes_max;
        let masked = self.mask.bytes(body, max).map_err(|_| SendError::bytes("the answer's body", max))?;
        Ok(masked.map(Bytes::from))
    }
}
