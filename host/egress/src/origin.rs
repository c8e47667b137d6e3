//! Scheme, host and port, in the one way in which they can be compared. It must not know who may go there.

use std::fmt;

use url::{Host, Url};

/// In lower case, names in ASCII and without a final dot, addresses in their usual form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Origin {
    pub(crate) secure: bool,
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
}

impl Origin {
    /// Of an `http` or `https` URL.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain(name) => Host::Domain(without_dot(name).to_owned()),
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => Host::Ipv6(address),
        };
        Some(Self { secure, host, port: url.port_or_known_default()? })
    }

    /// From a text that is an origin and nothing more.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        Self::of(&url).filter(|_| bare)
    }
}

/// The dot of the root, which changes nothing of where a name leads.
pub(crate) fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// `https://api.example.com:443`
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}
