//! What a plan may ask the host to do, and how far each reaches. It must not know whether the operator allows it
//! (`gate`).

use patchbay_types::{Digest, Grants, ProviderName, Severity, SlotKind, SlotName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::task::from_parts;
use crate::{Definition, PartsError, TaskName};

/// One step of a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// The task runs again.
    Retry {
        #[serde(default)]
        after_ms: u64,
    },
    /// Changes the task's input by a JSON merge patch (RFC 7396). A merge patch is what the input should look like,
    /// so a model gets it right; a JSON Patch (RFC 6902) is a program with paths that fail when the input has moved
    /// on.
    SetInput {
        patch: Value,
    },
    RunSkill {
        skill: String,
        #[serde(default)]
        input: Value,
    },
    /// In a sandbox, with no more than the problem's target may.
    RunScript {
        language: Language,
        source: String,
        #[serde(default)]
        grants: Grants,
    },
    /// One of the keys that the operator lists.
    SetConfig {
        key: String,
        value: Value,
    },
    CoolProvider {
        provider: ProviderName,
        #[serde(default)]
        model: Option<String>,
        for_ms: u64,
    },
    /// Stops the worker of a task; without a name, of the one that failed.
    Kill {
        #[serde(default)]
        task: Option<TaskName>,
    },
    ReviveSession {
        agent: String,
        session: String,
    },
    /// As a trial, never in charge at once.
    LoadPlugin {
        slot: SlotName,
        digest: Digest,
        mode: TrialMode,
    },
    /// A change of a program that `exec` runs, in a Git work tree that the operator named; always approved by a person.
    Patch {
        repo: String,
        diff: String,
    },
    Subtask {
        task: Box<Definition>,
    },
    Notify {
        text: String,
        #[serde(default = "info")]
        severity: Severity,
    },
    /// Only a person can go on.
    Escalate {
        reason: String,
    },
}

/// What a script is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    #[serde(alias = "js")]
    Javascript,
}

/// How a component is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialMode {
    Shadow,
    Canary,
}

/// How far an action reaches: a later one reaches further.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A task, its input, a worker, a message.
    Data,
    /// What the operator set, or a provider's cooldown.
    Config,
    /// What does the work: a skill, or a program that one runs.
    SkillVersion,
    /// What decides: routing, analyzers, strategies, notifiers, sources.
    PolicyVersion,
    /// Patchbay itself. Never by a machine; no action is of this class.
    Host,
}

impl Action {
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::SetConfig { .. } | Self::CoolProvider { .. } => Class::Config,
            Self::Patch { .. } => Class::SkillVersion,
            Self::LoadPlugin { slot, .. } if slot.kind() == SlotKind::Skills => Class::SkillVersion,
            Self::LoadPlugin { .. } => Class::PolicyVersion,
            _ => Class::Data,
        }
    }

    /// Whether an opinion is not enough to call it well done.
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        let acts = matches!(self, Self::RunSkill { .. } | Self::RunScript { .. } | Self::Kill { .. });
        acts || self.class() > Class::Data
    }

    /// From a kind and JSON arguments, as a plugin says it.
    ///
    /// # Errors
    /// What is wrong, with the kind and the field.
    pub fn from_parts(kind: &str, arguments: &str) -> Result<Self, PartsError> {
        from_parts("action", kind, arguments)
    }
}

impl Class {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Config => "config",
            Self::SkillVersion => "skill-version",
            Self::PolicyVersion => "policy-version",
            Self::Host => "host",
        }
    }
}

fn info() -> Severity {
    Severity::Info
}
