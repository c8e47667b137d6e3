//! `process`.

use super::blob;
use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::process as contract;
use crate::process::{Command, Exit, Line};

#[derive(Debug)]
pub(crate) struct Child(contract::Child);

pub(crate) fn spawn(command: Command) -> Result<Child, PluginError> {
    let input = command.input.as_deref().map(blob::of).transpose()?;
    let command = contract::Command {
        program: command.program,
        arguments: command.arguments,
        environment: command.environment,
        folder: command.folder,
        attributes: command.attributes.into(),
    };
    Ok(Child(contract::spawn(&command, input.as_ref())?))
}

impl Child {
    pub(crate) fn lines(&self, count: u32, wait_ms: u64) -> Result<Vec<Line>, PluginError> {
        let lines = self.0.lines(count, wait_ms)?;
        Ok(lines.into_iter().map(|line| Line { stream: line.stream, text: line.text }).collect())
    }

    pub(crate) fn wait(&self, wait_ms: u64) -> Result<Option<Exit>, PluginError> {
        let exit = self.0.wait(wait_ms)?;
        Ok(exit.map(|exit| Exit { code: exit.code, signal: exit.signal, attributes: exit.attributes.into() }))
    }

    pub(crate) fn kill(&self) -> Result<(), PluginError> {
        Ok(self.0.kill()?)
    }
}
