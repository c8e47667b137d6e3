//! `log` and `config`: answered on the spot, never recorded as calls, because they change nothing and say nothing new.

use crate::contract::host::patchbay::plugin::{config, log, types};
use crate::guest::Guest;

impl types::Host for Guest {}

impl log::Host for Guest {
    fn write(
        &mut self,
        level: String,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let mut line = message;
        for (name, value) in fields {
            line.push_str(&format!(" {name}={value:?}"));
        }
        self.log.write(&level, &line);
        Ok(())
    }
}

impl config::Host for Guest {
    fn get(&mut self) -> wasmtime::Result<String> {
        Ok(self.identity.config.clone())
    }
}
