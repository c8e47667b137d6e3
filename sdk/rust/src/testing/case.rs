//! A golden case: one call, and what is expected of it. It knows no plugin: whoever made the call, natively or in
//! the sandbox, brings the answer to [`Case::check`].

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Candidate, Decision, PluginError, Request};

/// One call of a routing policy and what is expected of it, as a file in `cases/` has it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows, as a sentence.
    pub name: String,
    /// The operator's configuration; `{}` if left out.
    #[serde(default = "nothing_set")]
    pub config: Value,
    /// The request; each field that is left out is that of [`Request::default`].
    #[serde(default)]
    pub request: Request,
    /// The candidates; each field that is left out is that of [`Candidate::default`].
    pub candidates: Vec<Candidate>,
    /// What the policy must answer.
    pub expect: Expect,
}

fn nothing_set() -> Value {
    json!({})
}

/// What a policy must answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// A decision with exactly this order.
    Order(Vec<Ranked>),
    /// An error with this code.
    Error(String),
}

/// A candidate in the expected order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ranked {
    /// By its place in the case's list, from 0.
    Index(usize),
    /// By its provider's name.
    Provider(String),
}

impl fmt::Display for Ranked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(formatter, "index {index}"),
            Self::Provider(name) => write!(formatter, "{name:?}"),
        }
    }
}

/// Why a case cannot be used.
#[derive(Debug)]
pub enum CaseError {
    /// The file cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// The text is not a case.
    NotACase(serde_json::Error),
    /// It expects a candidate that it does not have.
    UnknownCandidate(Ranked),
}

impl fmt::Display for CaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(formatter, "cannot read {}: {error}", path.display()),
            Self::NotACase(error) => {
                write!(formatter, "not a case: {error}; its shape is in the SDK's README")
            }
            Self::UnknownCandidate(ranked) => {
                write!(formatter, "`expect` names {ranked}, which is not in `candidates`")
            }
        }
    }
}

impl std::error::Error for CaseError {}

impl Case {
    /// Reads a case from a file.
    ///
    /// # Errors
    /// The file cannot be read, or holds no case.
    pub fn read(path: &Path) -> Result<Self, CaseError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| CaseError::Unreadable(path.to_owned(), error))?;
        Self::parse(&text)
    }

    /// Reads a case from JSON text.
    ///
    /// # Errors
    /// The text is no case, or it expects a candidate that it does not have.
    pub fn parse(json: &str) -> Result<Self, CaseError> {
        let case: Self = serde_json::from_str(json).map_err(CaseError::NotACase)?;
        match &case.expect {
            Expect::Order(order) => case.indexes(order).map(drop)?,
            Expect::Error(_) => (),
        }
        Ok(case)
    }

    /// Compares what a policy answered with what is expected.
    ///
    /// # Errors
    /// The difference, as text for people: a line `expected` and a line `found`.
    pub fn check(&self, answer: &Result<Decision, PluginError>) -> Result<(), String> {
        if let Ok(decision) = answer {
            self.check_valid(&decision.order)?;
        }
        if self.fits(answer) { Ok(()) } else { Err(difference(&self.expected(), &self.found(answer))) }
    }

    /// The host refuses any other order, so no case can expect it.
    fn check_valid(&self, order: &[usize]) -> Result<(), String> {
        let mut seen = vec![false; self.candidates.len()];
        for &index in order {
            match seen.get_mut(index) {
                None => return Err(invalid(&format!("{index}, of {} candidates", self.candidates.len()))),
                Some(seen) if *seen => return Err(invalid(&format!("{index} twice"))),
                Some(seen) => *seen = true,
            }
        }
        Ok(())
    }

    fn fits(&self, answer: &Result<Decision, PluginError>) -> bool {
        match (&self.expect, answer) {
            (Expect::Order(order), Ok(decision)) => {
                self.indexes(order).is_ok_and(|order| order == decision.order)
            }
            (Expect::Error(code), Err(error)) => *code == error.code,
            _ => false,
        }
    }

    fn indexes(&self, order: &[Ranked]) -> Result<Vec<usize>, CaseError> {
        order.iter().map(|ranked| self.index(ranked)).collect()
    }

    fn index(&self, ranked: &Ranked) -> Result<usize, CaseError> {
        let found = match ranked {
            Ranked::Index(index) => Some(*index).filter(|&index| index < self.candidates.len()),
            Ranked::Provider(name) => {
                self.candidates.iter().position(|candidate| candidate.provider == *name)
            }
        };
        found.ok_or_else(|| CaseError::UnknownCandidate(ranked.clone()))
    }

    fn expected(&self) -> String {
        match &self.expect {
            Expect::Order(order) => match self.indexes(order) {
                Ok(order) => self.names(&order),
                Err(error) => error.to_string(),
            },
            Expect::Error(code) => format!("an error with the code {code}"),
        }
    }

    fn found(&self, answer: &Result<Decision, PluginError>) -> String {
        match answer {
            Ok(decision) => format!("{} because: {}", self.names(&decision.order), decision.reason),
            Err(error) => format!("the error {error}"),
        }
    }

    fn names(&self, order: &[usize]) -> String {
        let name = |&index: &usize| match self.candidates.get(index) {
            Some(candidate) => format!("{}[{index}]", candidate.provider),
            None => format!("[{index}]"),
        };
        format!("[{}]", order.iter().map(name).collect::<Vec<_>>().join(", "))
    }
}

fn difference(expected: &str, found: &str) -> String {
    format!("  expected  {expected}\n  found     {found}")
}

fn invalid(found: &str) -> String {
    difference("each index once, within the candidates", &format!("{found}: the host refuses this decision"))
}

#[cfg(test)]
mod tests;
