//! The numbers that rule all endpoints. It must not know where they were written down.

use std::time::Duration;

/// Replaced as a whole, while requests run.
#[derive(Clone, PartialEq, Debug)]
pub struct PoolConfig {
    /// Pools, first tier first. Pools that are not named here come after, alphabetically.
    pub order: Vec<String>,
    /// Resolving, TCP and TLS together.
    pub connect_timeout: Duration,
    /// Until the response headers of a stream, connecting included.
    pub first_byte_timeout: Duration,
    /// Longest gap in a stream. The proxy keeps it.
    pub silence: Duration,
    /// A whole answer that is not a stream. The proxy keeps it, and gives it to `Permit::send_within`.
    pub total: Duration,
    /// The first cooldown; each next one is twice as long.
    pub cooldown_base: Duration,
    /// The longest cooldown that is not asked for by the provider, before jitter.
    pub cooldown_max: Duration,
    /// Share of a cooldown by which it is made longer or shorter at random, 0 to 1.
    pub jitter: f64,
    /// Failures within `eject_window`, successes taken off, that eject an endpoint.
    pub eject_failures: usize,
    pub eject_window: Duration,
    pub eject_for: Duration,
    /// The largest share of a pool's living endpoints that may be ejected at a time. At least one always stays.
    pub eject_share_max: f64,
    /// Idle connections kept, for each endpoint.
    pub idle_connections_max: usize,
    /// How long an idle connection is kept.
    pub idle_timeout: Duration,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            order: vec!["primary".to_owned(), "fallback".to_owned()],
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(120),
            silence: Duration::from_secs(120),
            total: Duration::from_secs(600),
            cooldown_base: Duration::from_secs(30),
            cooldown_max: Duration::from_secs(600),
            jitter: 0.1,
            eject_failures: 5,
            eject_window: Duration::from_secs(30),
            eject_for: Duration::from_secs(30),
            eject_share_max: 0.5,
            idle_connections_max: 64,
            idle_timeout: Duration::from_secs(30),
        }
    }
}
