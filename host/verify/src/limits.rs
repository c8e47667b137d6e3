//! How long checks may take. It must not know how they are run.

use std::time::Duration;

use patchbay_tasks::Check;

/// How long one check has, and a program that is told to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyLimits {
    /// For a `command` and a `skill`, which do work of their own.
    pub work: Duration,
    /// For any other.
    pub look: Duration,
    /// Between asking a program to end and forcing it.
    pub grace: Duration,
}

impl VerifyLimits {
    pub const WORK: Duration = Duration::from_secs(600);
    pub const LOOK: Duration = Duration::from_secs(60);
    pub const GRACE: Duration = Duration::from_secs(5);

    pub(crate) fn of(&self, check: &Check) -> Duration {
        match check {
            Check::Command { .. } | Check::Skill { .. } => self.work,
            _ => self.look,
        }
    }
}

impl Default for VerifyLimits {
    fn default() -> Self {
        Self { work: Self::WORK, look: Self::LOOK, grace: Self::GRACE }
    }
}
