//! The attempts that go on, by the token that their programs are given: what such a program has the gateway do with a key of
//! its own is its attempt's. It must not know what the gateway does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use patchbay_proxy::{Tab, TabPort};

use crate::capability::used::Used;

/// What programs of an attempt find in their environment.
const TASK: &str = "PATCHBAY_TASK";
const ATTEMPT: &str = "PATCHBAY_ATTEMPT";
const TOKEN: &str = "PATCHBAY_TASK_TOKEN";
/// Of a token, in bytes before they are written as text: it is not to be guessed.
const TOKEN_BYTES: usize = 16;

/// As many as there are attempts.
#[derive(Default)]
pub struct Live(Mutex<HashMap<String, Arc<Used>>>);

/// One of them. Dropping it ends its token.
pub(super) struct Alive {
    live: Arc<Live>,
    token: String,
}

impl Live {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Used>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alive {
    /// None if the system gives no random numbers: then its programs are given no token.
    pub(super) fn begin(live: &Arc<Live>, used: Arc<Used>) -> Option<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).ok()?;
        let token = bytes.iter().fold("pbt_".to_owned(), |token, byte| format!("{token}{byte:02x}"));
        live.all().insert(token.clone(), used);
        Some(Self { live: live.clone(), token })
    }

    /// The variables that say whose programs they are.
    pub(super) fn environment(&self, task: &str, attempt: u32) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![pair(TASK, task.to_owned()), pair(ATTEMPT, attempt.to_string()), pair(TOKEN, self.token.clone())]
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.live.all().remove(&self.token);
    }
}

impl TabPort for Live {
    fn find(&self, token: &str) -> Option<Arc<dyn Tab>> {
        let used = self.all().get(token)?.clone();
        Some(used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_attempts_tab_until_that_is_over_and_no_other() {
        let live = Arc::new(Live::default());
        let one = Alive::begin(&live, Arc::default()).unwrap();
        let other = Alive::begin(&live, Arc::default()).unwrap();
        assert_ne!(one.token, other.token);
        let told = one.environment("TC-1", 2);
        assert_eq!(told[0], ("PATCHBAY_TASK".to_owned(), "TC-1".to_owned()));
        assert_eq!(told[1].1, "2");
        assert!(live.find(&told[2].1).is_some() && live.find("").is_none() && live.find("pbt_").is_none());
        drop(one);
        assert!(live.find(&told[2].1).is_none() && live.find(&other.token).is_some());
    }
}
