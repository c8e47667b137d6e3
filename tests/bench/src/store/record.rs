//! Batches as a host commits them: rows of a task's sizes, in tables of their own.

use patchbay_store::{Batch, EncodeError, Key, Record, Table};
use serde::{Deserialize, Serialize};

/// Tasks that are written again and again, in their order, as a queue has them.
const TASKS: u64 = 20_000;

/// What is in a batch.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// One row of about 512 bytes.
    Row,
    /// The task (700 bytes), its place in the queue (a row gone, one of 100 bytes come), its lease (300 bytes).
    Claim,
    /// The task (700 bytes), its place in the queue gone, its attempt (300 bytes), its result (200 bytes).
    Completion,
}

macro_rules! records {
    ($($name:ident $table:literal,)*) => {
        $(#[derive(Serialize, Deserialize)]
        struct $name {
            number: u64,
            text: String,
        }

        impl Record for $name {
            const TABLE: Table = Table($table);
            const VERSION: u8 = 1;

            fn key(&self) -> Key {
                Key::new().number(self.number)
            }
        })*
    };
}

records! {
    Task "bench-tasks",
    Place "bench-places",
    Lease "bench-leases",
    Done "bench-done",
}

impl Shape {
    /// The batch of this number.
    pub(super) fn batch(self, number: u64) -> Result<Batch, EncodeError> {
        let task = number % TASKS;
        let text = |bytes: usize| "x".repeat(bytes.saturating_sub(32));
        match self {
            Self::Row => Batch::new().put(&Task { number: task, text: text(512) }),
            Self::Claim => Batch::new()
                .put(&Task { number: task, text: text(700) })?
                .delete::<Place>(&Key::new().number(task))
                .put(&Place { number: task + TASKS, text: text(100) })?
                .put(&Lease { number: task, text: text(300) }),
            Self::Completion => Batch::new()
                .put(&Task { number: task, text: text(700) })?
                .delete::<Place>(&Key::new().number(task + TASKS))
                .put(&Lease { number: task, text: text(300) })?
                .put(&Done { number: task, text: text(200) }),
        }
    }
}
