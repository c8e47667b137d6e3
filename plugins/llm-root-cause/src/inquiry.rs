//! The walk of a diagnosis: the model answers, or looks something up first. It must not know what an answer says.

use patchbay_sdk::PluginError;
use patchbay_sdk::llm::{Talk, line, mask};
use serde::Serialize;
use serde_json::Value;

use crate::answer::{self, Cause};
use crate::tool::{CALLS_MAX, QUERY_MAX, Tool};

/// One look-up, for whoever asks later what a diagnosis stands on.
#[derive(Serialize)]
pub(crate) struct Used {
    tool: String,
    query: String,
}

enum Reply {
    LookUp(Used),
    /// None: the evidence does not show it.
    Cause(Option<Cause>),
}

/// The cause, none if there was no answer that says one; and what was looked up on the way.
pub(crate) fn run(talk: &mut Talk, tools: &[Tool]) -> Result<(Option<Cause>, Vec<Used>), PluginError> {
    let mut used = Vec::new();
    loop {
        match talk.ask(|found| read(found, tools, used.len()))? {
            Some(Reply::LookUp(wanted)) => {
                talk.say(look_up(&wanted, tools));
                used.push(wanted);
            }
            Some(Reply::Cause(cause)) => return Ok((cause, used)),
            None => return Ok((None, used)),
        }
    }
}

/// The attribute `tools-used`: JSON, in the order of the calls.
pub(crate) fn told(used: &[Used]) -> String {
    serde_json::json!(used).to_string()
}

fn read(found: &Value, tools: &[Tool], calls: usize) -> Result<Reply, String> {
    let Some(name) = found.get("tool").and_then(Value::as_str) else {
        return answer::read(found).map(Reply::Cause);
    };
    if calls >= CALLS_MAX {
        return Err(format!("all {CALLS_MAX} look-ups are used up; answer with what is known"));
    }
    let query = found.get("query").and_then(Value::as_str).map(|query| line(&mask(query), QUERY_MAX));
    match (tools.iter().any(|tool| tool.name == name), query) {
        (true, Some(query)) if !query.is_empty() => Ok(Reply::LookUp(Used { tool: name.to_owned(), query })),
        (true, _) => Err("`query` of a look-up is missing or empty".to_owned()),
        (false, _) => Err(format!("there is no tool {name:?}")),
    }
}

fn look_up(wanted: &Used, tools: &[Tool]) -> String {
    let tool = tools.iter().find(|tool| tool.name == wanted.tool);
    tool.map_or_else(|| "there is no such tool".to_owned(), |tool| tool.ask(&wanted.query))
}
