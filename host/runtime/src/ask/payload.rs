//! Bytes as people can read them: text where they are text, else base64.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a body, a value or a file. In JSON: a string if they are UTF-8, else `{"base64": "…"}`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Payload(pub Bytes);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Shape<'a> {
    Text(Cow<'a, str>),
    #[serde(rename_all = "lowercase")]
    Binary {
        base64: String,
    },
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = match std::str::from_utf8(&self.0) {
            Ok(text) => Shape::Text(text.into()),
            Err(_) => Shape::Binary { base64: STANDARD.encode(&self.0) },
        };
        shape.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Shape::deserialize(deserializer)? {
            Shape::Text(text) => Ok(Self(text.into_owned().into())),
            Shape::Binary { base64 } => {
                STANDARD.decode(base64).map(|bytes| Self(bytes.into())).map_err(D::Error::custom)
            }
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<T: Into<Bytes>> From<T> for Payload {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_other_bytes_come_back_as_they_were() {
        for bytes in [&b"caf\xc3\xa9"[..], &[0xff, 0x00, 0x80]] {
            let payload = Payload::from(bytes);
            let json = serde_json::to_string(&payload).unwrap();
            assert_eq!(serde_json::from_str::<Payload>(&json).unwrap(), payload, "{json}");
        }
        assert_eq!(serde_json::to_string(&Payload::from("hi")).unwrap(), "\"hi\"");
    }
}
