//! Whether a run of a skill ended at a limit of its instance. A skill runs what others wrote: a script that loops without
//! end is that script's failure, not the plugin's. It judges runs alone; any other call that ends so is the plugin's.

use std::time::Duration;

use wasmtime::Trap;

use crate::call::{CallFailure, whole_ticks};
use crate::contract::Answer;
use crate::exchange::Input;
use crate::guest::Guest;
use crate::limit::{Limits, STACK_BYTES};

/// None if it is no run, or did not end so. `answer` is none if the call's time was up, which is `time`.
pub(super) fn limit<T>(
    input: &Input,
    answer: Option<&Answer<T>>,
    guest: &Guest,
    limits: &Limits,
    time: Duration,
) -> Option<CallFailure> {
    if !matches!(input, Input::Run { .. }) {
        return None;
    }
    match answer {
        None => Some(CallFailure::Deadline(time)),
        Some(Err(_)) if guest.timed_out => Some(CallFailure::Deadline(whole_ticks(limits.deadline))),
        Some(Err(error)) => trap(*error.downcast_ref::<Trap>()?, guest.wanted_memory(), limits),
        Some(Ok(_)) => None,
    }
}

/// A guest that is refused memory gives up by `unreachable`. The same from any other cause is its own mistake.
fn trap(trap: Trap, wanted_memory: bool, limits: &Limits) -> Option<CallFailure> {
    match trap {
        Trap::StackOverflow => Some(CallFailure::Stack(STACK_BYTES)),
        Trap::UnreachableCodeReached if wanted_memory => Some(CallFailure::Memory(limits.memory_bytes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::FailureClass;

    fn class(of: Trap, wanted_memory: bool) -> Option<FailureClass> {
        trap(of, wanted_memory, &Limits::default()).map(|failure| failure.class())
    }

    #[test]
    fn giving_up_is_about_memory_only_after_memory_was_refused() {
        assert_eq!(class(Trap::UnreachableCodeReached, true), Some(FailureClass::Memory));
        assert_eq!(class(Trap::UnreachableCodeReached, false), None);
    }

    #[test]
    fn a_bad_pointer_is_the_plugins_own_mistake_whatever_was_refused() {
        assert_eq!(class(Trap::MemoryOutOfBounds, true), None);
        assert_eq!(class(Trap::IndirectCallToNull, true), None);
        assert_eq!(class(Trap::StackOverflow, false), Some(FailureClass::Stack));
    }
}
