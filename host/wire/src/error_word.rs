//! The words that providers have for errors, and the status that each stands for.

/// As they stand in `type` or `code`. Where several have a status, Anthropic's word is the first.
const WORDS: [(&str, u16); 18] = [
    ("invalid_request_error", 400),
    ("context_length_exceeded", 400),
    ("authentication_error", 401),
    ("invalid_api_key", 401),
    ("billing_error", 402),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("model_not_found", 404),
    ("request_too_large", 413),
    ("rate_limit_error", 429),
    ("rate_limit_exceeded", 429),
    ("insufficient_quota", 429),
    ("api_error", 500),
    ("server_error", 500),
    ("upstream_error", 502),
    ("timeout_error", 504),
    ("overloaded_error", 529),
    ("AllPoolsExhausted", 529),
];

const ANTHROPICS: [&str; 10] = [
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "timeout_error",
    "overloaded_error",
];

pub(crate) fn status_of(word: &str) -> Option<u16> {
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, status)| *status)
}

/// Anthropic's word for an error of type `kind` that goes with `status`, if that is known.
///
/// A `kind` that says more than its status does (`AllPoolsExhausted`, `rate_limit_error`) comes first; OpenAI's
/// `invalid_request_error` stands for every 4xx, so there the status does.
pub(crate) fn anthropics(kind: &str, status: Option<u16>) -> &'static str {
    let status = match (status_of(kind), status) {
        (Some(400) | None, Some(status)) => status,
        (Some(status), _) => status,
        (None, None) => 500,
    };
    let own = |(word, own): &(&'static str, u16)| *own == status && ANTHROPICS.contains(word);
    match WORDS.iter().find(|entry| own(entry)) {
        Some((word, _)) => word,
        None if status < 500 => "invalid_request_error",
        None => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_gets_anthropics_word_for_it() {
        let check = |kind: &str, status: Option<u16>, expect: &str| {
            assert_eq!(anthropics(kind, status), expect, "{kind} {status:?}");
        };
        check("invalid_request_error", None, "invalid_request_error");
        check("invalid_request_error", Some(401), "authentication_error");
        check("invalid_request_error", Some(404), "not_found_error");
        check("invalid_request_error", Some(405), "invalid_request_error");
        check("invalid_request_error", Some(413), "request_too_large");
        check("rate_limit_exceeded", None, "rate_limit_error");
        check("insufficient_quota", Some(429), "rate_limit_error");
        check("AllPoolsExhausted", Some(503), "overloaded_error");
        check("upstream_error", Some(504), "api_error");
        check("upstream_error", None, "api_error");
        check("another_error", Some(403), "permission_error");
        check("another_error", Some(503), "api_error");
        check("another_error", None, "api_error");
        for word in ANTHROPICS {
            check(word, None, word);
        }
    }
}
