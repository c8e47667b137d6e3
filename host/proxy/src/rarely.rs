//! Waiting for what hardly ever happens, beside what happens all the time: a connection that is polled for each piece of
//! each request need not ask each time whether the host stops. It must not know what is waited for.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// A future that is polled only once it has called. Between its calls a look at it costs one load, of memory that nobody
/// else writes; what it waits on is shared by all, and asking that takes a lock.
pub(crate) struct Rarely<F> {
    /// None once it has come to its end.
    future: Option<Pin<Box<F>>>,
    call: Arc<Call>,
    /// Its own, made of `call`.
    waker: Waker,
    /// Whom `call` wakes, as it was told last.
    task: Option<Waker>,
}

struct Call {
    came: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.came.store(true, Ordering::Release);
        self.task.wake();
    }
}

impl<F: Future<Output = ()>> Rarely<F> {
    pub(crate) fn new(future: F) -> Self {
        // The first look starts it.
        let call = Arc::new(Call { came: AtomicBool::new(true), task: AtomicWaker::new() });
        Self { future: Some(Box::pin(future)), waker: call.clone().into(), call, task: None }
    }

    /// Whether it has come to its end now: true once. Otherwise the task is woken when it may have.
    pub(crate) fn has_come(&mut self, context: &Context<'_>) -> bool {
        if !self.call.came.load(Ordering::Acquire) {
            if self.task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
                return false;
            }
            self.register(context);
            // What called in between woke nobody.
            if !self.call.came.load(Ordering::Acquire) {
                return false;
            }
        }
        // Before it is asked, so that a call that comes meanwhile is not lost; and a call takes the waker with it.
        self.call.came.swap(false, Ordering::AcqRel);
        self.register(context);
        let ended = |future: &mut Pin<Box<F>>| {
            future.as_mut().poll(&mut Context::from_waker(&self.waker)) == Poll::Ready(())
        };
        let has_come = self.future.as_mut().is_some_and(ended);
        if has_come {
            self.future = None;
        }
        has_come
    }

    fn register(&mut self, context: &Context<'_>) {
        self.task = Some(context.waker().clone());
        self.call.task.register(context.waker());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio_util::sync::CancellationToken;

    use super::*;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_is_asked_once_until_it_calls_and_says_so_once() {
        let (asked, token) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
        let (count, waited) = (Arc::clone(&asked), token.clone());
        let mut rarely = Rarely::new(async move {
            let mut waited = std::pin::pin!(waited.cancelled());
            std::future::poll_fn(|context| {
                count.fetch_add(1, Ordering::Relaxed);
                waited.as_mut().poll(context)
            })
            .await;
        });
        let woken = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&woken));
        let context = Context::from_waker(&waker);
        (0..5).for_each(|_| assert!(!rarely.has_come(&context)));
        assert_eq!((asked.load(Ordering::Relaxed), woken.0.load(Ordering::Relaxed)), (1, 0));
        token.cancel();
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert!(rarely.has_come(&context));
        assert!(!rarely.has_come(&context) && asked.load(Ordering::Relaxed) == 2);
    }

    #[test]
    fn each_of_its_calls_wakes_though_the_first_was_for_nothing() {
        let inside = Arc::new(std::sync::Mutex::new(None));
        let told = Arc::clone(&inside);
        let mut rarely = Rarely::new(std::future::poll_fn(move |context| {
            *told.lock().unwrap() = Some(context.waker().clone());
            Poll::Pending
        }));
        let woken = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&woken));
        for call in 0..3 {
            assert!(!rarely.has_come(&Context::from_waker(&waker)));
            assert_eq!(woken.0.load(Ordering::Relaxed), call);
            inside.lock().unwrap().as_ref().unwrap().wake_by_ref();
        }
    }

    #[test]
    fn another_task_that_looks_is_the_one_that_is_woken() {
        let token = CancellationToken::new();
        let mut rarely = Rarely::new(token.clone().cancelled_owned());
        let tasks = [(); 2].map(|()| Arc::new(Count(AtomicUsize::new(0))));
        for task in &tasks {
            assert!(!rarely.has_come(&Context::from_waker(&Waker::from(Arc::clone(task)))));
        }
        token.cancel();
        assert_eq!(tasks.map(|task| task.0.load(Ordering::Relaxed)), [0, 1]);
    }

    #[test]
    fn what_has_happened_before_is_seen_at_the_first_look() {
        let token = CancellationToken::new();
        token.cancel();
        let mut rarely = Rarely::new(token.cancelled_owned());
        assert!(rarely.has_come(&Context::from_waker(Waker::noop())));
    }
}
