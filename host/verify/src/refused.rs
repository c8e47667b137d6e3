//! Why a check cannot be run, said before anything starts: what was found, what was expected, which line helps. It must
//! not know when it is asked.

use patchbay_egress::SendError;
use patchbay_process::FindError;

/// Each names its check, what was found, what was expected, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CheckRefused {
    #[error(
        "check `command`: program {program:?} may not be run by checks ({listed}); to allow it, write \
         `programs = [{program:?}]` into [checks] of patchbay.toml"
    )]
    Program { program: String, listed: String },
    #[error(
        "check `command`: {0}; `programs` of [checks] in patchbay.toml lists it, so it is the program that is missing"
    )]
    NotFound(#[from] FindError),
    #[error("check `http`: {0}")]
    Url(SendError),
    #[error(
        "check `http`: {url:?} may not be reached by checks; to allow it, write its origin into `http = [\"HOST\"]` or \
         `http = [\"http://HOST:PORT\"]` of [checks] of patchbay.toml, expected without a path"
    )]
    Origin { url: String },
    #[error(
        "check `http`: {address}; to allow it, write `http = [{{ origin = \"…\", private = true }}]` into [checks] \
         of patchbay.toml"
    )]
    Address { address: SendError },
    #[error(
        "check `http`: {url:?} names a secret, and checks have none: expected a URL without {{{{secret:…}}}}; use a \
         `skill` check, which has secrets of its own"
    )]
    Secret { url: String },
    #[error(
        "check `{kind}`: {path:?} is no path: expected an absolute one without `..`, of at most {max} bytes"
    )]
    Path { kind: &'static str, path: String, max: usize },
    #[error(
        "check `{kind}`: {path:?} lies in no folder that checks may read ({listed}); to allow it, write \
         `files = [\"/FOLDER\"]` into [checks] of patchbay.toml"
    )]
    Outside { kind: &'static str, path: String, listed: String },
    #[error("check `file`: {path:?} is to be absent and to have {what}: expected one of both; leave one out")]
    Contradiction { path: String, what: &'static str },
    #[error("check `file`: `schema` is no JSON Schema that can be used: {reason}; {hint}")]
    Schema { reason: String, hint: &'static str },
    #[error(
        "check `json-path`: {path:?} cannot be used: {reason}; expected a path of RFC 9535 such as $.items[0].name"
    )]
    JsonPath { path: String, reason: String },
    #[error("check `{kind}` cannot be asked now: {reason}")]
    Missing { kind: &'static str, reason: String },
}
