//! A script that wants more than any memory holds. The engine gives up before it asks for that much, and for the host it
//! would look like a mistake of the skill. So the memory is asked for, and refused: then the host sees what the run wanted.

use std::panic;

#[cfg(target_arch = "wasm32")]
use crate::memory::ask;

/// Of the panics of those who hold values in memory: the language's own lists and texts, and the engine's.
const WORDS: [&str; 2] = ["capacity overflow", "overflow during string allocation"];

/// Beside whoever else hears of panics, who hears first.
pub(crate) fn watch() {
    let heard = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        heard(panic);
        if panic.payload_as_str().is_some_and(is_about_memory) {
            ask();
        }
    }));
}

fn is_about_memory(message: &str) -> bool {
    WORDS.iter().any(|words| message.contains(words))
}

#[cfg(not(target_arch = "wasm32"))]
fn ask() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(panics: impl FnOnce() + panic::UnwindSafe) -> String {
        let payload = panic::catch_unwind(panics).unwrap_err();
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap()
    }

    #[test]
    fn the_language_says_it_in_these_words() {
        assert!(is_about_memory(&words(|| drop(Vec::<u64>::with_capacity(usize::MAX)))));
        assert!(is_about_memory(&words(|| drop("ab".repeat(usize::MAX)))));
        assert!(!is_about_memory(&words(|| panic!("it is something else"))));
    }
}
