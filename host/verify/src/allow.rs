//! What checks may reach, as the operator lists it. It must not know where the list is written.

use std::path::PathBuf;

use patchbay_egress::{Reach, ReachError};
use patchbay_types::HttpGrant;

use crate::place::Roots;
use crate::text::shown;

/// Names that are listed in a refusal.
const LISTED_MAX: usize = 10;

/// The table `[checks]` of `patchbay.toml`. An empty list allows nothing of its kind, and none stands for everything.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Allow {
    /// Names that are looked for in `PATH`, or absolute paths. A check says one exactly as it stands here.
    pub programs: Vec<String>,
    pub http: Vec<HttpGrant>,
    /// Absolute folders. What lies below may be read.
    pub files: Vec<PathBuf>,
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AllowError {
    #[error(
        "`programs` of [checks] has {0:?}: expected a program's name or its absolute path; `*` is not supported, \
         list each program"
    )]
    Program(String),
    #[error("`http` of [checks]: {0}")]
    Http(#[from] ReachError),
    #[error(
        "`files` of [checks] has {0:?}: expected an absolute folder without `..` and `*`; list each folder by itself"
    )]
    Folder(String),
}

/// The same, checked.
pub(crate) struct May {
    pub(crate) programs: Vec<String>,
    pub(crate) http: Reach,
    pub(crate) files: Roots,
}

impl May {
    pub(crate) fn new(allow: &Allow) -> Result<Self, AllowError> {
        if let Some(wrong) = allow.programs.iter().find(|program| !is_program(program)) {
            return Err(AllowError::Program(shown(wrong)));
        }
        let http = Reach::new(&allow.http, &[])?;
        Ok(Self { programs: allow.programs.clone(), http, files: Roots::new(&allow.files)? })
    }
}

fn is_program(program: &str) -> bool {
    let is_place = program.starts_with('/') || !program.contains('/');
    is_place && !program.is_empty() && !program.contains(['*', '\0'])
}

/// Names for a sentence.
pub(crate) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED_MAX);
    let mut words: Vec<String> = names.take(LISTED_MAX).map(|name| format!("{:?}", shown(name))).collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    if words.is_empty() { "nothing is listed".to_owned() } else { format!("listed are {}", words.join(", ")) }
}
