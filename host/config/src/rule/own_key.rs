//! Names of keys of this very file, for the list of those that a machine may set. It must not know what a key is for.

use super::Rule;
use super::reach::{list_of, wrong};
use crate::tables::TABLES;

const KEYS_MAX: usize = 100;
/// What bounds the machine itself, tells who it is, or says what it may reach: a person's alone.
const PERSONS_OWN: [&str; 6] = ["fixes", "checks", "skills", "secrets", "plugins", "artifacts"];

/// Written as `table.key`: `routing.wait`. Only such as take effect at once, so that what was set can be judged.
pub(crate) fn own_keys() -> Rule<Vec<String>> {
    let expected = format!(
        "a list of at most {KEYS_MAX} different keys of this file that take effect at once, as \"routing.wait\"; none of \
         [{}]",
        PERSONS_OWN.join("], [")
    );
    let rule = list_of(expected, KEYS_MAX, is_settable);
    Rule { part: |value| wrong(value, |item| item.as_str().is_some_and(is_settable)), ..rule }
}

fn is_settable(text: &str) -> bool {
    let Some((path, name)) = text.rsplit_once('.') else { return false };
    let first = path.split('.').next().unwrap_or(path);
    let table = TABLES.iter().find(|table| table.path == path && !PERSONS_OWN.contains(&first));
    table.is_some_and(|table| table.keys.iter().any(|key| key.name == name && !key.at_restart))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_may_set_what_takes_effect_at_once_and_does_not_bound_it() {
        assert!(is_settable("routing.wait") && is_settable("cooldown.base"));
        for wrong in [
            "wait",
            "routing.wiat",
            "server.listen",
            "fixes.per_hour",
            "plugins.budget.traps",
            "",
            "routing.",
        ] {
            assert!(!is_settable(wrong), "{wrong} was taken");
        }
    }
}
