//! Where checks of a change look, before the change is where it is meant to be. It must not know what has changed.

use std::path::Path;

use patchbay_tasks::Check;

/// A folder for programs, and another place for files. By default neither.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Grounds<'a> {
    /// A `command` runs here, and not in an empty folder of its own.
    pub folder: Option<&'a Path>,
    /// What lies below the first is looked for below the second. That it may be read is judged by the first.
    pub instead: Option<(&'a Path, &'a Path)>,
}

impl Grounds<'_> {
    /// Whether what a check finds depends on the grounds.
    #[must_use]
    pub fn matter_to(&self, check: &Check) -> bool {
        match check {
            Check::Command { .. } => self.folder.is_some(),
            Check::File { path, .. } | Check::JsonPath { file: Some(path), .. } => {
                self.instead.is_some_and(|(from, _)| Path::new(path).starts_with(from))
            }
            _ => false,
        }
    }
}
