//! What a script threw, as far as it can be told. It may be anything, and its fields may be getters: nothing of it is
//! believed but text, and all of that is cut.

use std::fmt;

use boa_engine::object::JsObject;
use boa_engine::{Context, JsError, JsString, JsValue, js_string};

use crate::ending::Ending;
use crate::host::{DENIED, ERROR_NAME};
use crate::limit::{ERROR_MESSAGE_MAX, ERROR_NAME_MAX, ERROR_STACK_LINE_MAX, ERROR_STACK_LINES_MAX};

#[derive(PartialEq, Debug)]
pub(crate) struct Thrown {
    pub(crate) name: String,
    pub(crate) message: String,
    /// The innermost call first.
    pub(crate) stack: Vec<String>,
}

impl fmt::Display for Thrown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name, self.message)
    }
}

/// What an error means that came out of the script.
pub(crate) fn ending(error: JsError, context: &mut Context) -> Ending {
    if let Some(ending) = Ending::of_engine(&error) {
        return ending;
    }
    match error.into_opaque(context) {
        Ok(value) => thrown(&value, context),
        Err(error) => Ending::Engine(error.to_string()),
    }
}

/// What was thrown, or what a promise was rejected with.
pub(crate) fn thrown(value: &JsValue, context: &mut Context) -> Ending {
    let Some(object) = value.as_object() else {
        let message = cut(&value.display().to_string(), ERROR_MESSAGE_MAX);
        return Ending::Threw(Thrown { name: value.type_of().to_owned(), message, stack: Vec::new() });
    };
    let thrown = Thrown {
        name: text(&object, js_string!("name"), ERROR_NAME_MAX, context)
            .unwrap_or_else(|| "object".to_owned()),
        message: text(&object, js_string!("message"), ERROR_MESSAGE_MAX, context).unwrap_or_default(),
        stack: stack(&object, context),
    };
    match is_denied(&thrown, &object, context) {
        true => Ending::Denied(thrown),
        false => Ending::Threw(thrown),
    }
}

/// A script that forges this only harms its own verdict.
fn is_denied(thrown: &Thrown, object: &JsObject, context: &mut Context) -> bool {
    let code = text(object, js_string!("code"), ERROR_NAME_MAX, context);
    thrown.name == ERROR_NAME && code.is_some_and(|code| DENIED.contains(&code.as_str()))
}

fn stack(object: &JsObject, context: &mut Context) -> Vec<String> {
    let most = ERROR_STACK_LINES_MAX * ERROR_STACK_LINE_MAX;
    let stack = text(object, js_string!("stack"), most, context).unwrap_or_default();
    let lines = stack.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(ERROR_STACK_LINES_MAX).map(|line| cut(line, ERROR_STACK_LINE_MAX)).collect()
}

/// None if it is no text, or throws.
fn text(object: &JsObject, field: JsString, characters: usize, context: &mut Context) -> Option<String> {
    let value = object.get(field, context).ok()?;
    value.as_string().map(|text| cut(&text.to_std_string_lossy(), characters))
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
