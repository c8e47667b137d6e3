//! The reactions of promises that wait for their turn. Nothing else is ever run later: no timers, no modules.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use boa_engine::error::RuntimeLimitError;
use boa_engine::job::{Job, JobExecutor, PromiseJob};
use boa_engine::{Context, JsResult};

use crate::limit::{JOBS_MAX, JOBS_WAITING_MAX};

#[derive(Default)]
pub(crate) struct Jobs {
    waiting: RefCell<VecDeque<PromiseJob>>,
    /// Some did not fit.
    full: Cell<bool>,
}

impl JobExecutor for Jobs {
    fn enqueue_job(self: Rc<Self>, job: Job, _: &mut Context) {
        let Job::PromiseJob(job) = job else { return };
        let mut waiting = self.waiting.borrow_mut();
        match waiting.len() < JOBS_WAITING_MAX {
            true => waiting.push_back(job),
            false => self.full.set(true),
        }
    }

    fn run_jobs(self: Rc<Self>, context: &mut Context) -> JsResult<()> {
        for _ in 0..JOBS_MAX {
            if self.full.get() {
                break;
            }
            let Some(job) = self.next() else { return Ok(()) };
            job.call(context)?;
        }
        Err(RuntimeLimitError::LoopIteration.into())
    }
}

impl Jobs {
    /// Not borrowed while it runs: it may add others.
    fn next(&self) -> Option<PromiseJob> {
        self.waiting.borrow_mut().pop_front()
    }
}
