//! What an author of a plugin works with: new, build, test, run, watch, inspect. None of it needs a host or a folder of
//! one.

mod build;
mod cargo;
mod cases;
mod inspect;
mod js;
mod lang;
mod name;
mod project;
mod python;
mod run;
mod sandbox;
mod scaffold;
mod test;
mod watch;
mod wit;

pub use build::build;
pub use inspect::inspect;
pub use lang::Lang;
pub use name::PluginName;
pub use run::{RunOptions, run};
pub use scaffold::{NewPlugin, World, new};
pub use test::test;
pub use watch::watch;
