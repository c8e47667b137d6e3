//! `--grant KIND=VALUE`: what the operator gives a plugin beyond what its manifest asks for.

use std::str::FromStr;

use patchbay_types::{FilesGrant, Grants, HttpGrant, KvGrant, LlmGrant, Wasi};

const EXPECTED: &str = "kv=BYTES, http=ORIGIN, http-private=ORIGIN, secrets=NAME, llm=MODEL[:USD], process=PROGRAM, \
                        files=/FOLDER[:rw] or wasi=inert";
/// What an `llm` grant may cost a day if nobody says it.
const USD_A_DAY: f64 = 1.0;
const QUOTE_CHARACTERS_MAX: usize = 100;

/// One grant.
#[derive(Clone, PartialEq, Debug)]
pub struct Grant(Grants);

/// Why a text is no grant.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum GrantError {
    #[error("{0:?} is no grant: expected {EXPECTED}")]
    Kind(String),
    #[error("{0:?} has no value: expected {EXPECTED}")]
    Empty(String),
    #[error("{0:?} is no number of bytes: expected kv=1048576")]
    Bytes(String),
    #[error("{0:?} is no amount: expected llm=MODEL or llm=MODEL:USD, in US dollars a day")]
    Amount(String),
    #[error("{0:?} is no absolute folder: expected files=/FOLDER to read, files=/FOLDER:rw to write too")]
    Folder(String),
    #[error("{0:?} is not known: expected wasi=inert")]
    Wasi(String),
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let quote = || text.chars().take(QUOTE_CHARACTERS_MAX).collect::<String>();
        let (kind, value) = text.split_once('=').ok_or_else(|| GrantError::Kind(quote()))?;
        if value.is_empty() {
            return Err(GrantError::Empty(quote()));
        }
        let one = || vec![value.to_owned()];
        let nothing = Grants::default();
        let grants = match kind {
            "kv" => Grants { kv: Some(kv(value).ok_or_else(|| GrantError::Bytes(quote()))?), ..nothing },
            "http" => Grants { http: Some(vec![HttpGrant::Origin(value.to_owned())]), ..nothing },
            "http-private" => Grants { http: Some(vec![private(value)]), ..nothing },
            "secrets" => Grants { secrets: Some(one()), ..nothing },
            "llm" => Grants { llm: Some(llm(value).ok_or_else(|| GrantError::Amount(quote()))?), ..nothing },
            "process" => Grants { process: Some(one()), ..nothing },
            "files" => Grants {
                files: Some(vec![files(value).ok_or_else(|| GrantError::Folder(quote()))?]),
                ..nothing
            },
            "wasi" if value == "inert" => Grants { wasi: Some(Wasi::Inert), ..nothing },
            "wasi" => return Err(GrantError::Wasi(quote())),
            _ => return Err(GrantError::Kind(quote())),
        };
        Ok(Self(grants))
    }
}

/// All of them together. An amount that is given twice is the one that is given last.
pub fn all(grants: &[Grant]) -> Grants {
    grants.iter().fold(Grants::default(), |all, Grant(grant)| {
        let llm = match (&all.llm, &grant.llm) {
            (Some(some), Some(more)) => Some(both(some, more)),
            (some, more) => more.clone().or_else(|| some.clone()),
        };
        Grants { llm, ..all.with(grant) }
    })
}

fn both(some: &LlmGrant, more: &LlmGrant) -> LlmGrant {
    let mut models = some.models.clone();
    models.extend(more.models.iter().filter(|model| !some.models.contains(model)).cloned());
    LlmGrant { models, usd_per_day: more.usd_per_day }
}

fn kv(value: &str) -> Option<KvGrant> {
    value.parse().ok().map(|max_bytes| KvGrant { max_bytes })
}

fn private(origin: &str) -> HttpGrant {
    HttpGrant::Detailed { origin: origin.to_owned(), private: true }
}

/// A model's name may have a colon itself (`llama3:8b`): what comes after the last one is an amount if it is a number.
fn llm(value: &str) -> Option<LlmGrant> {
    let (model, usd) = match value.rsplit_once(':') {
        Some((model, usd)) => usd.parse().map_or((value, USD_A_DAY), |usd: f64| (model, usd)),
        None => (value, USD_A_DAY),
    };
    let sound = !model.is_empty() && usd.is_finite() && usd >= 0.0;
    sound.then(|| LlmGrant { models: vec![model.to_owned()], usd_per_day: usd })
}

fn files(value: &str) -> Option<FilesGrant> {
    let (root, write) = value.strip_suffix(":rw").map_or((value, false), |root| (root, true));
    root.starts_with('/').then(|| FilesGrant { root: root.to_owned(), write })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        let grants: Vec<Grant> = texts.iter().map(|text| text.parse().unwrap()).collect();
        all(&grants).lines()
    }

    #[test]
    fn each_kind_of_grant_is_read() {
        let check = |text: &str, expect: &str| assert_eq!(lines(&[text]), [expect]);
        check("kv=1024", "kv up to 1024 bytes");
        check("http=api.example.com", "http api.example.com");
        check("http-private=http://127.0.0.1:9", "http http://127.0.0.1:9 (private addresses too)");
        check("secrets=token", "secret token");
        check("llm=gpt-5", "llm gpt-5 up to 1 USD a day");
        check("llm=gpt-5:2.5", "llm gpt-5 up to 2.5 USD a day");
        check("llm=llama3:big", "llm llama3:big up to 1 USD a day");
        check("process=git", "process git");
        check("files=/srv", "files /srv (read)");
        check("files=/srv:rw", "files /srv (read and write)");
        check("wasi=inert", "wasi inert");
    }

    #[test]
    fn several_grants_add_up_and_the_last_amount_counts() {
        assert_eq!(lines(&["process=git", "process=tar", "process=git"]), ["process git", "process tar"]);
        assert_eq!(lines(&["llm=a:1", "llm=b:3"]), ["llm a up to 3 USD a day", "llm b up to 3 USD a day"]);
        assert_eq!(lines(&["kv=1", "kv=2"]), ["kv up to 2 bytes"]);
    }

    #[test]
    fn what_is_no_grant_is_answered_with_what_is_one() {
        for text in ["", "kv", "disk=1", "kv=", "kv=many", "llm=m:-1", "llm=:1", "files=srv", "wasi=full"] {
            let error = text.parse::<Grant>().unwrap_err().to_string();
            assert!(error.contains("expected"), "{text}: {error}");
        }
    }
}
