//! `patchbay:plugin@0.2.0`, the latest: its types are the ones that the host uses. One module of bindings for what
//! guests import, shared by one module a world.
#![allow(unreachable_pub, reason = "generated")]

/// What guests import. The capabilities themselves are in `capability`.
pub mod host {
    wasmtime::component::bindgen!({
        path: "../../wit/since-v0.2.0",
        world: "capabilities",
        imports: {
            "patchbay:plugin/log.write": trappable,
            "patchbay:plugin/config.get": trappable,
            default: async | trappable,
        },
        with: {
            "patchbay:plugin/blobs.blob": crate::capability::Blob,
            "patchbay:plugin/process.child": crate::capability::Child,
        },
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

macro_rules! world {
    ($(#[$doc:meta])* $module:ident, $world:literal) => {
        $(#[$doc])*
        pub mod $module {
            wasmtime::component::bindgen!({
                path: "../../wit/since-v0.2.0",
                world: $world,
                exports: { default: async },
                with: { "patchbay:plugin": super::host::patchbay::plugin },
                additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
            });
        }
    };
}

world! {
    /// Which provider is next, as values.
    routing, "routing-policy"
}

/// The same for calls: what is asked is lent, so that no request has to copy the words of its candidates.
pub mod lent {
    wasmtime::component::bindgen!({
        path: "../../wit/since-v0.2.0",
        world: "routing-policy",
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}
world! {
    /// What an error means.
    analyzer, "error-analyzer"
}
world! {
    /// What could mend a problem.
    strategy, "fix-strategy"
}
world! {
    /// How work is done.
    skill, "skill-adapter"
}
world! {
    /// How people are told.
    notifier, "notifier"
}
world! {
    /// Where work comes from.
    source, "task-source"
}
