//! What an author of a plugin works with: new, build, test, inspect. None of it needs a host or a folder of one.

mod build;
mod cargo;
mod cases;
mod inspect;
mod name;
mod project;
mod scaffold;
mod test;

pub use build::build;
pub use inspect::inspect;
pub use name::PluginName;
pub use scaffold::{NewPlugin, World, new};
pub use test::test;
