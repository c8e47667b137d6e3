//! The address of a provider, normalised once: what is stored, shown and called is the same text.
//! It must not know what is asked there.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::Authority;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// `scheme://host[:port]/path`, without a trailing slash. The path ends in `/v1`, unless one of its segments already
/// names a version (`/v1beta/openai`, `/api/paas/v4`): then it is what the operator gave.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    uri: Uri,
    origin: String,
}

/// Why a text is not a base URL.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BaseUrlError {
    #[error(
        "{0:?} is not a url: expected http:// or https:// and a host, for example https://api.example.com/v1"
    )]
    NotAUrl(String),
    /// The text is not repeated: it holds a secret.
    #[error("a base url must not hold a user or password: give the credential by itself")]
    UserInfo,
    #[error(
        "{0:?} has a query or a fragment: give only scheme, host and path, for example https://api.example.com/v1"
    )]
    Extra(String),
    #[error("{0:?} is one endpoint: give the base before it, for example https://api.example.com/v1")]
    Endpoint(String),
    #[error("the url is {0} bytes long: expected at most {LENGTH_MAX}")]
    TooLong(usize),
}

const LENGTH_MAX: usize = 2048;

const ENDPOINTS: [&str; 5] = ["/completions", "/embeddings", "/responses", "/messages", "/models"];

impl BaseUrl {
    /// `https://host:port`, the port always written: what a credential is bound to.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The whole address of a path that begins with a slash: `/chat/completions`.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn authority(&self) -> &Authority {
        self.uri.authority().expect("from_str refuses a url without a host")
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        if text.len() > LENGTH_MAX {
            return Err(BaseUrlError::TooLong(text.len()));
        }
        let not_a_url = || BaseUrlError::NotAUrl(text.to_owned());
        let url = Url::parse(text.trim()).map_err(|_| without_user(text, not_a_url()))?;
        check(&url, text)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(not_a_url)?;
        let port = url.port_or_known_default().ok_or_else(not_a_url)?;
        let shown_port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let shown = format!("{}://{host}{shown_port}{}", url.scheme(), versioned(url.path()));
        let uri: Uri = shown.parse().map_err(|_| not_a_url())?;
        uri.authority().ok_or_else(not_a_url)?;
        Ok(Self { uri, origin: format!("{}://{host}:{port}", url.scheme()) })
    }
}

fn check(url: &Url, text: &str) -> Result<(), BaseUrlError> {
    let path = url.path().trim_end_matches('/');
    if !matches!(url.scheme(), "http" | "https") {
        return Err(without_user(text, BaseUrlError::NotAUrl(text.to_owned())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BaseUrlError::UserInfo);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BaseUrlError::Extra(text.to_owned()));
    }
    match ENDPOINTS.iter().any(|endpoint| path.ends_with(endpoint)) {
        true => Err(BaseUrlError::Endpoint(text.to_owned())),
        false => Ok(()),
    }
}

/// An error that repeats its input must not repeat a password.
fn without_user(text: &str, error: BaseUrlError) -> BaseUrlError {
    if text.contains('@') { BaseUrlError::UserInfo } else { error }
}

fn versioned(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let named = segments.iter().any(|segment| is_version(segment));
    let mut path: String = segments.iter().flat_map(|segment| ["/", segment]).collect();
    if !named {
        path.push_str("/v1");
    }
    path
}

/// `v1`, `v4`, `v1beta`: `v` and a digit.
fn is_version(segment: &str) -> bool {
    matches!(segment.as_bytes(), [b'v', digit, ..] if digit.is_ascii_digit())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<BaseUrl>().map(|url| url.to_string()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn with_or_without_slash_and_version_it_is_the_same_address() {
        for text in
            ["https://h/p", "https://h/p/", "https://h/p/v1", "https://h/p/v1/", " https://H:443//p//v1"]
        {
            assert_eq!(shown(text), "https://h/p/v1", "{text}");
        }
        assert_eq!(shown("http://127.0.0.1:8080"), "http://127.0.0.1:8080/v1");
        assert_eq!(shown(&shown("http://[::1]:80/x")), "http://[::1]/x/v1");
    }

    #[test]
    fn a_version_that_the_operator_gave_is_kept() {
        assert_eq!(shown("https://h/v1beta/openai/"), "https://h/v1beta/openai");
        assert_eq!(shown("https://h/api/paas/v4"), "https://h/api/paas/v4");
        assert_eq!(shown("https://h/vendor"), "https://h/vendor/v1");
    }

    #[test]
    fn an_origin_always_has_its_port() {
        let origin = |text: &str| text.parse::<BaseUrl>().unwrap().origin().to_owned();
        assert_eq!(origin("https://h/v1"), "https://h:443");
        assert_eq!(origin("http://h"), "http://h:80");
        assert_eq!("https://h".parse::<BaseUrl>().unwrap().join("/models"), "https://h/v1/models");
    }

    #[test]
    fn what_is_not_a_base_url_is_refused_without_repeating_a_password() {
        let long = format!("https://h/{}", "x".repeat(LENGTH_MAX));
        for wrong in
            ["", "h", "ftp://h", "https://", "https://h?x=1", "https://h#x", "h:80", "file:///v1", &long]
        {
            assert!(wrong.parse::<BaseUrl>().is_err(), "{wrong:?} was taken");
        }
        assert!("not a url".parse::<BaseUrl>().unwrap_err().to_string().contains("is not a url"));
        assert!("https://h/v1/chat/completions".parse::<BaseUrl>().is_err());
        for secret in ["https://u:hunter2@h", "ftp://u:hunter2@h", "https://u:hunter2@h:port"] {
            let error = secret.parse::<BaseUrl>().unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
