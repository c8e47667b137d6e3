//! The routing-policy world, in the latest contract's types.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_queue::ArrayQueue;
use patchbay_types::{shard, shards};
use wasmtime::Store;

pub use crate::contract::latest::{Candidate, Decision, Exhausted, RequestFacts};

use crate::call::{CallFailure, one_line};
use crate::contract::{Instance, Linked};
use crate::engine::Shared;
use crate::guest::{Guest, Identity};
use crate::limit::Limits;
use crate::load::LoadError;

/// A policy that can be called from many requests at once. Each call has an instance to itself: one that is kept warm,
/// or a fresh one. An instance that trapped or was stopped is dropped, never used again.
pub struct RoutingPolicy {
    shared: Arc<Shared>,
    linked: Linked,
    identity: Arc<Identity>,
    limits: Limits,
    /// One queue for each serving thread: an instance that moved between processors would leave its memory behind in the
    /// other's cache.
    warm: Box<[ArrayQueue<Warm>]>,
    /// Set once the policy is no longer in charge: instances that come back are dropped.
    retired: AtomicBool,
}

struct Warm {
    store: Store<Guest>,
    instance: Instance,
}

impl RoutingPolicy {
    pub(crate) fn new(shared: Arc<Shared>, linked: Linked, identity: Arc<Identity>, limits: Limits) -> Self {
        let each = limits.warm_instances.div_ceil(shards()).max(1);
        let warm = std::iter::repeat_with(|| ArrayQueue::new(each)).take(shards()).collect();
        Self { shared, linked, identity, limits, warm, retired: AtomicBool::new(false) }
    }

    /// Starts the first instance.
    pub(crate) async fn start(&self) -> Result<(), LoadError> {
        let deadline = self.limits.start_deadline;
        let first = self.fresh(deadline).await.map_err(|failure| match failure {
            CallFailure::Timeout(_) => LoadError::SlowStart(deadline),
            other => LoadError::Start(other.to_string()),
        })?;
        self.keep(first);
        Ok(())
    }

    /// Lets go of the instances that wait, and of each that runs once it is done: its place in the pool is needed by
    /// the policy that follows. The policy can still be called.
    pub fn cool(&self) {
        self.retired.store(true, Ordering::Relaxed);
        self.warm.iter().for_each(|queue| while queue.pop().is_some() {});
    }

    /// Asks the policy. `seed` is what its random numbers follow from.
    ///
    /// # Errors
    /// See [`CallFailure`]; the instance is kept only when the plugin itself refused.
    ///
    /// # Cancel safety
    /// Dropping the future drops the instance.
    pub async fn rank(
        &self,
        seed: u64,
        request: &RequestFacts,
        candidates: &[Candidate],
    ) -> Result<Decision, CallFailure> {
        let mut warm = match shard(&self.warm).pop() {
            Some(warm) => warm,
            None => self.fresh(self.limits.deadline).await?,
        };
        let answer = self.call(&mut warm, seed, request, candidates).await?;
        self.keep(warm);
        let decision = answer?;
        check(&decision, candidates.len())?;
        Ok(decision)
    }

    /// The outer result says whether the instance is sound, the inner one what it answered.
    async fn call(
        &self,
        warm: &mut Warm,
        seed: u64,
        request: &RequestFacts,
        candidates: &[Candidate],
    ) -> Result<Result<Decision, CallFailure>, CallFailure> {
        Guest::begin(&mut warm.store, self.limits.deadline, seed);
        let answer =
            in_time(self.limits.deadline, warm.instance.rank(&mut warm.store, request, candidates)).await;
        match answer {
            Some(Ok(Ok(decision))) => Ok(Ok(decision)),
            Some(Ok(Err(error))) => {
                Ok(Err(CallFailure::Refused { code: error.code, message: error.message }))
            }
            Some(Err(error)) => {
                Err(CallFailure::of(&error, warm.store.data().timed_out, self.limits.deadline))
            }
            None => Err(CallFailure::Timeout(self.limits.deadline)),
        }
    }

    async fn fresh(&self, deadline: Duration) -> Result<Warm, CallFailure> {
        let mut store = Guest::store(&self.shared.engine, self.identity.clone(), &self.limits, deadline);
        match in_time(deadline, self.linked.instantiate(&mut store)).await {
            Some(Ok(instance)) => Ok(Warm { store, instance }),
            Some(Err(_)) if store.data().timed_out => Err(CallFailure::Timeout(deadline)),
            Some(Err(error)) => Err(CallFailure::Trap(one_line(&error))),
            None => Err(CallFailure::Timeout(deadline)),
        }
    }

    fn keep(&self, warm: Warm) {
        if !self.retired.load(Ordering::Relaxed) {
            // One too many is dropped: the queue is as long as it may be.
            drop(shard(&self.warm).push(warm));
        }
    }
}

/// Epochs stop a guest that computes; one that waits in a host call is stopped here, a little later.
async fn in_time<T>(deadline: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(deadline * 2, work).await.ok()
}

/// Every index names a candidate, and none is named twice.
fn check(decision: &Decision, candidates: usize) -> Result<(), CallFailure> {
    let mut seen = vec![false; candidates];
    for &index in &decision.order {
        match seen.get_mut(index as usize) {
            Some(seen @ false) => *seen = true,
            Some(_) => return Err(CallFailure::Invalid(format!("index {index} stands there twice"))),
            None => {
                return Err(CallFailure::Invalid(format!(
                    "index {index} is out of range: there are {candidates} candidates"
                )));
            }
        }
    }
    Ok(())
}
