//! The golden cases of a plugin, put to the built component: the SDK's types on one side, the sandbox's on the other.

use std::fs;
use std::path::{Path, PathBuf};

use patchbay_runtime::CallFailure;
use patchbay_runtime::routing::{self, RoutingPolicy};
use patchbay_sdk::testing::Case;
use patchbay_sdk::{Candidate, Decision, Exhausted, PluginError, Request};

use crate::cli::Failure;

const CASES_MAX: usize = 10_000;

/// A case and where it stands.
pub struct CaseFile {
    pub path: PathBuf,
    pub case: Case,
}

/// Every `*.json` of a folder, in the order of names; none if there is no such folder.
///
/// # Errors
/// One of them is no case.
pub fn read(folder: &Path) -> Result<Vec<CaseFile>, Failure> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    if paths.len() > CASES_MAX {
        return Err(Failure::new(format!("{} holds more than {CASES_MAX} cases", folder.display())));
    }
    paths.into_iter().map(read_one).collect()
}

fn read_one(path: PathBuf) -> Result<CaseFile, Failure> {
    match Case::read(&path) {
        Ok(case) => Ok(CaseFile { path, case }),
        Err(error) => Err(Failure::new(format!("{}: {error}", path.display()))),
    }
}

/// Puts a case to a policy that was started with its configuration.
///
/// # Errors
/// What was expected and what was found, in lines for people.
pub async fn put(case: &Case, policy: &RoutingPolicy) -> Result<(), String> {
    let candidates: Vec<routing::Candidate> = case.candidates.iter().map(candidate).collect();
    match policy.rank(SEED, &request(&case.request), &candidates).await {
        Ok(decision) => case.check(&Ok(plain(decision))),
        Err(CallFailure::Refused { code, message }) => case.check(&Err(PluginError::new(code, message))),
        Err(failure) => Err(format!("  expected  {}\n  found     {failure}", expected(case))),
    }
}

/// A policy's random numbers follow from it, so a case gives the same answer each time.
const SEED: u64 = 0;

fn expected(case: &Case) -> String {
    serde_json::to_string(&case.expect).unwrap_or_default()
}

fn request(request: &Request) -> routing::RequestFacts {
    routing::RequestFacts {
        id: request.id.clone(),
        endpoint: request.endpoint.clone(),
        model: request.model.clone(),
        agent: request.agent.clone(),
        stream: request.stream,
        attempt: request.attempt,
        body_bytes: request.body_bytes,
        max_tokens: request.max_tokens,
        prefix_hash: request.prefix_hash,
        attributes: owned(request.attributes.iter()),
    }
}

fn candidate(candidate: &Candidate) -> routing::Candidate {
    routing::Candidate {
        provider: candidate.provider.clone(),
        pool: candidate.pool.clone(),
        tier: candidate.tier,
        health: candidate.health.clone(),
        available: candidate.available,
        in_flight: candidate.in_flight,
        requests_left: candidate.requests_left,
        requests_per_minute: candidate.requests_per_minute,
        cooling_ms: candidate.cooling_ms,
        idle_ms: candidate.idle_ms,
        first_byte_ms: candidate.first_byte_ms,
        input_price: candidate.input_price,
        output_price: candidate.output_price,
        attributes: owned(candidate.attributes.iter()),
    }
}

fn owned<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn plain(decision: routing::Decision) -> Decision {
    Decision {
        order: decision.order.into_iter().map(|index| index as usize).collect(),
        reason: decision.reason,
        otherwise: decision.otherwise.map(|otherwise| Exhausted {
            action: otherwise.action,
            retry_after_ms: otherwise.retry_after_ms,
        }),
    }
}
