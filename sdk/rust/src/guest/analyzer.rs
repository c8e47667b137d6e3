//! The world `error-analyzer`, from the contract's types to the SDK's and back.

use std::marker::PhantomData;

use crate::guest::report_panics;
use crate::{Diagnosis, ErrorAnalyzer, Failure};
use bindings::exports::patchbay::plugin::analyzer as contract;

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
        world: "error-analyzer",
        pub_export_macro: true,
        export_macro_name: "export_error_analyzer",
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

impl<P: ErrorAnalyzer + 'static> contract::Guest for Export<P> {
    fn analyze(failure: contract::Failure) -> Result<Option<contract::Diagnosis>, contract::PluginError> {
        report_panics();
        let diagnosis = P::analyze(&failure.into())?;
        Ok(diagnosis.map(Into::into))
    }
}

impl From<contract::Failure> for Failure {
    fn from(failure: contract::Failure) -> Self {
        Self {
            id: failure.id,
            kind: failure.kind,
            code: failure.code,
            message: failure.message,
            attributes: failure.attributes.into(),
        }
    }
}

impl From<Diagnosis> for contract::Diagnosis {
    fn from(diagnosis: Diagnosis) -> Self {
        Self {
            class: diagnosis.class,
            cause: diagnosis.cause,
            confidence: diagnosis.confidence,
            retry_after_ms: diagnosis.retry_after_ms,
            attributes: diagnosis.attributes.into(),
        }
    }
}
