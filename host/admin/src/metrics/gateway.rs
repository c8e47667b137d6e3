//! What the gateway counts, as families.

use std::time::Duration;

use patchbay_proxy::{STAGE_EDGES_US, StageTimes};

use super::family::{Family, Value};

/// What the gateway counts. It is made after the operator, and asked when the metrics are read.
pub struct GatewayCounts {
    pub stages: StageSource,
    /// Requests that wait for a provider now.
    pub waiting: Box<dyn Fn() -> usize + Send + Sync>,
}

/// Where the time of requests went, since the start.
pub type StageSource = Box<dyn Fn() -> Vec<StageTimes> + Send + Sync>;

pub(super) fn families(counts: &GatewayCounts) -> [Family; 2] {
    let stages = (counts.stages)().into_iter();
    let stages = stages.map(|times| (vec![("stage", times.stage.to_owned())], spread(&times)));
    [
        Family::new(
            "request_stage_seconds",
            "Time of a request in each stage; overhead is all of them without waiting for others",
            stages,
        ),
        Family::one(
            "waiting_requests",
            "Requests that wait for a provider",
            Value::gauge((counts.waiting)()),
        ),
    ]
}

fn spread(times: &StageTimes) -> Value {
    let edges = STAGE_EDGES_US.iter().map(|edge| Duration::from_micros(*edge).as_secs_f64());
    let edges = edges.chain([f64::INFINITY]);
    Value::Spread(times.sum.as_secs_f64(), edges.zip(times.counts).collect())
}
