//! What happens when a place is passed. It must not know which places there are.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::{Signal, getpid, kill_process};

use crate::order::{Action, Order, orders};
use crate::{HITS_VARIABLE, ORDERS_VARIABLE};

struct Armed {
    orders: Vec<Order>,
    hits: Option<File>,
    /// How often each place was passed: as many as there are names.
    passed: Mutex<HashMap<String, u64>>,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// True: the caller has to fail.
pub(crate) fn pass(name: &str) -> bool {
    let armed = ARMED.get_or_init(Armed::from_environment);
    let times = armed.count(name);
    let order = armed.orders.iter().find(|order| order.name == name);
    match order.filter(|order| order.nth.is_none_or(|nth| nth == times)).map(|order| order.action) {
        None => false,
        Some(Action::Error) => true,
        Some(Action::Pause(pause)) => {
            hold(pause);
            false
        }
        Some(Action::Abort) => die(),
    }
}

impl Armed {
    fn from_environment() -> Self {
        let text = std::env::var(ORDERS_VARIABLE).unwrap_or_default();
        let orders = orders(&text).unwrap_or_else(|error| give_up(&error));
        let hits = std::env::var_os(HITS_VARIABLE).map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(&path);
            file.unwrap_or_else(|error| give_up(&format!("{}: {error}", path.display())))
        });
        Self { orders, hits, passed: Mutex::default() }
    }

    /// The how many-th time this is. The first is written down before anything happens.
    fn count(&self, name: &str) -> u64 {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = passed.get_mut(name) {
            *times += 1;
            return *times;
        }
        passed.insert(name.to_owned(), 1);
        if let Some(mut hits) = self.hits.as_ref() {
            // One write, so that lines of two processes never mix; a file that cannot be written shows as a place not passed.
            let _ = hits.write_all(format!("{name}\n").as_bytes());
        }
        1
    }
}

#[expect(clippy::disallowed_methods, reason = "the thread itself is held, as by a disk that does not answer")]
fn hold(pause: std::time::Duration) {
    std::thread::sleep(pause);
}

/// As `kill -9` does it: nothing is flushed, closed or told.
fn die() -> ! {
    let _ = kill_process(getpid(), Signal::KILL);
    loop {
        std::thread::park();
    }
}

/// A test that asks for nonsense must not seem to pass.
fn give_up(error: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "error: failpoints: {error}");
    std::process::abort()
}
