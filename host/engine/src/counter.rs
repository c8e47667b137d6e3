//! Numbers that only grow, over restarts too: ids and fences. It must not know what is numbered.

use std::sync::Mutex;
use std::sync::PoisonError;

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, Key, Store, StoreExt};

use crate::error::EngineError;
use crate::row::CounterRow;

/// Numbers that are taken out of the store at once. What a host that dies has left of them is never used.
const BLOCK: u64 = 16_384;

pub(crate) struct Counter {
    name: &'static str,
    block: Mutex<Block>,
    /// Held over the commit that takes another block.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Block {
    next: u64,
    end: u64,
}

impl Counter {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, block: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The next number, from 1.
    pub(crate) async fn next(&self, store: &dyn Store) -> Result<u64, EngineError> {
        loop {
            if let Some(number) = self.take() {
                return Ok(number);
            }
            let _turn = self.turn.lock().await;
            if self.is_empty() {
                self.refill(store).await?;
            }
        }
    }

    fn take(&self) -> Option<u64> {
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        (block.next < block.end).then(|| {
            block.next += 1;
            block.next - 1
        })
    }

    fn is_empty(&self) -> bool {
        let block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        block.next >= block.end
    }

    async fn refill(&self, store: &dyn Store) -> Result<(), EngineError> {
        let key = Key::new().text(self.name);
        let found = store.read::<CounterRow>(&key).await?;
        let next = found.as_ref().map_or(1, |found| found.record.next);
        let row = CounterRow { name: self.name.to_owned(), next: next + BLOCK };
        let batch = match &found {
            None => Batch::new().require_absent::<CounterRow>(&key),
            Some(found) => Batch::new().require_revision::<CounterRow>(&key, found.revision),
        };
        failpoint::at("engine.counter.before");
        store.commit(batch.put(&row)?).await?;
        failpoint::at("engine.counter.after");
        *self.block.lock().unwrap_or_else(PoisonError::into_inner) = Block { next, end: next + BLOCK };
        Ok(())
    }
}
