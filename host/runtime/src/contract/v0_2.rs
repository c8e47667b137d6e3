//! `patchbay:plugin@0.2.0`: the latest; its types are the ones that the host uses.

use wasmtime::component::{HasSelf, Linker};

use crate::guest::Guest;

wasmtime::component::bindgen!({
    path: "../../wit/since-v0.2.0",
    world: "routing-policy",
    exports: { default: async },
});

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    patchbay::plugin::log::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    patchbay::plugin::config::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)
}

impl patchbay::plugin::types::Host for Guest {}

impl patchbay::plugin::log::Host for Guest {
    fn write(&mut self, level: String, message: String, fields: Vec<(String, String)>) {
        let mut line = message;
        for (name, value) in fields {
            line.push_str(&format!(" {name}={value:?}"));
        }
        self.log.write(&level, &line);
    }
}

impl patchbay::plugin::config::Host for Guest {
    fn get(&mut self) -> String {
        self.identity.config.clone()
    }
}
