//! From a source to what its function returned: read, declared, called, and waited for.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsError, JsObject, JsResult, JsValue, Script, Source};
use serde_json::Value;

use crate::desk::Desk;
use crate::ending::Ending;
use crate::input::Input;
use crate::json::{self, Unsaid};
use crate::limit::{BRACKETS_MAX, COMPUTING_S_MAX, INSTRUCTIONS_PER_S, OPERATORS_MAX};
use crate::{engine, host, nesting, thrown};

/// What the source is called in a stack.
const FILE: &str = "script.js";

/// # Errors
/// Any other end than that it returned something that JSON can say.
pub(crate) fn call(input: &Input) -> Result<Value, Ending> {
    check_nesting(&input.source)?;
    let desk = Rc::new(Desk::new(Duration::from_secs_f64(input.timeout_s)));
    let mut context = engine::engine(instructions(input.timeout_s)).map_err(|error| not_built(&error))?;
    let host = host::open(&desk, &mut context).map_err(|error| not_built(&error))?;
    let returned = run(input, &host, &mut context);
    desk.close_log();
    // Why the host said no more, whatever the script made of that.
    desk.stopped().map_or(returned, |stop| Err(stop.into()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and at most 100 s of them: within 32 bits"
)]
fn instructions(timeout_s: f64) -> usize {
    (timeout_s.min(COMPUTING_S_MAX) * INSTRUCTIONS_PER_S) as usize
}

fn not_built(error: &JsError) -> Ending {
    Ending::Engine(error.to_string())
}

fn check_nesting(source: &str) -> Result<(), Ending> {
    let nesting = nesting::of(source.encode_utf16());
    let message = if nesting.brackets > BRACKETS_MAX {
        format!("its brackets lie more than {BRACKETS_MAX} deep in each other")
    } else if nesting.operators > OPERATORS_MAX {
        format!(
            "more than {OPERATORS_MAX} signs of operators with no ; , {{ or }} between them: write ; after statements"
        )
    } else {
        return Ok(());
    };
    Err(Ending::Syntax { message, line: None, column: None })
}

fn run(input: &Input, host: &JsObject, context: &mut Context) -> Result<Value, Ending> {
    let script = Source::from_bytes(&input.source).with_path(Path::new(FILE));
    let script = Script::parse(script, None, context).map_err(|error| syntax(&error))?;
    let declared = script.evaluate(context);
    declared.map_err(|error| thrown::ending(error, context))?;
    let function = function(&input.function, context)?;
    let argument =
        JsValue::from_json(&input.input, context).map_err(|error| thrown::ending(error, context))?;
    let returned = function.call(&JsValue::undefined(), &[argument, host.clone().into()], context);
    let returned = returned.map_err(|error| thrown::ending(error, context))?;
    let settled = settle(returned, context)?;
    json::of(&settled, context).map_err(|unsaid| ending(unsaid, context))
}

/// The engine says the place at the end of its words: `..., at line 3, col 7`.
fn syntax(error: &JsError) -> Ending {
    let message = error.as_native().map_or_else(|| error.to_string(), |native| native.message().to_owned());
    let number = |word: &str| {
        let (_, rest) = message.rsplit_once(word)?;
        let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..digits)?.parse().ok()
    };
    let (line, column) = (number("line "), number("col "));
    Ending::Syntax { message, line, column }
}

/// By its name as an expression: a `const` is on no object.
fn function(name: &str, context: &mut Context) -> Result<JsObject, Ending> {
    let found = context.eval(Source::from_bytes(name));
    let function = found.ok().and_then(|found| found.as_callable());
    function.ok_or_else(|| Ending::NoFunction { name: name.to_owned() })
}

/// A promise is waited for, as long as anything is left that could settle it.
fn settle(returned: JsValue, context: &mut Context) -> Result<JsValue, Ending> {
    let Some(object) = returned.as_object() else {
        return run_jobs(context).map(|()| returned);
    };
    let promise = promise(object, context).map_err(|error| thrown::ending(error, context))?;
    run_jobs(context)?;
    match promise.state() {
        PromiseState::Fulfilled(value) => Ok(value),
        PromiseState::Rejected(reason) => Err(thrown::thrown(&reason, context)),
        // The engine forgets why a function ended that was waiting for another one.
        PromiseState::Pending if context.instructions_remaining() == 0 => Err(Ending::Timeout),
        PromiseState::Pending => Err(Ending::Pending),
    }
}

/// Whatever the script made of its constructor, a promise is one; anything else may have a `then`.
fn promise(object: JsObject, context: &mut Context) -> JsResult<JsPromise> {
    match JsPromise::from_object(object.clone()) {
        Ok(promise) => Ok(promise),
        Err(_) => JsPromise::resolve(object, context),
    }
}

fn run_jobs(context: &mut Context) -> Result<(), Ending> {
    context.run_jobs().map_err(|error| thrown::ending(error, context))
}

fn ending(unsaid: Unsaid, context: &mut Context) -> Ending {
    match unsaid {
        Unsaid::Threw(error) => thrown::ending(error, context),
        Unsaid::Type { at, found } => Ending::Type { at, found },
        Unsaid::TooLarge => Ending::TooLarge,
    }
}
