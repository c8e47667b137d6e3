//! The JSON in a model's words: alone, in a fence, or with words around it. It must not know what it is for.

use serde_json::Value;

/// How much of an answer is looked at, in bytes.
const BYTES_MAX: usize = 512 * 1024;
/// Braces that are tried as the beginning.
const TRIES_MAX: usize = 64;

/// The first JSON object in a model's answer.
///
/// # Errors
/// That there is none, or where it breaks, as a sentence that can be told to the model.
pub fn json_in(answer: &str) -> Result<Value, String> {
    if answer.len() > BYTES_MAX {
        return Err(format!("the answer has {} bytes, expected at most {BYTES_MAX}", answer.len()));
    }
    let mut first = None;
    for (start, _) in answer.match_indices('{').take(TRIES_MAX) {
        match object_at(answer, start) {
            Ok(found) => return Ok(found),
            // What begins inside of an object that breaks off is a part of it and no answer.
            Err(error) if error.is_eof() => return Err(first.unwrap_or_else(|| told(&error))),
            Err(error) => first = first.or(Some(told(&error))),
        }
    }
    Err(first.unwrap_or_else(|| "there is no JSON object in the answer".to_owned()))
}

fn object_at(answer: &str, start: usize) -> Result<Value, serde_json::Error> {
    let rest = answer.get(start..).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    values.next().unwrap_or(Ok(Value::Null))
}

fn told(error: &serde_json::Error) -> String {
    match error.is_eof() {
        true => "the JSON object breaks off before its end".to_owned(),
        false => format!("the JSON object cannot be read: {error}"),
    }
}
