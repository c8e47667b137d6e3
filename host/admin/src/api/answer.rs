//! What the operator is told. No secret is ever in here: credentials and keys are shown masked.

use std::collections::BTreeMap;

use patchbay_pool::{Api, Source, Timeouts};
use patchbay_slots::{GenerationView, TrialView};
use patchbay_tasks::TaskName;
use patchbay_types::{Event, ProviderId, ProviderName, Report, SlotName, Timestamp, Tokens};
use serde::{Deserialize, Serialize};

use super::cooldown::CooldownView;
use super::usage::Totals;

/// A provider: what was entered, and how it fares.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProviderView {
    pub name: ProviderName,
    pub id: ProviderId,
    /// What people call it.
    pub label: Option<String>,
    /// What it speaks.
    pub api: Api,
    /// Normalised: what is called is this and a path.
    pub url: String,
    /// Masked: the first 6 and the last 4 characters. None if there is none, or if it does not open.
    pub credential: Option<String>,
    pub pool: String,
    pub rpm: u32,
    /// Tokens a minute; none: no limit.
    pub tpm: Option<u64>,
    /// Requests at one time; none: no limit.
    pub max_in_flight: Option<u32>,
    /// In place of the configured ones.
    pub timeouts: Timeouts,
    /// What a health probe asks for; none: there are no probes.
    pub health_path: Option<String>,
    /// Answers keep the provider's own name of the model.
    pub keep_native_model: bool,
    /// It does not know `stream_options.include_usage`.
    pub no_usage_option: bool,
    pub metadata: BTreeMap<String, String>,
    pub enabled: bool,
    pub source: Source,
    /// By canonical name.
    pub models: BTreeMap<String, ModelView>,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// Grows with each change; a patch may ask for it.
    pub revision: u64,
    /// `healthy`, `degraded`, `cooling`, `ejected`, `down`, `dead` or `disabled`.
    pub health: String,
    /// Why it is dead.
    pub reason: Option<String>,
    pub in_flight: u32,
    /// Requests that it may be sent at once.
    pub requests_left: u32,
    /// Requests sent in the last 60 s.
    pub requests_used: u32,
    /// Tokens used in the last 60 s, estimates among them; zero where they are not counted.
    pub tokens_used: Tokens,
    /// Requests that it may have at one time, until it is let in as a whole again.
    pub ramp: Option<u32>,
    pub probe: ProbeView,
    pub cooling: Vec<ProviderCooling>,
    /// Until a probe may end its ejection.
    pub ejected_ms: Option<u64>,
    /// Since it was last used.
    pub idle_ms: Option<u64>,
    /// Moving average of the time to the first byte.
    pub first_byte_ms: Option<f64>,
}

/// What a provider's health probes have found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ProbeView {
    /// `healthy`, also before the first, `degraded` or `down`.
    pub state: String,
    /// Share of good ones in the last five minutes; none if there were none.
    pub success_rate: Option<f64>,
    pub failures_in_a_row: u32,
    /// Of the last good one.
    pub latency_ms: Option<f64>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelView {
    pub native_id: String,
    pub input_price: Option<String>,
    pub output_price: Option<String>,
    pub cached_price: Option<String>,
    pub cache_write_price: Option<String>,
    pub reasoning: bool,
    pub reasoning_effort: Option<String>,
    pub input_modalities: Vec<String>,
    pub context_window: u32,
    pub max_tokens: u32,
    pub compat: serde_json::Map<String, serde_json::Value>,
}

/// A cooldown of a provider, or of one of its models, that runs or whose probe was not answered well yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProviderCooling {
    pub model: Option<String>,
    pub count: u32,
    pub until: Timestamp,
    pub left_ms: u64,
    pub reason: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Removed {
    pub removed: String,
}

/// What a provider answered when it was asked for its models.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TestView {
    pub provider: ProviderName,
    /// What was asked.
    pub url: String,
    pub ok: bool,
    pub status: Option<u16>,
    /// How many models it lists.
    pub models: Option<usize>,
    /// Native ids that were entered and that it does not list.
    pub missing: Vec<String>,
    /// Until the end of the answer.
    pub latency_ms: Option<f64>,
    /// One sentence.
    pub message: String,
    pub hints: Vec<String>,
}

/// A plugin's secret: what it is called and where it may go, never what it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SecretView {
    pub name: String,
    /// Each with scheme, host and port.
    pub origins: Vec<String>,
    /// 8 hexadecimal digits, another for another value; none if it does not open.
    pub fingerprint: Option<String>,
    /// Why it cannot be used.
    pub reason: Option<String>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// An entry of a log with its number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Logged<T> {
    pub sequence: u64,
    #[serde(flatten)]
    pub entry: T,
}

#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub version: String,
    pub started: Timestamp,
    pub uptime_ms: u64,
    /// Where the host listens, as it has said itself.
    pub address: serde_json::Value,
    pub health: Health,
    /// Why the configuration that is written is not the one in use.
    pub config_problem: Option<String>,
    /// The slot of routing and its generation in charge; none is the native policy.
    pub slot: String,
    pub active: Option<GenerationView>,
    /// All slots, by kind, and those of a chain in the order in which they are asked.
    pub slots: Vec<SlotStatus>,
    /// `pooling`, or why instances are mapped on demand.
    pub sandbox: String,
    /// How many providers are `healthy`, `degraded`, `cooling`, `ejected`, `down`, `dead`, `disabled`.
    pub providers: BTreeMap<String, usize>,
    pub cooldowns: Vec<CooldownView>,
    pub since_start: Totals,
    pub in_all: Totals,
    /// What people are asked about tasks: the first ten.
    pub asked: Vec<TaskAsked>,
    pub reports_waiting: u64,
    /// The newest last.
    pub reports: Vec<Logged<Report>>,
    /// The newest last.
    pub events: Vec<Logged<Event>>,
}

/// What a person is asked about a task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaskAsked {
    pub task: TaskName,
    /// A question, or what is missing.
    pub text: String,
}

/// A slot in one look.
#[derive(Clone, Debug, Serialize)]
pub struct SlotStatus {
    pub slot: SlotName,
    pub active: Option<GenerationView>,
    /// Whether who is in charge is in memory; a slot for work is loaded when the first task needs it.
    pub loaded: bool,
    pub trial: Option<TrialView>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Health {
    /// `ok` or `degraded`.
    pub status: String,
    pub version: String,
    /// Why it is degraded.
    pub reasons: Vec<String>,
}

/// Every answer that is not 2xx.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErrorAnswer {
    pub error: ErrorBody,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A stable word: `provider-exists`.
    pub code: String,
    pub message: String,
    /// Which field of the body is wrong: `models.gpt-5.input_price`.
    pub field: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}
