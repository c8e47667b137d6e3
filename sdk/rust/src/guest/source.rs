//! The world `task-source`, from the contract's types to the SDK's and back.

use std::marker::PhantomData;

use crate::guest::report_panics;
use crate::{Item, Page, ResultNote, TaskSource};
use bindings::exports::patchbay::plugin::source as contract;

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
        world: "task-source",
        pub_export_macro: true,
        export_macro_name: "export_task_source",
        with: {
            "patchbay:plugin/types@0.2.0": crate::guest::bindings::patchbay::plugin::types,
            "patchbay:plugin/log@0.2.0": crate::guest::bindings::patchbay::plugin::log,
            "patchbay:plugin/config@0.2.0": crate::guest::bindings::patchbay::plugin::config,
            "patchbay:plugin/blobs@0.2.0": crate::guest::bindings::patchbay::plugin::blobs,
            "patchbay:plugin/kv@0.2.0": crate::guest::bindings::patchbay::plugin::kv,
            "patchbay:plugin/http@0.2.0": crate::guest::bindings::patchbay::plugin::http,
            "patchbay:plugin/secrets@0.2.0": crate::guest::bindings::patchbay::plugin::secrets,
            "patchbay:plugin/process@0.2.0": crate::guest::bindings::patchbay::plugin::process,
            "patchbay:plugin/files@0.2.0": crate::guest::bindings::patchbay::plugin::files,
        },
    });
}

/// What is exported for a `P`.
pub struct Export<P>(PhantomData<P>);

impl<P: TaskSource + 'static> contract::Guest for Export<P> {
    fn poll(cursor: Option<String>) -> Result<contract::Page, contract::PluginError> {
        report_panics();
        Ok(P::poll(cursor.as_deref())?.into())
    }

    fn claim(item: String) -> Result<String, contract::PluginError> {
        report_panics();
        Ok(P::claim(&item)?)
    }

    fn heartbeat(item: String, claim: String) -> Result<(), contract::PluginError> {
        report_panics();
        Ok(P::heartbeat(&item, &claim)?)
    }

    fn complete(
        item: String,
        claim: String,
        note: contract::ResultNote,
    ) -> Result<(), contract::PluginError> {
        report_panics();
        Ok(P::complete(&item, &claim, &note.into())?)
    }

    fn release(item: String, claim: String, reason: String) -> Result<(), contract::PluginError> {
        report_panics();
        Ok(P::release(&item, &claim, &reason)?)
    }
}

impl From<Item> for contract::Item {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            version: item.version,
            title: item.title,
            body: item.body,
            priority: item.priority,
            attributes: item.attributes.into(),
        }
    }
}

impl From<Page> for contract::Page {
    fn from(page: Page) -> Self {
        Self { items: page.items.into_iter().map(Into::into).collect(), cursor: page.cursor, more: page.more }
    }
}

impl From<contract::ResultNote> for ResultNote {
    fn from(note: contract::ResultNote) -> Self {
        Self { status: note.status, summary: note.summary, attributes: note.attributes.into() }
    }
}
