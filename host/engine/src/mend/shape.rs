//! What a failure is taken for, before anything follows from it: by the operator's word, and by the problem that it
//! belongs to now. It must not know what follows.

use patchbay_tasks::{Failure, FailureKind, Fence, What};

use crate::engine::Inner;

impl Inner {
    pub(crate) async fn shaped(&self, what: What) -> What {
        match what {
            What::WorkerFailed { fence, failure } => {
                What::WorkerFailed { fence, failure: self.taken_for(failure).await }
            }
            What::ChecksFailed { fence, failure } => {
                What::ChecksFailed { fence, failure: self.taken_for(failure).await }
            }
            other => other,
        }
    }

    /// A worker was lost; too often, it waits as the operator has set for failures that may pass.
    pub(crate) fn lost_worker(&self, fence: Fence) -> What {
        What::WorkerLost { fence, base: self.options.load().fixes.backoff }
    }

    async fn taken_for(&self, mut failure: Failure) -> Failure {
        let options = self.options.load_full();
        failure.base = failure.base.or(options.fixes.backoff);
        if failure.kind == FailureKind::Environment && !options.fixes.environment_to_person {
            failure.kind = FailureKind::Logical;
        }
        failure.fingerprint = self.problem_now(failure.fingerprint).await;
        failure
    }
}
