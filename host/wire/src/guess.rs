//! What can be told of a request to a path that is not one of the endpoints. Nothing here is an error: such a body may
//! be anything, and is the provider's to judge.

mod boundary;
mod form;
mod part;

use std::ops::Range;

use bytes::Bytes;

use crate::call::{Field, Fields, MODEL_BYTES_MAX, model};
use crate::splice::{json_string, span_in, splice};
use form::Form;

/// Of a JSON object with a `model`, or of `multipart/form-data` with a field `model`.
///
/// A body that two readers could read differently has no model: one that names it twice, or a form that is not
/// strictly one. Who may use some models only must not send such a body.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Guess {
    /// 1 to 256 bytes.
    pub model: Option<String>,
    pub stream: bool,
    /// Where the model stands in the body.
    place: Option<Place>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    /// Its quotes included.
    Json(Range<usize>),
    /// The whole value of a field.
    Form(Range<usize>),
}

impl Guess {
    /// With the `Content-Type` of the request. Whatever is no form may be JSON: some servers do not look at the type.
    #[must_use]
    pub fn of(content_type: Option<&str>, body: &[u8]) -> Guess {
        let guess = match content_type.filter(|kind| is_multipart(kind)) {
            Some(content_type) => Self::of_form(content_type, body),
            None => Self::of_json(body),
        };
        guess.unwrap_or_default()
    }

    /// The body as it goes to a provider, with `native_id` as the model. Uncopied if nothing changes.
    #[must_use]
    pub fn to_provider(&self, body: &Bytes, native_id: &str) -> Bytes {
        match &self.place {
            _ if self.model.as_deref() == Some(native_id) => body.clone(),
            Some(Place::Json(span)) => splice(body, &[(span.clone(), &json_string(native_id))]),
            // A line end in a name would be the end of the field's line.
            Some(Place::Form(span)) if !native_id.contains(['\r', '\n']) => {
                splice(body, &[(span.clone(), native_id)])
            }
            Some(Place::Form(_)) | None => body.clone(),
        }
    }

    fn of_json(body: &[u8]) -> Option<Guess> {
        let text = std::str::from_utf8(body).ok()?;
        let fields: Fields<'_> = serde_json::from_str(text).ok()?;
        let stream = fields.get(Field::Stream).is_some_and(|raw| raw.get() == "true");
        let raw = fields.get(Field::Model).filter(|_| !fields.is_twice(Field::Model));
        let named = raw.and_then(|raw| Some((model(raw)?, span_in(body, raw.get().as_bytes()))));
        let (model, span) = named.unzip();
        Some(Guess { model, stream, place: span.map(Place::Json) })
    }

    fn of_form(content_type: &str, body: &[u8]) -> Option<Guess> {
        let form = Form::read(content_type, body)?;
        let stream =
            form.only("stream").is_some_and(|value| value.eq_ignore_ascii_case(b"true") || value == b"1");
        let value = form.only("model").filter(|value| (1..=MODEL_BYTES_MAX).contains(&value.len()));
        let named =
            value.and_then(|value| Some((std::str::from_utf8(value).ok()?.to_owned(), span_in(body, value))));
        let (model, span) = named.unzip();
        Some(Guess { model, stream, place: span.map(Place::Form) })
    }
}

fn is_multipart(content_type: &str) -> bool {
    content_type.trim_start().get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/"))
}

#[cfg(test)]
mod tests;
