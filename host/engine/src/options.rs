//! What an operator may set of the engine. It must not know where it is written.

use std::sync::Arc;
use std::time::Duration;

use patchbay_tasks::{Clocks, FixBudgets, GateLimits, Ladder, LaneConfig};
use patchbay_types::Timestamp;

/// Taken over at once by what begins next.
#[derive(Clone)]
pub struct EngineOptions {
    /// Tasks at one time.
    pub places: u32,
    pub fix_lane: LaneConfig,
    pub regular_lane: LaneConfig,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// How often a lease is renewed.
    pub heartbeat: Duration,
    pub clocks: Clocks,
    pub fixes: FixOptions,
}

/// From now to the end of the hours that the operator has closed for fixes, if they are closed.
pub type ClosedHours = Arc<dyn Fn(Timestamp) -> Option<Timestamp> + Send + Sync>;

/// What is done about problems.
#[derive(Clone)]
pub struct FixOptions {
    pub closed_until: ClosedHours,
    pub ladder: Ladder,
    pub budgets: FixBudgets,
    pub gate: GateLimits,
    /// How long the metric that a plan names is watched after it; zero: not at all.
    pub watch: Duration,
    /// The first pause of a failure that may pass; none: that of its class.
    pub backoff: Option<Duration>,
    /// Whether a person is asked at once when something outside is missing.
    pub environment_to_person: bool,
    /// Who does fix tasks; none: there are none, and the rung looks for a plan as the one before does.
    pub skill: Option<String>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            places: 16,
            fix_lane: LaneConfig::DEFAULT,
            regular_lane: LaneConfig::DEFAULT,
            lease: Duration::from_secs(30),
            heartbeat: Duration::from_secs(10),
            clocks: Clocks::default(),
            fixes: FixOptions::default(),
        }
    }
}

impl Default for FixOptions {
    fn default() -> Self {
        Self {
            closed_until: Arc::new(|_| None),
            ladder: Ladder::default(),
            budgets: FixBudgets::default(),
            gate: GateLimits::default(),
            watch: Duration::from_secs(600),
            backoff: None,
            environment_to_person: true,
            skill: None,
        }
    }
}
