//! The words of a manifest: which kind of policy, which class, what follows from them. It must not know how a manifest
//! is written.

use patchbay_types::SlotKind;
use serde::{Deserialize, Serialize};

use super::capability::Capability;
use crate::contract::ContractVersion;

/// The kind of policy that a plugin is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Which provider an LLM request goes to next.
    RoutingPolicy,
    /// What an error means.
    ErrorAnalyzer,
    /// What could mend a problem.
    FixStrategy,
    /// How work of some kind is done.
    SkillAdapter,
    /// How a person is told.
    Notifier,
    /// Where work comes from.
    TaskSource,
}

/// What kind of guest it is, and so which of the host's limits hold for it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    #[default]
    Slim,
    /// A guest that carries its language's runtime, as JavaScript and Python do.
    Fat,
}

/// What the host does when the plugin has failed a call. Each world has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureMode {
    /// The host's own policy answers that call.
    Native,
    /// The next of the chain is asked.
    Next,
    /// The task fails.
    Fail,
    /// The message stays in the outbox and is sent again.
    Retry,
    /// This round is left out, and counted.
    Skip,
}

/// What makes a call repeatable.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Determinism {
    /// Its input alone.
    Pure,
    /// Its input, and what the host answered to it.
    Recorded,
}

/// The failures that an analyzer takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A provider's answer.
    Upstream,
    /// An attempt of a task.
    Task,
    /// A run that makes no progress.
    Stuck,
    /// An agent that ended.
    Agent,
}

impl World {
    pub const ALL: [World; 6] = [
        World::RoutingPolicy,
        World::ErrorAnalyzer,
        World::FixStrategy,
        World::SkillAdapter,
        World::Notifier,
        World::TaskSource,
    ];

    /// The world whose plugins fill slots of this kind.
    #[must_use]
    pub fn of(kind: SlotKind) -> Self {
        match kind {
            SlotKind::Routing => World::RoutingPolicy,
            SlotKind::Analyzers => World::ErrorAnalyzer,
            SlotKind::Strategies => World::FixStrategy,
            SlotKind::Skills => World::SkillAdapter,
            SlotKind::Notifiers => World::Notifier,
            SlotKind::Sources => World::TaskSource,
        }
    }

    /// The slots that its plugins fill.
    #[must_use]
    pub fn slot_kind(self) -> SlotKind {
        match self {
            World::RoutingPolicy => SlotKind::Routing,
            World::ErrorAnalyzer => SlotKind::Analyzers,
            World::FixStrategy => SlotKind::Strategies,
            World::SkillAdapter => SlotKind::Skills,
            World::Notifier => SlotKind::Notifiers,
            World::TaskSource => SlotKind::Sources,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            World::RoutingPolicy => "routing-policy",
            World::ErrorAnalyzer => "error-analyzer",
            World::FixStrategy => "fix-strategy",
            World::SkillAdapter => "skill-adapter",
            World::Notifier => "notifier",
            World::TaskSource => "task-source",
        }
    }

    /// The interface of `patchbay:plugin` that a plugin of this world exports.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            World::RoutingPolicy => "routing",
            World::ErrorAnalyzer => "analyzer",
            World::FixStrategy => "strategy",
            World::SkillAdapter => "skill",
            World::Notifier => "delivery",
            World::TaskSource => "source",
        }
    }

    /// The first version of the contract that has it; all later ones do.
    #[must_use]
    pub fn since(self) -> ContractVersion {
        match self {
            World::RoutingPolicy => ContractVersion::V0_1_0,
            _ => ContractVersion::V0_2_0,
        }
    }

    /// What its plugins may import from the contract, besides its types.
    #[must_use]
    pub fn capabilities(self) -> &'static [Capability] {
        use Capability::{Blobs, Config, Files, Http, Job, Kv, Llm, Log, Process, Secrets, Tasks};
        match self {
            World::RoutingPolicy => &[Log, Config],
            World::ErrorAnalyzer | World::FixStrategy => {
                &[Log, Config, Blobs, Kv, Http, Secrets, Llm, Files, Tasks]
            }
            World::SkillAdapter => &[Log, Config, Blobs, Kv, Http, Secrets, Llm, Process, Files, Job],
            World::Notifier => &[Log, Config, Blobs, Kv, Http, Secrets, Process],
            World::TaskSource => &[Log, Config, Blobs, Kv, Http, Secrets, Process, Files],
        }
    }

    #[must_use]
    pub fn failure_mode(self) -> FailureMode {
        match self {
            World::RoutingPolicy => FailureMode::Native,
            World::ErrorAnalyzer | World::FixStrategy => FailureMode::Next,
            World::SkillAdapter => FailureMode::Fail,
            World::Notifier => FailureMode::Retry,
            World::TaskSource => FailureMode::Skip,
        }
    }
}

impl FailureMode {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FailureMode::Native => "native",
            FailureMode::Next => "next",
            FailureMode::Fail => "fail",
            FailureMode::Retry => "retry",
            FailureMode::Skip => "skip",
        }
    }
}

impl FailureKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            FailureKind::Upstream => "upstream",
            FailureKind::Task => "task",
            FailureKind::Stuck => "stuck",
            FailureKind::Agent => "agent",
        }
    }
}
