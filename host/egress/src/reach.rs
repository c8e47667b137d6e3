//! Where requests may go, from grants. It must not know what is sent.

use patchbay_types::HttpGrant;
use url::Host;

use crate::address::Zone;
use crate::error::{SendError, shown};
use crate::origin::Origin;

/// What was granted: origins, and the secrets that may be filled in. The default is nothing.
#[derive(Clone, Default, Debug)]
pub struct Reach {
    entries: Vec<Entry>,
    secrets: Vec<String>,
}

/// A grant of `http` that is not an origin.
#[derive(Debug, thiserror::Error)]
#[error(
    "{entry:?} is no origin: expected HOST, HOST:PORT, *.DOMAIN (all https) or http://HOST:PORT, without a path; \
     correct the grant of `http`"
)]
pub struct ReachError {
    pub entry: String,
}

#[derive(Clone, Debug)]
struct Entry {
    whom: Whom,
    private: bool,
}

#[derive(Clone, Debug)]
enum Whom {
    One(Origin),
    /// Each name that ends with this, which begins with a dot: https, port 443.
    Below(String),
}

impl Reach {
    /// # Errors
    /// The first entry that is not an origin.
    pub fn new(http: &[HttpGrant], secrets: &[String]) -> Result<Self, ReachError> {
        let entries = http.iter().map(Entry::parse).collect::<Result<_, _>>()?;
        Ok(Self { entries, secrets: secrets.to_vec() })
    }

    /// How far a request to `origin` may go.
    pub(crate) fn zone(&self, origin: &Origin) -> Result<Zone, SendError> {
        let mut zones = self.entries.iter().filter_map(|entry| entry.zone(origin)).collect::<Vec<_>>();
        zones.sort_unstable();
        let zone = zones.pop().ok_or_else(|| SendError::NotGranted { origin: shown(&origin.to_string()) })?;
        check(&origin.host, zone).map(|()| zone)
    }

    pub(crate) fn has_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|granted| granted == name)
    }
}

/// What can be said of a host before it is looked up. An address is not looked up at all: it ends here.
fn check(host: &Host<String>, zone: Zone) -> Result<(), SendError> {
    let lies = lies(host);
    match lies <= zone {
        true => Ok(()),
        false => Err(SendError::address(&host.to_string(), lies)),
    }
}

fn lies(host: &Host<String>) -> Zone {
    match host {
        Host::Domain(name) => Zone::of_name(name),
        Host::Ipv4(address) => Zone::of((*address).into()),
        Host::Ipv6(address) => Zone::of((*address).into()),
    }
}

impl Entry {
    fn parse(grant: &HttpGrant) -> Result<Self, ReachError> {
        let text = grant.origin();
        let whom = Whom::parse(text).ok_or_else(|| ReachError { entry: shown(text) })?;
        Ok(Self { whom, private: grant.private() })
    }

    /// Metadata is reached by one grant only: that of its own name or address, with `private`.
    fn zone(&self, origin: &Origin) -> Option<Zone> {
        let literal = match &self.whom {
            Whom::One(one) => (one == origin).then_some(true)?,
            Whom::Below(suffix) => is_below(origin, suffix).then_some(false)?,
        };
        Some(match self.private {
            true if literal && lies(&origin.host) == Zone::Metadata => Zone::Metadata,
            true => Zone::Private,
            false => Zone::Public,
        })
    }
}

impl Whom {
    fn parse(text: &str) -> Option<Self> {
        // What a URL's parser would read over.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || "\\@?#".contains(c)) {
            return None;
        }
        if let Some(domain) = text.strip_prefix("*.") {
            return Self::below(domain);
        }
        let authority = text.strip_prefix("http://").unwrap_or(text);
        let scheme = if authority == text { "https" } else { "http" };
        let plain = !authority.contains(['/', '*']);
        Origin::parse(&format!("{scheme}://{authority}")).filter(|_| plain).map(Self::One)
    }

    fn below(domain: &str) -> Option<Self> {
        let plain = !domain.contains(['/', '*', ':']) && !domain.starts_with('.');
        match Origin::parse(&format!("https://{domain}"))?.host {
            Host::Domain(name) if plain && !name.is_empty() => Some(Self::Below(format!(".{name}"))),
            _ => None,
        }
    }
}

fn is_below(origin: &Origin, suffix: &str) -> bool {
    let Host::Domain(name) = &origin.host else { return false };
    let below = name.strip_suffix(suffix).is_some_and(|rest| !rest.is_empty() && !rest.ends_with('.'));
    below && origin.secure && origin.port == 443
}

#[cfg(test)]
mod tests;
