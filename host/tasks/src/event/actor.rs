//! Who made something happen. It must not know how anybody proves who they are.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Written as `host`, or as kind and name: `operator:cli`, `worker:host-7`, `plugin:notifiers/ops@3`, `agent:reviewer`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Actor {
    /// The engine itself.
    Host,
    /// Whoever holds a lease.
    Worker(Arc<str>),
    Plugin(String),
    /// Somebody else's agent, with a key of its own.
    Agent(String),
    /// A person, or a program on the operator's socket.
    Operator(String),
}

impl Actor {
    #[must_use]
    pub fn is_operator(&self) -> bool {
        matches!(self, Self::Operator(_))
    }

    #[must_use]
    pub fn is_worker(&self) -> bool {
        matches!(self, Self::Worker(_))
    }

    fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Host => ("host", None),
            Self::Worker(name) => ("worker", Some(name)),
            Self::Plugin(name) => ("plugin", Some(name)),
            Self::Agent(name) => ("agent", Some(name)),
            Self::Operator(name) => ("operator", Some(name)),
        }
    }

    fn of(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        Some(match kind {
            "host" if text == "host" => Self::Host,
            "worker" => Self::Worker(name.into()),
            "plugin" => Self::Plugin(name.to_owned()),
            "agent" => Self::Agent(name.to_owned()),
            "operator" => Self::Operator(name.to_owned()),
            _ => return None,
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (kind, None) => f.write_str(kind),
            (kind, Some(name)) => write!(f, "{kind}:{name}"),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| {
            let expected = "`host`, or `worker:`, `plugin:`, `agent:` or `operator:` and a name";
            serde::de::Error::custom(format!("{text:?} is not an actor: expected {expected}"))
        })
    }
}
