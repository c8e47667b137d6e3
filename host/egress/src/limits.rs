//! What bounds an exchange, and how many there are at once.

use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EgressLimits {
    /// Of a request's body, and of an answer's after it was unpacked.
    pub body_bytes_max: usize,
    /// Of a request and of an answer.
    pub headers_max: usize,
    /// Names and values together, of a request before secrets are filled in, and of an answer.
    pub headers_bytes_max: usize,
    pub url_bytes_max: usize,
    /// Of an exchange, from the first step to the last byte, and what it has if it does not say.
    pub timeout_max: Duration,
    /// Exchanges at once; others wait within their time. Times twice the longest body this is the memory they take.
    pub exchanges_max: usize,
    /// Names that are being looked up at once: a lookup cannot be called back.
    pub lookups_max: usize,
    /// Connections to an origin that are kept for the next exchange.
    pub idle_connections_max: usize,
}

impl Default for EgressLimits {
    fn default() -> Self {
        Self {
            body_bytes_max: 16 << 20,
            headers_max: 64,
            headers_bytes_max: 32 << 10,
            url_bytes_max: 8 << 10,
            timeout_max: Duration::from_secs(30),
            exchanges_max: 32,
            lookups_max: 16,
            idle_connections_max: 4,
        }
    }
}
