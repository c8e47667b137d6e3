//! An engine that can do nothing but compute: no modules, no timers, no code from texts, everything bounded. What the
//! script may ask for is put in by `host`.

use std::rc::Rc;

use boa_engine::context::HostHooks;
use boa_engine::module::IdleModuleLoader;
use boa_engine::native_function::NativeFunction;
use boa_engine::object::JsObject;
use boa_engine::realm::Realm;
use boa_engine::{Context, JsArgs, JsNativeError, JsResult, JsString, JsValue, js_string};

use crate::jobs::Jobs;
use crate::limit::{
    BRACKETS_MAX, BUFFER_BYTES_MAX, CALLS_DEEP_MAX, ERROR_STACK_LINES_MAX, LOOP_TURNS_MAX, STACK_VALUES_MAX,
};
use crate::nesting;

struct Hooks;

impl HostHooks for Hooks {
    fn ensure_can_compile_strings(
        &self,
        _realm: Realm,
        _parameters: &[JsString],
        _body: &JsString,
        _direct: bool,
        _context: &mut Context,
    ) -> JsResult<()> {
        Err(JsNativeError::eval()
            .with_message("code from a text is not run here: write it into the source")
            .into())
    }

    fn max_buffer_size(&self, _context: &mut Context) -> u64 {
        BUFFER_BYTES_MAX
    }

    /// UTC, wherever it runs.
    fn local_timezone_offset_seconds(&self, _unix_time_seconds: i64) -> i32 {
        0
    }
}

/// # Errors
/// The engine's own: none of them is the script's doing.
pub(crate) fn engine(instructions: usize) -> JsResult<Context> {
    let mut context = Context::builder()
        .host_hooks(Rc::new(Hooks))
        .job_executor(Rc::new(Jobs::default()))
        .module_loader(Rc::new(IdleModuleLoader))
        .can_block(false)
        .instructions_remaining(instructions)
        .build()?;
    let limits = context.runtime_limits_mut();
    limits.set_loop_iteration_limit(LOOP_TURNS_MAX);
    limits.set_recursion_limit(CALLS_DEEP_MAX);
    limits.set_stack_size_limit(STACK_VALUES_MAX);
    limits.set_backtrace_limit(ERROR_STACK_LINES_MAX);
    guard_json(&mut context)?;
    Ok(context)
}

/// The engine's own `JSON.parse`.
struct Parse(JsObject);

/// What comes from outside is read by `JSON.parse`, which calls itself for each bracket.
fn guard_json(context: &mut Context) -> JsResult<()> {
    let json = context.intrinsics().objects().json();
    let name = js_string!("parse");
    let Some(parse) = json.get(name.clone(), context)?.as_object() else { return Ok(()) };
    context.insert_data(Parse(parse));
    let guarded = NativeFunction::from_fn_ptr(parse_json).to_js_function(context.realm());
    json.set(name, guarded, true, context).map(drop)
}

fn parse_json(this: &JsValue, arguments: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = arguments.get_or_undefined(0).to_string(context)?;
    if nesting::of(text.iter()).brackets > BRACKETS_MAX {
        let message = format!("the JSON is nested more than {BRACKETS_MAX} deep");
        return Err(JsNativeError::syntax().with_message(message).into());
    }
    let parse = context.get_data::<Parse>().map(|parse| parse.0.clone());
    let parse = parse.ok_or_else(|| JsNativeError::typ().with_message("JSON.parse is not there"))?;
    parse.call(this, &[text.into(), arguments.get_or_undefined(1).clone()], context)
}
