//! A decision to take: providers as a host that has run for a while sees them.

use std::sync::LazyLock;

use patchbay_runtime::routing::{Candidate, RequestFacts};

use super::{CANDIDATES, Input};

/// What providers are called, as many as there are at most.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let most = CANDIDATES.into_iter().max().unwrap_or_default();
    (0..most).map(|number| format!("provider-{number}")).collect()
});

static NONE: Vec<(String, String)> = Vec::new();

/// With so many candidates, all of them available.
pub(crate) fn with(count: usize) -> Input {
    let names = (0u32..).zip(&*NAMES).take(count);
    Input { request: request(), candidates: names.map(|(number, name)| candidate(number, name)).collect() }
}

fn request() -> RequestFacts<'static> {
    RequestFacts {
        id: "req_01hzx3k5v9s7t2m4n6p8q0r1w3",
        endpoint: "chat/completions",
        model: "bench-1",
        agent: "bench",
        stream: false,
        attempt: 1,
        body_bytes: 250,
        max_tokens: Some(64),
        prefix_hash: 0x9e37_79b9_7f4a_7c15,
        attributes: &NONE,
    }
}

fn candidate(number: u32, name: &'static str) -> Candidate<'static> {
    let tier = number % 2;
    Candidate {
        provider: name,
        pool: if tier == 0 { "primary" } else { "fallback" },
        tier,
        health: "healthy",
        available: true,
        in_flight: number % 3,
        requests_left: 40 - number % 7,
        requests_per_minute: 400,
        cooling_ms: 0,
        idle_ms: Some(u64::from(number) * 17 % 101),
        first_byte_ms: Some(f64::from(number).mul_add(3.5, 120.0)),
        input_price: Some(2_500_000_000),
        output_price: Some(10_000_000_000),
        attributes: &NONE,
    }
}
