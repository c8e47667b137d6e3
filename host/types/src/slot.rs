//! The places that plugins fill, and the generations in them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::is_name;

/// What a slot is for; each kind takes plugins of one world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SlotKind {
    /// One slot: which provider is next.
    Routing,
    /// Slots in an order: what an error means.
    Analyzers,
    /// Slots in an order: what could mend a problem.
    Strategies,
    /// How work is done, by skill.
    Skills,
    /// How people are told, by route.
    Notifiers,
    /// Where work comes from, by source.
    Sources,
}

/// A place that a plugin fills: `routing`, or one of several of a kind: `notifiers/ops`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotName {
    kind: SlotKind,
    whole: Arc<str>,
}

/// Why a text is no slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotError(String);

/// A generation: its slot, and a number that only grows there. Written `routing/17`, `notifiers/ops/3`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GenerationId {
    pub slot: SlotName,
    pub number: u64,
}

impl SlotKind {
    pub const ALL: [SlotKind; 6] =
        [Self::Routing, Self::Analyzers, Self::Strategies, Self::Skills, Self::Notifiers, Self::Sources];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Routing => "routing",
            Self::Analyzers => "analyzers",
            Self::Strategies => "strategies",
            Self::Skills => "skills",
            Self::Notifiers => "notifiers",
            Self::Sources => "sources",
        }
    }

    /// Whether its slots are asked one after the other, in an order.
    #[must_use]
    pub fn is_chain(self) -> bool {
        matches!(self, Self::Analyzers | Self::Strategies)
    }
}

impl SlotName {
    /// The one slot that decides which provider is next.
    #[must_use]
    pub fn routing() -> Self {
        Self { kind: SlotKind::Routing, whole: "routing".into() }
    }

    #[must_use]
    pub fn kind(&self) -> SlotKind {
        self.kind
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// What comes after the kind; empty for `routing`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.whole.split_once('/').map_or("", |(_, name)| name)
    }
}

impl FromStr for SlotName {
    type Err = SlotError;

    fn from_str(text: &str) -> Result<Self, SlotError> {
        let (kind, name) = text.split_once('/').map_or((text, None), |(kind, name)| (kind, Some(name)));
        let kind = SlotKind::ALL.into_iter().find(|known| known.as_str() == kind);
        match (kind, name) {
            (Some(SlotKind::Routing), None) => Ok(Self::routing()),
            (Some(kind), Some(name)) if kind != SlotKind::Routing && is_name(name) => {
                Ok(Self { kind, whole: text.into() })
            }
            _ => Err(SlotError(text.chars().take(100).collect())),
        }
    }
}

impl FromStr for GenerationId {
    type Err = SlotError;

    fn from_str(text: &str) -> Result<Self, SlotError> {
        let wrong = || SlotError(text.chars().take(100).collect());
        let (slot, number) = text.rsplit_once('/').ok_or_else(wrong)?;
        Ok(Self { slot: slot.parse()?, number: number.parse().map_err(|_| wrong())? })
    }
}

impl fmt::Display for SlotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.whole)
    }
}

impl fmt::Debug for SlotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.whole, f)
    }
}

impl fmt::Display for GenerationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.slot, self.number)
    }
}

impl fmt::Display for SlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no slot: expected routing, or analyzers/NAME, strategies/NAME, skills/NAME, notifiers/NAME or \
             sources/NAME, where NAME is 1 to 64 of a-z A-Z 0-9 . _ - with a letter or digit first",
            self.0
        )
    }
}

impl std::error::Error for SlotError {}

impl Serialize for SlotName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.whole)
    }
}

impl<'de> Deserialize<'de> for SlotName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for GenerationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GenerationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_routing_or_one_of_a_kind() {
        for text in ["routing", "analyzers/rules", "notifiers/ops-2", "skills/exec"] {
            assert_eq!(text.parse::<SlotName>().unwrap().as_str(), text);
        }
        for text in ["", "routing/1", "analyzers", "analyzers/", "notifiers/a/b", "other/x", "skills/../x"] {
            assert!(text.parse::<SlotName>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn a_generation_is_read_as_it_is_written() {
        for text in ["routing/17", "notifiers/ops/3"] {
            assert_eq!(text.parse::<GenerationId>().unwrap().to_string(), text);
        }
        assert!("notifiers/ops".parse::<GenerationId>().is_err());
    }
}
