//! Asks a plugin natively what the host would ask it, world by world, in the host's format.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::golden::Answered;
use crate::{ErrorAnalyzer, FixStrategy, Notifier, PluginError, SendError, SkillAdapter, TaskSource};

/// A question that was read: the outer error is that it is none.
pub(crate) type Asked = Result<Answered, String>;

/// What is left of a question's fields.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The question's word, `first` if it has none, and its fields.
    pub(crate) fn of(question: Value, first: &str) -> (String, Self) {
        let mut fields = match question {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let ask = fields.remove("ask").and_then(|ask| ask.as_str().map(str::to_owned));
        (ask.unwrap_or_else(|| first.to_owned()), Self(fields))
    }

    fn take<T: DeserializeOwned + Default>(&mut self, name: &str) -> Result<T, String> {
        match self.0.remove(name) {
            Some(value) => serde_json::from_value(value).map_err(|error| format!("input/{name}: {error}")),
            None => Ok(T::default()),
        }
    }

    fn end(self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(name) => Err(format!("the input has an unknown field {name}")),
            None => Ok(()),
        }
    }
}

fn unknown(ask: &str, expected: &str) -> Asked {
    Err(format!("a plugin of this world is not asked {ask:?}: expected {expected}"))
}

fn answered<T: serde::Serialize>(reply: &str, answer: Result<T, PluginError>) -> Asked {
    Ok(answer.map(|value| json!({ reply: value })).map_err(|error| refused(&error)))
}

fn done(answer: Result<(), PluginError>) -> Asked {
    Ok(answer.map(|()| json!("done")).map_err(|error| refused(&error)))
}

/// As the host reads it: what says when to try again may be tried again.
fn refused(error: &PluginError) -> Value {
    refusal(error, error.retry_after_ms.is_some())
}

fn refusal(error: &PluginError, retryable: bool) -> Value {
    let PluginError { code, message, retry_after_ms } = error;
    json!({ "code": code, "message": message, "retryable": retryable, "retry_after_ms": retry_after_ms })
}

pub(crate) fn analyzer<P: ErrorAnalyzer>(ask: &str, mut fields: Fields) -> Asked {
    let failure = fields.take("failure")?;
    fields.end()?;
    match ask {
        "analyze" => answered("diagnosis", P::analyze(&failure)),
        _ => unknown(ask, "analyze"),
    }
}

pub(crate) fn strategy<P: FixStrategy>(ask: &str, mut fields: Fields) -> Asked {
    let problem = fields.take("problem")?;
    fields.end()?;
    match ask {
        "propose" => answered("plan", P::propose(&problem)),
        _ => unknown(ask, "propose"),
    }
}

pub(crate) fn skill<P: SkillAdapter>(ask: &str, mut fields: Fields) -> Asked {
    let invocation = fields.take("invocation")?;
    fields.end()?;
    match ask {
        "run" => answered("outcome", P::run(&invocation)),
        "describe" => answered("skills", P::describe()),
        _ => unknown(ask, "run, describe"),
    }
}

pub(crate) fn notifier<P: Notifier>(ask: &str, mut fields: Fields) -> Asked {
    let message = fields.take("message")?;
    fields.end()?;
    match ask {
        "send" => Ok(P::send(&message).map(|receipt| json!({ "receipt": receipt })).map_err(|error| {
            let SendError { code, message, retryable, retry_after_ms } = error;
            refusal(&PluginError { code, message, retry_after_ms }, retryable)
        })),
        "describe" => answered("routes", P::describe()),
        _ => unknown(ask, "send, describe"),
    }
}

pub(crate) fn source<P: TaskSource>(ask: &str, mut fields: Fields) -> Asked {
    let cursor: Option<String> = fields.take("cursor")?;
    let [item, claim, reason] = ["item", "claim", "reason"].map(|name| fields.take::<String>(name));
    let (item, claim, reason, note) = (item?, claim?, reason?, fields.take("note")?);
    fields.end()?;
    match ask {
        "poll" => answered("page", P::poll(cursor.as_deref())),
        "claim" => answered("claim", P::claim(&item)),
        "heartbeat" => done(P::heartbeat(&item, &claim)),
        "complete" => done(P::complete(&item, &claim, &note)),
        "release" => done(P::release(&item, &claim, &reason)),
        _ => unknown(ask, "poll, claim, heartbeat, complete, release"),
    }
}
