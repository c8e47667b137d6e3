//! Work that waits for a disk or takes long, on a thread of the runtime's that may: so many at one time, since the memory
//! of each such thread stays. It must not know what is done.

use std::io;

use tokio::sync::Semaphore;

/// A thousand runs that end at once share so many threads.
const PLACES: usize = 32;

static FREE: Semaphore = Semaphore::const_new(PLACES);

/// # Errors
/// If the work panics, or its runtime ends before it is begun.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let place = FREE.acquire().await.map_err(io::Error::other)?;
    let done = tokio::task::spawn_blocking(move || {
        // Held by the work, which goes on even if nobody waits for it.
        let _place = place;
        work()
    });
    done.await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Condvar, Mutex};

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_many_ends_no_more_than_there_are_places_have_a_thread_at_one_time() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let full = Arc::new((Mutex::new(0), Condvar::new()));
        let mut all = JoinSet::new();
        for _ in 0..4 * PLACES {
            let (now, most, full) = (now.clone(), most.clone(), full.clone());
            all.spawn(aside(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let mut begun = full.0.lock().unwrap();
                *begun += 1;
                full.1.notify_all();
                // The first stay until all places are taken: then one more would be seen.
                drop(full.1.wait_while(begun, |begun| *begun < PLACES).unwrap());
                now.fetch_sub(1, Ordering::SeqCst);
            }));
        }
        assert!(all.join_all().await.iter().all(Result::is_ok));
        assert_eq!(most.load(Ordering::SeqCst), PLACES);
    }
}
