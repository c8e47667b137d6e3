//! `host` and `console`: all that a script can ask for. Each call takes JSON and gives JSON; whether it is granted, the
//! host of the component decides. `kv` is not among it: a slot has one store, and scripts must not meet in it.

mod files;
mod http;
mod run;

use std::rc::Rc;

use boa_engine::error::RuntimeLimitError;
use boa_engine::native_function::NativeFunction;
use boa_engine::object::{FunctionObjectBuilder, IntegrityLevel, JsObject};
use boa_engine::property::Attribute;
use boa_engine::{Context, JsError, JsNativeError, JsResult, JsString, JsValue, js_string};
use patchbay_sdk::PluginError;
use serde_json::Value;

use crate::desk::Desk;
use crate::json::{self, Unsaid};
use crate::limit::JSON_BYTES_MAX;

/// What the errors are called that a script can catch here.
pub(crate) const ERROR_NAME: &str = "HostError";
/// The codes that mean that the operator did not grant it.
pub(crate) const DENIED: [&str; 2] = ["refused", "address"];

/// One call, by its arguments; those that are missing are null.
type Call = fn(&Desk, &[Value]) -> Result<Value, PluginError>;

const OWN: [(&str, Call); 5] = [
    ("log", run::log),
    ("now", run::now),
    ("artifact", run::artifact),
    ("secret", run::secret),
    ("http", http::send),
];
const FILES: [(&str, Call); 3] =
    [("read", files::read), ("write", files::write), ("entries", files::entries)];
const CONSOLE: [(&str, Call); 5] =
    [("log", run::log), ("info", run::log), ("debug", run::log), ("warn", run::warn), ("error", run::warn)];

/// `host`, which nobody can change; `console` is put beside the language's own.
pub(crate) fn open(desk: &Rc<Desk>, context: &mut Context) -> JsResult<JsObject> {
    context.insert_data(desk.clone());
    let console = object(&CONSOLE, Vec::new(), context)?;
    context.register_global_property(js_string!("console"), console, Attribute::empty())?;
    let files = object(&FILES, Vec::new(), context)?;
    object(&OWN, vec![("files", files)], context)
}

fn object(
    calls: &[(&str, Call)],
    within: Vec<(&str, JsObject)>,
    context: &mut Context,
) -> JsResult<JsObject> {
    let object = JsObject::with_object_proto(context.intrinsics());
    for &(name, call) in calls {
        let body =
            NativeFunction::from_copy_closure(move |_, arguments, context| answer(call, arguments, context));
        let function = FunctionObjectBuilder::new(context.realm(), body).name(JsString::from(name)).build();
        object.set(JsString::from(name), function, true, context)?;
    }
    for (name, inner) in within {
        object.set(JsString::from(name), inner, true, context)?;
    }
    object.set_integrity_level(IntegrityLevel::Frozen, context)?;
    Ok(object)
}

/// Once its time is up, or somebody wants it to end, every call ends the script: that cannot be caught.
fn answer(call: Call, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let desk = context.get_data::<Rc<Desk>>().cloned();
    let desk = desk.ok_or_else(|| JsNativeError::error().with_message("the run is over"))?;
    if desk.stop().is_some() {
        return Err(RuntimeLimitError::LoopIteration.into());
    }
    let arguments: Vec<Value> =
        arguments.iter().map(|argument| said(argument, context)).collect::<JsResult<_>>()?;
    desk.beat();
    let answer = desk.count().and_then(|()| call(&desk, &arguments));
    match answer {
        Ok(value) => JsValue::from_json(&value, context),
        Err(error) => Err(thrown(&error, context)),
    }
}

fn said(argument: &JsValue, context: &mut Context) -> JsResult<Value> {
    json::of(argument, context).map_err(|unsaid| match unsaid {
        Unsaid::Threw(error) => error,
        Unsaid::Type { at, found } => {
            let at = if at.is_empty() { String::new() } else { format!(" at {at}") };
            JsNativeError::typ().with_message(format!("an argument is {found}{at}, expected JSON")).into()
        }
        Unsaid::TooLarge => JsNativeError::range()
            .with_message(format!("an argument has more than {JSON_BYTES_MAX} bytes"))
            .into(),
    })
}

/// An `Error` with the host's code.
fn thrown(error: &PluginError, context: &mut Context) -> JsError {
    let object = JsNativeError::error().with_message(error.message.clone()).into_opaque(context);
    let fields = [("name", ERROR_NAME), ("code", &error.code)];
    for (name, value) in fields {
        if let Err(error) =
            object.create_data_property_or_throw(JsString::from(name), JsString::from(value), context)
        {
            return error;
        }
    }
    JsError::from_opaque(object.into())
}

/// An argument that must be a text.
fn text<'a>(arguments: &'a [Value], index: usize, name: &str) -> Result<&'a str, PluginError> {
    let found = arguments.get(index).unwrap_or(&Value::Null);
    found.as_str().ok_or_else(|| bad(&format!("{name} is {}, expected a text", kind(found))))
}

fn bad(message: &str) -> PluginError {
    PluginError::new("bad-argument", message)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "missing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
