//! Programs that others start: in a process group of their own, with the environment that they are given and the
//! mark of who started them, their output as lines, and an end that is certain, also after their host was killed. It must not know who may start what, nor what a line means.

mod child;
mod command;
mod environment;
mod find;
mod group;
mod guard;
mod identity;
mod line;
mod mark;
mod output;
mod watch;

pub use child::Child;
pub use command::{Command, Limits, SpawnError};
pub use environment::base_environment;
pub use find::{FindError, find};
pub use guard::{Guard, stand_guard};
pub use identity::{Identity, Signal};
pub use line::{Line, Stream};
pub use mark::{Mark, MarkError};
pub use watch::Exit;
