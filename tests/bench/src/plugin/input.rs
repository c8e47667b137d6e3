//! A decision to take: providers as a host that has run for a while sees them.

use patchbay_runtime::routing::{Candidate, RequestFacts};

use super::Input;

/// With so many candidates, all of them available.
pub(crate) fn with(count: usize) -> Input {
    let candidates = (0u32..).take(count).map(candidate).collect();
    Input { request: request(), candidates }
}

fn request() -> RequestFacts {
    RequestFacts {
        id: "req_01hzx3k5v9s7t2m4n6p8q0r1w3".into(),
        endpoint: "chat/completions".into(),
        model: "bench-1".into(),
        agent: "bench".into(),
        stream: false,
        attempt: 1,
        body_bytes: 250,
        max_tokens: Some(64),
        prefix_hash: 0x9e37_79b9_7f4a_7c15,
        attributes: Vec::new(),
    }
}

fn candidate(number: u32) -> Candidate {
    let tier = number % 2;
    Candidate {
        provider: format!("provider-{number}"),
        pool: if tier == 0 { "primary" } else { "fallback" }.into(),
        tier,
        health: "healthy".into(),
        available: true,
        in_flight: number % 3,
        requests_left: 40 - number % 7,
        requests_per_minute: 400,
        cooling_ms: 0,
        idle_ms: Some(u64::from(number) * 17 % 101),
        first_byte_ms: Some(f64::from(number).mul_add(3.5, 120.0)),
        input_price: Some(2_500_000_000),
        output_price: Some(10_000_000_000),
        attributes: Vec::new(),
    }
}
