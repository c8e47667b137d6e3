//! The providers of a host: the pool, what is kept of their rests, what their calls cost, how they fare. It must not know
//! who asks them.

use std::sync::Arc;

use patchbay_admin::{Bookkeeper, ByHand, CooldownBook, StoreLedger};
use patchbay_config::Config;
use patchbay_meter::Meter;
use patchbay_pool::Pool;

use super::ground::Ground;
use super::options::pool_config;
use crate::work::Fared;

pub(super) struct Upstreams {
    pub(super) pool: Pool,
    pub(super) meter: Arc<Meter>,
    pub(super) fared: Arc<Fared>,
    /// Rests that the operator ends.
    pub(super) by_hand: ByHand,
    /// To be run.
    pub(super) bookkeeper: Bookkeeper,
}

impl Upstreams {
    pub(super) fn new(config: &Config, ground: &Ground) -> Self {
        let (book, bookkeeper) = CooldownBook::new(ground.shared());
        let by_hand = book.by_hand();
        let pool = Pool::new(pool_config(config), ground.clock.clone(), Arc::new(book));
        let meter = Arc::new(Meter::new(Arc::new(StoreLedger::new(ground.shared()))));
        let fared = Fared::new(meter.clone(), ground.clock.clone(), config.fixes.watch);
        Self { pool, meter, fared, by_hand, bookkeeper }
    }
}
