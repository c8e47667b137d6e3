//! The few members of a body's object that are looked at, as they stand there; the others are skipped.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A member that is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Model,
    Stream,
    MaxTokens,
    MaxCompletionTokens,
    MaxOutputTokens,
    StreamOptions,
    User,
    Metadata,
}

const FIELDS: usize = Field::Metadata as usize + 1;

/// The last value of each, and whether there were more.
#[derive(Default)]
pub(crate) struct Fields<'a> {
    found: [Option<&'a RawValue>; FIELDS],
    twice: [bool; FIELDS],
}

/// A key that may be one of ours.
struct Key(Option<Field>);

impl Field {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "model" => Self::Model,
            "stream" => Self::Stream,
            "max_tokens" => Self::MaxTokens,
            "max_completion_tokens" => Self::MaxCompletionTokens,
            "max_output_tokens" => Self::MaxOutputTokens,
            "stream_options" => Self::StreamOptions,
            "user" => Self::User,
            "metadata" => Self::Metadata,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Stream => "stream",
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxOutputTokens => "max_output_tokens",
            Self::StreamOptions => "stream_options",
            Self::User => "user",
            Self::Metadata => "metadata",
        }
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn get(&self, field: Field) -> Option<&'a RawValue> {
        self.found[field as usize]
    }

    pub(crate) fn is_twice(&self, field: Field) -> bool {
        self.twice[field as usize]
    }

    fn put(&mut self, field: Field, value: &'a RawValue) {
        self.twice[field as usize] |= self.found[field as usize].replace(value).is_some();
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields::default();
                while let Some(Key(field)) = map.next_key()? {
                    match field {
                        Some(field) => fields.put(field, map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key(Field::of(key)))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_and_its_name_belong_together() {
        for name in [
            "model",
            "stream",
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "stream_options",
            "user",
            "metadata",
        ] {
            assert_eq!(Field::of(name).map(Field::name), Some(name));
        }
        assert_eq!(Field::of("models"), None);
    }
}
