//! Whether a plugin may ask something at all. Names are compared here; where an address leads and where a path ends is
//! known only to whoever goes there, and is checked there as well.

use patchbay_types::Grants;

use crate::ask::HostCall;

/// # Errors
/// Why not, in a sentence for the plugin's author.
pub(crate) fn check(grants: &Grants, call: &HostCall) -> Result<(), String> {
    match call {
        HostCall::KvGet { .. }
        | HostCall::KvSet { .. }
        | HostCall::KvDelete { .. }
        | HostCall::KvKeys { .. } => given(grants.kv.is_some(), "kv is not granted"),
        HostCall::HttpSend { .. } => given(grants.http.is_some(), "http is not granted"),
        HostCall::SecretExists { name } => named("secret", name, grants.secrets.as_deref()),
        HostCall::LlmComplete { options, .. } => {
            named("model", &options.model, grants.llm.as_ref().map(|llm| llm.models.as_slice()))
        }
        HostCall::ProcessSpawn { command, .. } => {
            named("program", &command.program, grants.process.as_deref())
        }
        // They go by a number that only a granted spawn gives.
        HostCall::ProcessLines { .. } | HostCall::ProcessWait { .. } | HostCall::ProcessKill { .. } => {
            given(grants.process.is_some(), "process is not granted")
        }
        HostCall::FilesRead { .. } | HostCall::FilesEntries { .. } => {
            given(grants.files.is_some(), "files are not granted")
        }
        HostCall::FilesReplace { .. } => {
            given(grants.files.iter().flatten().any(|files| files.write), "writing files is not granted")
        }
        HostCall::JobLogLine { .. }
        | HostCall::JobLogLines { .. }
        | HostCall::JobProgress { .. }
        | HostCall::JobHeartbeat {}
        | HostCall::JobArtifact { .. }
        | HostCall::JobCancelled {}
        | HostCall::TasksCurrent {}
        | HostCall::TasksAttempts {}
        | HostCall::TasksLogTail { .. }
        | HostCall::TasksFindings {}
        | HostCall::TasksHistory {}
        | HostCall::TasksRunbooks {} => Ok(()),
    }
}

fn given(given: bool, otherwise: &str) -> Result<(), String> {
    if given { Ok(()) } else { Err(otherwise.to_owned()) }
}

fn named(what: &str, name: &str, granted: Option<&[String]>) -> Result<(), String> {
    let granted = granted.unwrap_or_default();
    let shown: String = name.chars().take(100).collect();
    given(
        granted.iter().any(|known| known == name),
        &format!("{what} {shown:?} is not granted; granted: {}", granted.join(", ")),
    )
}

/// Whether a plugin with these grants may ask that at all.
#[must_use]
pub fn permitted(grants: &Grants, call: &HostCall) -> bool {
    check(grants, call).is_ok()
}
