//! The models that clients may ask for, in OpenAI's shape.

use bytes::Bytes;
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// The answer to `GET /v1/models/{id}`: `{"id","object":"model","created","owned_by"}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelCard {
    pub id: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub created: u64,
    pub owned_by: String,
}

/// The answer to `GET /v1/models`: `{"object":"list","data":[…]}`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModelList {
    pub data: Vec<ModelCard>,
}

impl ModelCard {
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        json(self)
    }
}

impl ModelList {
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        json(self)
    }
}

impl Serialize for ModelCard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut card = serializer.serialize_struct("ModelCard", 4)?;
        card.serialize_field("id", &self.id)?;
        card.serialize_field("object", "model")?;
        card.serialize_field("created", &self.created)?;
        card.serialize_field("owned_by", &self.owned_by)?;
        card.end()
    }
}

impl Serialize for ModelList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_struct("ModelList", 2)?;
        list.serialize_field("object", "list")?;
        list.serialize_field("data", &self.data)?;
        list.end()
    }
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("texts and numbers always become JSON").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_openais_shape() {
        let card = ModelCard { id: "gpt-5".into(), created: 1_700_000_000, owned_by: "patchbay".into() };
        let one = r#"{"id":"gpt-5","object":"model","created":1700000000,"owned_by":"patchbay"}"#;
        assert_eq!(card.to_json(), one);
        let list = ModelList { data: vec![card] };
        assert_eq!(list.to_json(), format!(r#"{{"object":"list","data":[{one}]}}"#));
        assert_eq!(ModelList::default().to_json(), r#"{"object":"list","data":[]}"#);
    }
}
