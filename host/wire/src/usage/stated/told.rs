//! The few members of an answer that tell of its usage, read without making a tree of it. Of two of one name the last
//! counts; what is not looked at is skipped.

use std::fmt;

use patchbay_types::Tokens;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Stated;

/// The members of a usage object that are looked at, of all dialects.
const NAMES: [&str; 12] = [
    "prompt_tokens",
    "input_tokens",
    "completion_tokens",
    "output_tokens",
    "total_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "prompt_cache_hit_tokens",
    "prompt_tokens_details",
    "input_tokens_details",
    "completion_tokens_details",
    "output_tokens_details",
];

/// Where a name stands among [`NAMES`]: found when this is compiled.
macro_rules! at {
    ($name:literal) => {
        const { $crate::usage::stated::told::place($name) }
    };
}
pub(super) use at;

/// A usage object as it stands there: what each of [`NAMES`] has told.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts([Told; NAMES.len()]);

/// A member that may be a count, or an object of counts.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    /// There is such a member, whatever it is.
    pub(super) is_there: bool,
    pub(super) count: Option<Tokens>,
    pub(super) cached: Option<Tokens>,
    pub(super) reasoning: Option<Tokens>,
}

/// The usages that an answer or an event holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Usages {
    pub(super) top: Option<Stated>,
    pub(super) of_response: Option<Stated>,
    pub(super) of_message: Option<Stated>,
}

impl Counts {
    /// The first of these that is a count.
    pub(super) fn either(&self, places: &[usize]) -> Option<Tokens> {
        places.iter().find_map(|place| self.told(*place).count)
    }

    /// What the name that [`at`] found has told.
    pub(super) fn told(&self, place: usize) -> Told {
        self.0[place]
    }
}

/// # Panics
/// If it is none of the names: at compile time, by [`at`].
pub(super) const fn place(name: &str) -> usize {
    let mut place = 0;
    while !is_same(NAMES[place].as_bytes(), name.as_bytes()) {
        place += 1;
    }
    place
}

const fn is_same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// Reads the usages of a whole JSON text.
///
/// # Errors
/// It is no JSON, or something that is looked at is not to be read.
pub(super) fn usages(json: &[u8]) -> serde_json::Result<Usages> {
    let mut text = serde_json::Deserializer::from_slice(json);
    let usages = Any(Answer { is_outermost: true }).deserialize(&mut text)?;
    text.end().map(|()| usages)
}

/// Reads the usage object that `json` begins with.
pub(super) fn usage(json: &[u8]) -> serde_json::Result<Option<Stated>> {
    Any(Usage).deserialize(&mut serde_json::Deserializer::from_slice(json))
}

/// What is made of a JSON value: of an object by its members, of all others at once.
trait Shape<'de> {
    type Value: Default;

    fn object<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error>;

    /// None: it is something else.
    fn number(_: Option<Tokens>) -> Self::Value {
        Self::Value::default()
    }
}

struct Answer {
    is_outermost: bool,
}

impl<'de> Shape<'de> for Answer {
    type Value = Usages;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Usages, A::Error> {
        let mut usages = Usages::default();
        let inside = || Any(Answer { is_outermost: false });
        while let Some(place) = map.next_key_seed(Place(&["usage", "response", "message"]))? {
            match place {
                Some(0) => usages.top = map.next_value_seed(Any(Usage))?,
                Some(1) if self.is_outermost => usages.of_response = map.next_value_seed(inside())?.top,
                Some(2) if self.is_outermost => usages.of_message = map.next_value_seed(inside())?.top,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(usages)
    }
}

struct Usage;

impl<'de> Shape<'de> for Usage {
    type Value = Option<Stated>;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Stated>, A::Error> {
        let mut counts = Counts::default();
        while let Some(place) = map.next_key_seed(Place(&NAMES))? {
            match place {
                Some(place) => counts.0[place] = map.next_value_seed(Any(Member { is_outermost: true }))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Stated::of(&counts))
    }
}

struct Member {
    is_outermost: bool,
}

impl<'de> Shape<'de> for Member {
    type Value = Told;

    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let mut told = Self::number(None);
        let inside = || Any(Member { is_outermost: false });
        while let Some(place) = map.next_key_seed(Place(&["cached_tokens", "reasoning_tokens"]))? {
            match place {
                Some(0) if self.is_outermost => told.cached = map.next_value_seed(inside())?.count,
                Some(1) if self.is_outermost => told.reasoning = map.next_value_seed(inside())?.count,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(told)
    }

    fn number(count: Option<Tokens>) -> Told {
        Told { is_there: true, count, ..Told::default() }
    }
}

/// Which of the names a key is.
struct Place(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Place {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Place {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

/// Any JSON value, as its shape has it.
struct Any<S>(S);

impl<'de, S: Shape<'de>> DeserializeSeed<'de> for Any<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Shape<'de>> Visitor<'de> for Any<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<S::Value, A::Error> {
        self.0.object(map)
    }

    fn visit_u64<E>(self, count: u64) -> Result<S::Value, E> {
        Ok(S::number(Some(Tokens(count))))
    }

    /// Some gateways write a count as `12.0`.
    fn visit_f64<E>(self, count: f64) -> Result<S::Value, E> {
        Ok(S::number(format!("{count:.0}").parse().ok().map(Tokens)))
    }

    fn visit_i64<E>(self, _: i64) -> Result<S::Value, E> {
        Ok(S::number(None))
    }

    fn visit_unit<E>(self) -> Result<S::Value, E> {
        Ok(S::number(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<S::Value, E> {
        Ok(S::number(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<S::Value, E> {
        Ok(S::number(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<S::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| S::number(None))
    }
}
