//! The world `skill-adapter`, from the contract's types to the SDK's and back.

use std::marker::PhantomData;

use crate::guest::report_panics;
use crate::{Invocation, Outcome, SkillAdapter, SkillDescription};
use bindings::exports::patchbay::plugin::skill as contract;

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
        world: "skill-adapter",
        pub_export_macro: true,
        export_macro_name: "export_skill_adapter",
        with: {
            "patchbay:plugin/types@0.2.0": crate::guest::bindings::patchbay::plugin::types,
            "patchbay:plugin/log@0.2.0": crate::guest::bindings::patchbay::plugin::log,
            "patchbay:plugin/config@0.2.0": crate::guest::bindings::patchbay::plugin::config,
            "patchbay:plugin/blobs@0.2.0": crate::guest::bindings::patchbay::plugin::blobs,
            "patchbay:plugin/kv@0.2.0": crate::guest::bindings::patchbay::plugin::kv,
            "patchbay:plugin/http@0.2.0": crate::guest::bindings::patchbay::plugin::http,
            "patchbay:plugin/secrets@0.2.0": crate::guest::bindings::patchbay::plugin::secrets,
            "patchbay:plugin/llm@0.2.0": crate::guest::bindings::patchbay::plugin::llm,
            "patchbay:plugin/process@0.2.0": crate::guest::bindings::patchbay::plugin::process,
            "patchbay:plugin/files@0.2.0": crate::guest::bindings::patchbay::plugin::files,
            "patchbay:plugin/job@0.2.0": crate::guest::bindings::patchbay::plugin::job,
        },
    });
}

/// What is exported for a `P`.
pub struct Export<P>(PhantomData<P>);

impl<P: SkillAdapter + 'static> contract::Guest for Export<P> {
    fn describe() -> Result<Vec<contract::Description>, contract::PluginError> {
        report_panics();
        Ok(P::describe()?.into_iter().map(Into::into).collect())
    }

    fn run(invocation: contract::Invocation) -> Result<contract::Outcome, contract::PluginError> {
        report_panics();
        Ok(P::run(&invocation.into())?.into())
    }
}

impl From<contract::Invocation> for Invocation {
    fn from(invocation: contract::Invocation) -> Self {
        Self {
            id: invocation.id,
            skill: invocation.skill,
            input: invocation.input,
            attempt: invocation.attempt,
            attributes: invocation.attributes.into(),
        }
    }
}

impl From<SkillDescription> for contract::Description {
    fn from(skill: SkillDescription) -> Self {
        Self {
            name: skill.name,
            description: skill.description,
            input_schema: skill.input_schema.to_string(),
            attributes: skill.attributes.into(),
        }
    }
}

impl From<Outcome> for contract::Outcome {
    fn from(outcome: Outcome) -> Self {
        Self {
            status: outcome.status,
            summary: outcome.summary,
            output: outcome.output.to_string(),
            code: outcome.code,
            attributes: outcome.attributes.into(),
        }
    }
}
