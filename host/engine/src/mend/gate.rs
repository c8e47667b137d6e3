//! Whether a plan is applied now. It must not know how.

use std::time::Duration;

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Class, FixState, Gate, Moment, State, What, gate as judge, may_execute};
use patchbay_types::{Report, Severity, Timestamp};

use super::case::{Case, tell};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::FixRecord;

/// The longest time after which a plan that may not be applied now is looked at again.
const LOOK_AGAIN_MAX: Duration = Duration::from_secs(900);

pub(crate) async fn gate(engine: &Inner, case: Case, record: FixRecord) -> Result<bool, EngineError> {
    for task in &case.tasks {
        if matches!(task.state.behind_a_pause(), State::Diagnosing { .. }) {
            tell(engine, task, What::FixPlanned { fix: record.fix.id }).await?;
        }
    }
    failpoint::at("engine.gate.told");
    let options = engine.options.load_full();
    if let Err(refusal) = may_execute(&record.fix, &options.fixes.budgets) {
        engine.fail_fix(&record, &refusal.to_string()).await?;
        return Ok(true);
    }
    let moment = Moment {
        now: engine.now(),
        closed_until: engine.closed_until(),
        fixes_last_hour: engine.fixes_last_hour(),
        approved: record.fix.approved_by.is_some(),
    };
    match judge(&record.fix.plan, &case.record.problem, &options.fixes.gate, &moment) {
        Gate::Apply => begin(engine, &record).await,
        Gate::Approve { why } => ask(engine, &record, &why).await,
        Gate::NotNow { until, why } => {
            later(engine, &record, until);
            tracing::info!(fix = %record.fix.id, %until, why, "a plan waits");
            Ok(false)
        }
        Gate::Refuse { why } => {
            engine.fail_fix(&record, &why).await?;
            Ok(true)
        }
    }
}

async fn begin(engine: &Inner, record: &FixRecord) -> Result<bool, EngineError> {
    let class = record.fix.plan.class();
    let mut beside = Batch::new();
    if class > Class::Data {
        beside = beside.report(Report {
            at: engine.now(),
            severity: Severity::Info,
            subject: format!("fix/{}", record.fix.id),
            title: format!("Fix {} is being applied: {}", record.fix.id, record.fix.plan.title),
            body: format!("It is of class {}. {}", class.as_str(), record.fix.plan.reason),
        });
    }
    engine
        .change_fix(record, record.fix.state, beside, |record| {
            record.fix.state = FixState::Applying;
            record.fix.executions += 1;
        })
        .await?;
    failpoint::at("engine.gate.begun");
    engine.count_fix();
    Ok(true)
}

async fn ask(engine: &Inner, record: &FixRecord, why: &str) -> Result<bool, EngineError> {
    if record.fix.state == FixState::WaitsForApproval {
        return Ok(false);
    }
    let id = record.fix.id;
    let report = Report {
        at: engine.now(),
        severity: Severity::Warning,
        subject: format!("fix/{id}"),
        title: format!("Fix {id} waits for a yes: {}", record.fix.plan.title),
        body: format!(
            "{why}.\n{}\n\nSee it: patchbay fix show {id}\nSay yes: patchbay fix approve {id}\nSay no: patchbay fix \
             reject {id}",
            record.fix.plan.reason
        ),
    };
    engine
        .change_fix(record, record.fix.state, Batch::new().report(report), |record| {
            record.fix.state = FixState::WaitsForApproval;
            why.clone_into(&mut record.reason);
        })
        .await?;
    failpoint::at("engine.gate.asked");
    Ok(false)
}

/// Looks again then. A host that starts again looks by itself.
fn later(engine: &Inner, record: &FixRecord, until: Timestamp) {
    let problem = record.fix.problem.clone();
    let wait = until.since(engine.now()).clamp(Duration::from_millis(100), LOOK_AGAIN_MAX);
    engine.push_problem_after(problem, wait);
}
