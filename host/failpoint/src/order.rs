//! What happens where, as the environment says it. It must not know when it happens.

use std::time::Duration;

/// Orders that are read, at most.
const ORDERS_MAX: usize = 64;
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// What happens at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Order {
    pub(crate) name: String,
    pub(crate) action: Action,
    /// At which time alone, from 1; none: each time.
    pub(crate) nth: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Abort,
    Error,
    Pause(Duration),
}

/// All orders of a text, or what of it makes no sense.
pub(crate) fn orders(text: &str) -> Result<Vec<Order>, String> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let orders = parts.map(order).collect::<Result<Vec<_>, _>>()?;
    match orders.len() {
        0..=ORDERS_MAX => Ok(orders),
        found => Err(format!("expected at most {ORDERS_MAX} orders, found {found}")),
    }
}

fn order(text: &str) -> Result<Order, String> {
    let wrong = || format!("expected NAME=abort, NAME=error or NAME=pause:MILLISECONDS, found `{text}`");
    let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (action, nth) = match rest.split_once('@') {
        Some((action, nth)) => (action, Some(nth.parse().map_err(|_| wrong())?)),
        None => (rest, None),
    };
    let action = match action.split_once(':') {
        None if action == "abort" => Action::Abort,
        None if action == "error" => Action::Error,
        Some(("pause", ms)) => {
            Action::Pause(Duration::from_millis(ms.parse().map_err(|_| wrong())?).min(PAUSE_MAX))
        }
        _ => return Err(wrong()),
    };
    Ok(Order { name: name.to_owned(), action, nth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_and_nonsense_is_named() {
        let read = orders("a.b=abort; c=pause:20@3;").unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].action, read[0].nth), (Action::Abort, None));
        assert_eq!((read[1].action, read[1].nth), (Action::Pause(Duration::from_millis(20)), Some(3)));
        for wrong in ["a", "a=b", "a=abort@x", "a=pause:", "=abort:1"] {
            assert!(orders(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
    }
}
