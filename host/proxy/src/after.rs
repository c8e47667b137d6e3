//! What can wait until the answer is out: a serving thread puts it aside and does it when it has sent what it had to
//! send, so that no client waits for a line in the log. It must not know what it is.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::rarely::Rarely;

/// What a thread may put aside; beyond that it is done at once.
const ASIDE_MAX: usize = 1024;

thread_local! {
    static ASIDE: RefCell<Option<Aside>> = const { RefCell::new(None) };
}

struct Aside {
    work: VecDeque<Box<dyn FnOnce()>>,
    bell: Arc<Notify>,
}

/// Does `work` once the answer is out on a thread that [`run`]s, and at once on any other.
pub(crate) fn the_answer(work: impl FnOnce() + 'static) {
    let now = ASIDE.with_borrow_mut(|aside| match aside {
        Some(aside) if aside.work.len() < ASIDE_MAX => {
            aside.work.push_back(Box::new(work));
            aside.bell.notify_one();
            None
        }
        _ => Some(work),
    });
    if let Some(work) = now {
        work();
    }
}

/// Does what this thread puts aside, until `stop` and nothing is left. One for each serving thread, on it.
pub(crate) async fn run(stop: CancellationToken) {
    let bell = Arc::new(Notify::new());
    ASIDE.set(Some(Aside { work: VecDeque::new(), bell: Arc::clone(&bell) }));
    let mut stopped = Rarely::new(stop.cancelled_owned());
    loop {
        let mut rung = pin!(bell.notified());
        let last = poll_fn(|context| match stopped.has_come(context) {
            true => Poll::Ready(true),
            false => rung.as_mut().poll(context).map(|()| false),
        });
        let last = last.await;
        do_all();
        if last {
            break;
        }
    }
    ASIDE.set(None);
}

fn do_all() {
    while let Some(work) = ASIDE.with_borrow_mut(|aside| aside.as_mut()?.work.pop_front()) {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("what was put aside for after an answer panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn what_is_put_aside_is_done_later_and_before_the_end() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let stop = CancellationToken::new();
        let done = Rc::new(Cell::new(0));
        runtime.block_on(async {
            let busy = async {
                for _ in 0..3 {
                    let done = Rc::clone(&done);
                    the_answer(move || done.set(done.get() + 1));
                }
                assert_eq!(done.get(), 0);
                stop.cancel();
            };
            tokio::join!(run(stop.clone()), busy);
        });
        assert_eq!(done.get(), 3);
    }

    #[test]
    fn on_another_thread_it_is_done_at_once() {
        let done = Rc::new(Cell::new(false));
        let seen = Rc::clone(&done);
        the_answer(move || seen.set(true));
        assert!(done.get());
    }
}
