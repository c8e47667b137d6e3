//! A plan on its way to the host: actions and checks are JSON objects with a `kind`, as people and models write them.

use patchbay_sdk::FixPlan;
use serde_json::Value;

pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) reason: String,
    pub(crate) actions: Vec<Value>,
    pub(crate) checks: Vec<Value>,
    pub(crate) undo: Vec<Value>,
    pub(crate) confidence: f64,
    /// Where it comes from: a name and its value.
    pub(crate) from: (&'static str, String),
    /// The metric that the host shall watch after it.
    pub(crate) watch: Option<String>,
}

impl Draft {
    /// None if a part has no kind.
    pub(crate) fn plan(self) -> Option<FixPlan> {
        let mut plan = FixPlan::new(self.title, self.reason)
            .confidence(self.confidence)
            .attribute(self.from.0, self.from.1);
        if let Some(watch) = self.watch {
            plan = plan.attribute("watch", watch);
        }
        plan.steps(&self.actions, &self.checks, &self.undo)
    }
}
