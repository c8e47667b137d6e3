//! Bytes as the host writes them into JSON: a string if they are UTF-8, else `{"base64": "…"}`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) struct Payload(pub(crate) Vec<u8>);

impl Payload {
    /// The JSON of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Value {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => json!({ "base64": encode(bytes) }),
        }
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::of(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let bytes = match (&value, value.get("base64")) {
            (Value::String(text), _) => Some(text.clone().into_bytes()),
            (_, Some(Value::String(text))) => decode(text),
            _ => None,
        };
        bytes.map(Self).ok_or_else(|| D::Error::custom("expected text, or {\"base64\": \"…\"}"))
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(*group.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let letter = char::from(ALPHABET[bits >> (18 - 6 * at) & 63]);
            text.push(if at <= group.len() { letter } else { '=' });
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|&known| known == letter)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_other_bytes_come_back_as_they_were() {
        for bytes in [&b"caf\xc3\xa9"[..], &[0xff], &[0xff, 0], &[0xff, 0, 0x80], &[0xff, 0, 0x80, 7]] {
            let read: Payload = serde_json::from_value(Payload::of(bytes)).unwrap();
            assert_eq!(read.0, bytes);
        }
        assert_eq!(Payload::of(b"hi"), "hi");
        assert_eq!(Payload::of(&[0xff, 0x00, 0x80, 0x01]), json!({ "base64": "/wCAAQ==" }));
    }
}
