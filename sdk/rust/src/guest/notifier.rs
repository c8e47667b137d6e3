//! The world `notifier`, from the contract's types to the SDK's and back.

use std::marker::PhantomData;

use crate::guest::report_panics;
use crate::{Message, Notifier, Receipt, RouteDescription, SendError};
use bindings::exports::patchbay::plugin::delivery as contract;

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
        world: "notifier",
        pub_export_macro: true,
        export_macro_name: "export_notifier",
        with: {
            "patchbay:plugin/types@0.2.0": crate::guest::bindings::patchbay::plugin::types,
            "patchbay:plugin/log@0.2.0": crate::guest::bindings::patchbay::plugin::log,
            "patchbay:plugin/config@0.2.0": crate::guest::bindings::patchbay::plugin::config,
            "patchbay:plugin/blobs@0.2.0": crate::guest::bindings::patchbay::plugin::blobs,
            "patchbay:plugin/kv@0.2.0": crate::guest::bindings::patchbay::plugin::kv,
            "patchbay:plugin/http@0.2.0": crate::guest::bindings::patchbay::plugin::http,
            "patchbay:plugin/secrets@0.2.0": crate::guest::bindings::patchbay::plugin::secrets,
            "patchbay:plugin/process@0.2.0": crate::guest::bindings::patchbay::plugin::process,
        },
    });
}

/// What is exported for a `P`.
pub struct Export<P>(PhantomData<P>);

impl<P: Notifier + 'static> contract::Guest for Export<P> {
    fn describe() -> Result<Vec<contract::Description>, contract::PluginError> {
        report_panics();
        Ok(P::describe()?.into_iter().map(Into::into).collect())
    }

    fn send(message: contract::Message) -> Result<contract::Receipt, contract::SendError> {
        report_panics();
        P::send(&message.into()).map(Into::into).map_err(Into::into)
    }
}

impl From<contract::Message> for Message {
    fn from(message: contract::Message) -> Self {
        Self {
            id: message.id,
            severity: message.severity,
            subject: message.subject,
            title: message.title,
            body: message.body,
            at_ms: message.at_ms,
            attributes: message.attributes.into(),
        }
    }
}

impl From<RouteDescription> for contract::Description {
    fn from(route: RouteDescription) -> Self {
        Self { kind: route.kind, description: route.description, attributes: route.attributes.into() }
    }
}

impl From<Receipt> for contract::Receipt {
    fn from(receipt: Receipt) -> Self {
        Self { id: receipt.id, attributes: receipt.attributes.into() }
    }
}

impl From<SendError> for contract::SendError {
    fn from(error: SendError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
        }
    }
}
