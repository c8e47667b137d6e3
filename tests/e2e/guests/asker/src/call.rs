//! One question to the host, as the input has it: `{"call": "http", "url": "…"}`.

use std::time::Duration;

use patchbay_sdk::{PluginError, files, http, job, kv, llm, process, secrets};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::hoard;

#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub(crate) enum Call {
    Http {
        #[serde(default = "get")]
        method: String,
        url: String,
        #[serde(default)]
        headers: Vec<(String, String)>,
        body: Option<String>,
    },
    KvGet {
        key: String,
    },
    KvSet {
        key: String,
        value: String,
    },
    /// A value of so many bytes.
    KvFill {
        key: String,
        bytes: usize,
    },
    KvKeys {
        prefix: String,
    },
    Secret {
        name: String,
    },
    Run {
        program: String,
        #[serde(default)]
        arguments: Vec<String>,
        #[serde(default)]
        environment: Vec<(String, String)>,
        folder: Option<String>,
    },
    /// Starts so many, and waits for none.
    RunMany {
        program: String,
        arguments: Vec<String>,
        count: usize,
    },
    Read {
        path: String,
    },
    /// Reads it so often, and lets go of nothing.
    Hoard {
        path: String,
        count: usize,
    },
    Entries {
        path: String,
    },
    Write {
        path: String,
        text: String,
        version: Option<String>,
    },
    /// Writes what is there already, from the version that is there.
    Overwrite {
        path: String,
        text: String,
    },
    Llm {
        model: String,
    },
    Artifact {
        name: String,
    },
}

fn get() -> String {
    "GET".to_owned()
}

impl Call {
    pub(crate) fn make(self) -> Result<Value, PluginError> {
        match self {
            Self::Http { method, url, headers, body } => send(method, url, headers, body),
            Self::KvGet { key } => Ok(json!(kv::get_text(&key)?)),
            Self::KvSet { key, value } => Ok(json!(kv::set(&key, value)?)),
            Self::KvFill { key, bytes } => Ok(json!(kv::set(&key, "x".repeat(bytes))?)),
            Self::KvKeys { prefix } => Ok(json!(kv::keys(&prefix)?)),
            Self::Secret { name } => Ok(json!(secrets::exists(&name)?)),
            Self::Run { program, arguments, environment, folder } => {
                let mut command = process::Command::new(program).args(arguments);
                (command.environment, command.folder) = (environment, folder);
                run(command)
            }
            Self::RunMany { program, arguments, count } => {
                let start = || process::Command::new(&*program).args(arguments.clone()).spawn();
                let started = (0..count).map(|_| start()).collect::<Result<Vec<_>, _>>()?;
                Ok(json!(started.len()))
            }
            Self::Read { path } => Ok(json!(String::from_utf8_lossy(&files::read(&path)?.contents))),
            Self::Hoard { path, count } => hoard::hoard(&path, count),
            Self::Entries { path } => Ok(json!(files::entries(&path)?)),
            Self::Write { path, text, version } => {
                Ok(json!(files::replace(&path, text, version.as_deref())?))
            }
            Self::Overwrite { path, text } => {
                let version = files::read(&path)?.version;
                Ok(json!(files::replace(&path, text, Some(&version))?))
            }
            Self::Llm { model } => {
                let answer = llm::complete(&[llm::Message::user("Hello")], &llm::Options::new(model))?;
                Ok(json!(answer.content))
            }
            Self::Artifact { name } => Ok(json!(job::artifact(&name, "text/plain", "kept")?)),
        }
    }
}

fn send(
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
) -> Result<Value, PluginError> {
    let mut request = http::Request::new(method, url).timeout(Duration::from_secs(5));
    request.headers = headers;
    request.body = body.map(String::into_bytes);
    let answer = request.send()?;
    let body = String::from_utf8_lossy(answer.body());
    Ok(json!({ "status": answer.status, "headers": answer.headers, "body": body }))
}

fn run(command: process::Command) -> Result<Value, PluginError> {
    let output = command.run()?;
    Ok(json!({ "code": output.exit.code, "stdout": output.stdout, "stderr": output.stderr }))
}
