//! What passes between client and provider, and what ends here: credentials, cookies, and what belongs to one
//! connection only (RFC 9110 section 7.6.1).

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// The client's own, or said of the client by others: no provider's business.
const PRIVATE: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::FORWARDED,
    header::HOST,
    header::VIA,
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-real-ip"),
];

/// By which a client names a provider where no model does, and by which it is told who answered.
pub(crate) const PROVIDER: HeaderName = HeaderName::from_static("x-patchbay-provider");

/// The client's headers as a provider may see them. The length and the host are set anew when it is sent.
pub(crate) fn to_provider(mut headers: HeaderMap) -> HeaderMap {
    drop_hop_by_hop(&mut headers);
    PRIVATE.iter().for_each(|name| drop(headers.remove(name)));
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::EXPECT);
    drop_prefixed(&mut headers, &["x-forwarded-", "x-patchbay-", "cf-"]);
    headers
}

/// The provider's headers as the client may see them. The body is framed anew.
pub(crate) fn to_client(mut headers: HeaderMap) -> HeaderMap {
    drop_hop_by_hop(&mut headers);
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::SET_COOKIE);
    drop_prefixed(&mut headers, &["x-patchbay-"]);
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

/// The fixed list, and what `Connection` names.
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(header::CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            .collect();
        named.iter().for_each(|name| drop(headers.remove(name)));
    }
    HOP_BY_HOP.iter().for_each(|name| drop(headers.remove(name)));
}

fn drop_prefixed(headers: &mut HeaderMap, prefixes: &[&str]) {
    let prefixed = |name: &&HeaderName| prefixes.iter().any(|prefix| name.as_str().starts_with(prefix));
    if headers.keys().any(|name| prefixed(&name)) {
        let names: Vec<HeaderName> = headers.keys().filter(prefixed).cloned().collect();
        names.iter().for_each(|name| drop(headers.remove(name)));
    }
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
