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

/// The client's headers as a provider may see them.
pub(crate) fn to_provider(headers: HeaderMap) -> HeaderMap {
    without(headers, ends_before_a_provider)
}

/// The provider's headers as the client may see them.
pub(crate) fn to_client(headers: HeaderMap) -> HeaderMap {
    without(headers, ends_before_a_client)
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

/// One look at each name: few of them go.
fn without(mut headers: HeaderMap, ends: fn(&str) -> bool) -> HeaderMap {
    drop_named(&mut headers);
    let gone: Vec<HeaderName> = headers.keys().filter(|name| ends(name.as_str())).cloned().collect();
    gone.iter().for_each(|name| drop(headers.remove(name)));
    headers
}

/// What `Connection` names is of this connection too.
fn drop_named(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CONNECTION) {
        return;
    }
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    named.iter().for_each(|name| drop(headers.remove(name)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[(&'static str, &'static str)], expect: &[&str]) {
        let headers = names
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let kept = to_provider(headers.collect());
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
    fn what_connection_names_ends_here() {
        check(
            &[("connection", "close, x-secret"), ("x-secret", "1"), ("te", "trailers"), ("x-other", "2")],
            &["x-other"],
        );
    }
}
