//! What an author of a plugin works with: new, build, test, inspect. None of it needs a host or a folder of one.

mod build;
mod cargo;
mod cases;
mod inspect;
mod name;
mod project;
mod scaffold;
mod test;

pub(crate) use build::build;
pub(crate) use inspect::inspect;
pub(crate) use name::PluginName;
pub(crate) use scaffold::{NewPlugin, World, new};
pub(crate) use test::test;
