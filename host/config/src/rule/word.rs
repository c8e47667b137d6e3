//! Values that are one of a few words.

use super::Rule;

/// How a log line is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The least severe line that is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Who ranks the providers of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoutingPolicy {
    /// The plugin in the slot; the host's own policy where it does not answer.
    Slot,
    /// The host's own policy alone.
    Native,
}

/// What is done with a request that no provider can take now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenExhausted {
    Wait,
    Emergency,
    Reject,
}

/// The furthest-reaching class of actions that a fix may do without a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ApproveAbove {
    /// A task, its input, a worker, a message.
    Data,
    /// What the operator set, or a provider's cooldown.
    Config,
    /// What does the work: a skill, or a program that one runs.
    SkillVersion,
    /// What decides: routing, analyzers, strategies, notifiers, sources.
    PolicyVersion,
}

const FORMATS: [LogFormat; 2] = [LogFormat::Text, LogFormat::Json];
const LEVELS: [LogLevel; 5] =
    [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];

const POLICIES: [RoutingPolicy; 2] = [RoutingPolicy::Slot, RoutingPolicy::Native];
const WHEN_EXHAUSTED: [WhenExhausted; 3] =
    [WhenExhausted::Wait, WhenExhausted::Emergency, WhenExhausted::Reject];

const CLASSES: [ApproveAbove; 4] =
    [ApproveAbove::Data, ApproveAbove::Config, ApproveAbove::SkillVersion, ApproveAbove::PolicyVersion];

impl ApproveAbove {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ApproveAbove::Data => "data",
            ApproveAbove::Config => "config",
            ApproveAbove::SkillVersion => "skill-version",
            ApproveAbove::PolicyVersion => "policy-version",
        }
    }
}

impl WhenExhausted {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            WhenExhausted::Wait => "wait",
            WhenExhausted::Emergency => "emergency",
            WhenExhausted::Reject => "reject",
        }
    }
}

impl RoutingPolicy {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RoutingPolicy::Slot => "slot",
            RoutingPolicy::Native => "native",
        }
    }
}

impl LogFormat {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }
    }
}

impl LogLevel {
    /// `error`, `warn`, `info`, `debug`, `trace`: also a directive for a log filter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }
}

pub(crate) fn format() -> Rule<LogFormat> {
    one_of(&FORMATS, LogFormat::as_str)
}

pub(crate) fn policy() -> Rule<RoutingPolicy> {
    one_of(&POLICIES, RoutingPolicy::as_str)
}

pub(crate) fn when_exhausted() -> Rule<WhenExhausted> {
    one_of(&WHEN_EXHAUSTED, WhenExhausted::as_str)
}

pub(crate) fn approve_above() -> Rule<ApproveAbove> {
    one_of(&CLASSES, ApproveAbove::as_str)
}

pub(crate) fn level() -> Rule<LogLevel> {
    one_of(&LEVELS, LogLevel::as_str)
}

fn one_of<T: Copy>(values: &'static [T], word: fn(T) -> &'static str) -> Rule<T> {
    let words: Vec<String> = values.iter().map(|value| format!("{:?}", word(*value))).collect();
    Rule::new(words.join(" or "), move |found| {
        let found = found.as_str()?;
        values.iter().copied().find(|value| word(*value) == found)
    })
}
