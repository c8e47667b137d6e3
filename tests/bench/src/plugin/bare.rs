//! The policy, asked by wasmtime alone once for each request of a floor: about what the call alone adds to
//! requests, in traffic.

use std::sync::{LazyLock, Mutex, PoisonError};

use patchbay_runtime::Limits;
use patchbay_runtime::routing::Decision;

use super::raw::{Raw, RawInstance};
use super::{CANDIDATES, Input, input};
use crate::component::{POLICY, bundled};

/// What it is asked, every time.
static INPUT: LazyLock<Input> = LazyLock::new(|| input::with(CANDIDATES[0]));

pub(crate) struct Bare {
    raw: Raw,
    /// As many as calls ran at one time; the last one used is the next.
    idle: Mutex<Vec<RawInstance<'static>>>,
}

impl Bare {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let raw = Raw::new(bundled(POLICY)?.component, Limits::default().memory_bytes).map_err(told)?;
        Ok(Self { raw, idle: Mutex::default() })
    }

    /// On the caller's stack.
    pub(crate) fn decide(&self) -> anyhow::Result<Decision> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let warm = idle().pop();
        let mut instance = warm.map_or_else(|| self.raw.instance(), Ok).map_err(told)?;
        let decision = instance.rank(&INPUT).map_err(told)?;
        idle().push(instance);
        Ok(decision)
    }
}

fn told(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{POLICY}, by wasmtime alone: {error:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_decides_again_and_again_on_one_instance() {
        let bare = Bare::new().expect("the bundled policy starts");
        for _ in 0..3 {
            let decision = bare.decide().expect("all candidates are available");
            assert_eq!(decision.order.len(), CANDIDATES[0]);
        }
        assert_eq!(bare.idle.lock().expect("nobody panicked").len(), 1);
    }
}
