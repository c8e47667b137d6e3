//! What is told of a cooldown.

use patchbay_pool::{Change, CooldownChange};
use patchbay_types::Event;

pub(super) fn told(change: &CooldownChange) -> Event {
    let CooldownChange { change, at, cooldown } = change;
    let what = match &cooldown.model {
        Some(model) => format!("{} for model {model}", cooldown.name),
        None => cooldown.name.to_string(),
    };
    let seconds = cooldown.until.since(*at).as_secs_f64();
    let (kind, message) = match change {
        Change::Started => {
            let count = cooldown.count;
            (
                "provider.cooling",
                format!("{what} cools for {seconds:.1} s (number {count} in a row): {}", cooldown.reason),
            )
        }
        Change::Prolonged => ("provider.cooling-longer", format!("{what} cools for {seconds:.1} s more")),
        Change::Cleared => ("provider.recovered", format!("{what} no longer cools")),
    };
    Event { at: *at, kind: kind.to_owned(), subject: format!("provider/{}", cooldown.name), message }
}
