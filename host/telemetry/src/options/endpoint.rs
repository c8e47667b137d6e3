//! From what the operator wrote to the address that spans are sent to.

use http::Uri;
use url::Url;

use super::TelemetryError;

const PATH: &str = "/v1/traces";
const LENGTH_MAX: usize = 2048;

pub(crate) fn traces(text: &str) -> Result<Uri, TelemetryError> {
    let wrong = |reason| match text.contains('@') {
        true => TelemetryError::EndpointUser,
        false => TelemetryError::Endpoint { found: text.chars().take(LENGTH_MAX).collect(), reason },
    };
    if text.len() > LENGTH_MAX {
        return Err(wrong("it is longer than 2048 bytes"));
    }
    let mut url = Url::parse(text.trim()).map_err(|_| wrong("it is no url"))?;
    check(&url).map_err(wrong)?;
    let path = url.path().trim_end_matches('/');
    let whole = if path.ends_with(PATH) { path.to_owned() } else { format!("{path}{PATH}") };
    url.set_path(&whole);
    url.as_str().parse().map_err(|_| wrong("it is no address for a request"))
}

fn check(url: &Url) -> Result<(), &'static str> {
    match url {
        url if !matches!(url.scheme(), "http" | "https") => Err("its scheme is another"),
        url if url.host_str().is_none_or(str::is_empty) => Err("it has no host"),
        url if !url.username().is_empty() || url.password().is_some() => Err("it has a user"),
        url if url.query().is_some() || url.fragment().is_some() => Err("it has a query or a fragment"),
        _ => Ok(()),
    }
}
