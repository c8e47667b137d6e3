//! What passes between client and provider, and what ends here: credentials, cookies, and what belongs to one
//! connection only (RFC 9110 section 7.6.1).

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

/// What belongs to one connection.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The client's own, or said of the client by others: no provider's business. The length and the host are set anew.
fn ends_before_a_provider(name: &str) -> bool {
    is_hop_by_hop(name)
        || matches!(
            name,
            "authorization"
                | "api-key"
                | "content-length"
                | "cookie"
                | "expect"
                | "forwarded"
                | "host"
                | "via"
                | "x-api-key"
                | "x-real-ip"
        )
        || ["x-forwarded-", "x-patchbay-", "cf-"].iter().any(|prefix| name.starts_with(prefix))
}

/// The body is framed anew, and nobody but us speaks in our name.
fn ends_before_a_client(name: &str) -> bool {
    is_hop_by_hop(name) || matches!(name, "content-length" | "set-cookie") || name.starts_with("x-patchbay-")
}

/// By which a client names a provider where no model does, and by which it is told who answered.
pub(crate) const PROVIDER: HeaderName = HeaderName::from_static("x-patchbay-provider");

/// By which a program of a task says whose tab its request goes on.
pub(crate) const TASK: HeaderName = HeaderName::from_static("x-patchbay-task");

/// The client's headers as a provider may see them.
pub(crate) fn to_provider(headers: &HeaderMap) -> HeaderMap {
    let named = named(headers);
    let passes = |name: &HeaderName| !ends_before_a_provider(name.as_str()) && !named.contains(name);
    // A few are added.
    let mut passed = HeaderMap::with_capacity(headers.len() + 4);
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        passed.append(name, value.clone());
    }
    passed
}

/// The provider's headers as the client may see them. Few of them go.
pub(crate) fn to_client(mut headers: HeaderMap) -> HeaderMap {
    named(&headers).iter().for_each(|name| drop(headers.remove(name)));
    while let Some(name) = headers.keys().find(|name| ends_before_a_client(name.as_str())).cloned() {
        headers.remove(name);
    }
    headers
}

/// What we say in our own name.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const GENERATION: HeaderName = HeaderName::from_static("x-patchbay-generation");
pub(crate) const ATTEMPTS: HeaderName = HeaderName::from_static("x-patchbay-attempts");
pub(crate) const FALLBACK: HeaderName = HeaderName::from_static("x-patchbay-fallback");
pub(crate) const OVERHEAD: HeaderName = HeaderName::from_static("x-patchbay-overhead-us");

/// A text that we made as a header; one that cannot be is left out.
pub(crate) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What `Connection` names is of this connection too.
fn named(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter();
    let names = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    names.filter_map(|name| name.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[(&'static str, &'static str)], expect: &[&str]) {
        let headers = names
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let kept = to_provider(&headers.collect());
        let mut kept: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, expect);
    }

    #[test]
    fn what_is_the_clients_own_does_not_reach_a_provider() {
        check(
            &[
                ("authorization", "Bearer pbk_x"),
                ("cookie", "a=b"),
                ("x-forwarded-for", "10.0.0.1"),
                ("x-api-key", "pbk_x"),
                ("accept", "application/json"),
                ("openai-organization", "org"),
            ],
            &["accept", "openai-organization"],
        );
    }

    #[test]
    fn a_header_that_stands_twice_passes_twice() {
        let mut headers = HeaderMap::new();
        for value in ["one", "two"] {
            headers.append("x-more", HeaderValue::from_static(value));
        }
        assert_eq!(to_provider(&headers), headers);
    }

    #[test]
    fn what_ends_before_a_client_is_gone_however_often_it_stood_there() {
        let names = [
            "x-patchbay-a",
            "set-cookie",
            "connection",
            "x-patchbay-b",
            "content-length",
            "te",
            "x-c",
            "date",
        ];
        let mut headers = HeaderMap::new();
        for name in names.into_iter().chain(names) {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("x-c"));
        }
        let kept = to_client(headers);
        assert_eq!(kept.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["date"]);
        assert_eq!(kept.len(), 2);
    }

    #[test]
    fn what_connection_names_ends_here() {
        check(
            &[("connection", "close, x-secret"), ("x-secret", "1"), ("te", "trailers"), ("x-other", "2")],
            &["x-other"],
        );
    }
}
