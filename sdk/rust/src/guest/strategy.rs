//! The world `fix-strategy`, from the contract's types to the SDK's and back.

use std::marker::PhantomData;

use crate::guest::report_panics;
use crate::{Action, Check, FixPlan, FixStrategy, Problem};
use bindings::exports::patchbay::plugin::strategy as contract;

#[allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    unused_imports,
    clippy::all,
    reason = "generated; the ABI is unsafe by nature"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "fix-strategy",
        pub_export_macro: true,
        export_macro_name: "export_fix_strategy",
        with: {
            "patchbay:plugin/types@0.2.0": crate::guest::bindings::patchbay::plugin::types,
            "patchbay:plugin/log@0.2.0": crate::guest::bindings::patchbay::plugin::log,
            "patchbay:plugin/config@0.2.0": crate::guest::bindings::patchbay::plugin::config,
            "patchbay:plugin/blobs@0.2.0": crate::guest::bindings::patchbay::plugin::blobs,
            "patchbay:plugin/kv@0.2.0": crate::guest::bindings::patchbay::plugin::kv,
            "patchbay:plugin/http@0.2.0": crate::guest::bindings::patchbay::plugin::http,
            "patchbay:plugin/secrets@0.2.0": crate::guest::bindings::patchbay::plugin::secrets,
            "patchbay:plugin/llm@0.2.0": crate::guest::bindings::patchbay::plugin::llm,
            "patchbay:plugin/files@0.2.0": crate::guest::bindings::patchbay::plugin::files,
            "patchbay:plugin/tasks@0.2.0": crate::guest::bindings::patchbay::plugin::tasks,
        },
    });
}

/// What is exported for a `P`.
pub struct Export<P>(PhantomData<P>);

impl<P: FixStrategy + 'static> contract::Guest for Export<P> {
    fn propose(problem: contract::Problem) -> Result<Option<contract::FixPlan>, contract::PluginError> {
        report_panics();
        let plan = P::propose(&problem.into())?;
        Ok(plan.map(Into::into))
    }
}

impl From<contract::Problem> for Problem {
    fn from(problem: contract::Problem) -> Self {
        Self {
            id: problem.id,
            fingerprint: problem.fingerprint,
            class: problem.class,
            title: problem.title,
            cause: problem.cause,
            failures: problem.failures,
            fixes_tried: problem.fixes_tried,
            attributes: problem.attributes.into(),
        }
    }
}

impl From<Action> for contract::Action {
    fn from(action: Action) -> Self {
        Self { kind: action.kind, arguments: action.arguments.to_string() }
    }
}

impl From<Check> for contract::Check {
    fn from(check: Check) -> Self {
        Self { kind: check.kind, arguments: check.arguments.to_string() }
    }
}

impl From<FixPlan> for contract::FixPlan {
    fn from(plan: FixPlan) -> Self {
        Self {
            title: plan.title,
            reason: plan.reason,
            actions: plan.actions.into_iter().map(Into::into).collect(),
            checks: plan.checks.into_iter().map(Into::into).collect(),
            undo: plan.undo.into_iter().map(Into::into).collect(),
            confidence: plan.confidence,
            attributes: plan.attributes.into(),
        }
    }
}
