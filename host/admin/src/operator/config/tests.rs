//! Reloading, with a configuration that is played.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::api::ConfigChange;
use crate::desk::TestDesk;

/// Proposes what is written, and counts what was taken.
#[derive(Default)]
struct Played {
    written: Mutex<Option<Result<i64, String>>>,
    taken: Arc<AtomicUsize>,
    proposing: AtomicUsize,
    proposing_most: AtomicUsize,
}

impl ConfigPort for Played {
    fn settings(&self) -> Vec<ConfigSetting> {
        Vec::new()
    }

    fn propose(self: Arc<Self>, only_news: bool) -> Proposing {
        Box::pin(async move {
            let now = self.proposing.fetch_add(1, Ordering::SeqCst) + 1;
            self.proposing_most.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.proposing.fetch_sub(1, Ordering::SeqCst);
            match self.written.lock().unwrap().clone() {
                None if only_news => Ok(None),
                Some(Err(message)) => Err(ConfigRefused { message, hint: "mend it".to_owned() }),
                written => Ok(Some(self.proposal(written.map_or(0, Result::unwrap)))),
            }
        })
    }
}

impl Played {
    fn write(&self, written: Result<i64, &str>) {
        *self.written.lock().unwrap() = Some(written.map_err(str::to_owned));
    }

    fn proposal(&self, new: i64) -> ConfigProposal {
        let change =
            ConfigChange { table: "a".to_owned(), key: "b".to_owned(), old: 1.into(), new: new.into() };
        let taken = self.taken.clone();
        ConfigProposal {
            reloaded: ConfigReloaded { changed: vec![change], waiting: Vec::new() },
            take: Box::new(move || {
                taken.fetch_add(1, Ordering::SeqCst);
            }),
        }
    }
}

async fn desk() -> (TestDesk, Arc<Played>) {
    let (desk, played) = (TestDesk::new().await, Arc::<Played>::default());
    let port: Arc<dyn ConfigPort> = played.clone();
    desk.operator.configured_by(Arc::downgrade(&port));
    (desk, played)
}

#[tokio::test]
async fn a_reload_is_taken_over_and_written_down_with_its_differences() {
    let (desk, played) = desk().await;
    played.write(Ok(2));
    let reloaded = desk.operator.reload_config("test").await.unwrap();
    assert_eq!((reloaded.changed.len(), played.taken.load(Ordering::SeqCst)), (1, 1));
    let (audit, event) =
        (desk.operator.audits(1).await.unwrap().remove(0), desk.operator.events(1).await.unwrap().remove(0));
    assert_eq!((&*audit.entry.actor, &*audit.entry.action), ("test", "config.reload"));
    assert_eq!((&*audit.entry.detail, &*event.entry.message), ("a.b 1 -> 2", "a.b 1 -> 2"));
}

#[tokio::test]
async fn a_refused_configuration_changes_nothing_and_is_told_until_it_is_mended() {
    let (desk, played) = desk().await;
    played.write(Err("patchbay.toml:1:1: secret words"));
    let error = desk.operator.reload_config("test").await.unwrap_err();
    assert_eq!((error.code(), error.hint().as_deref()), ("config-refused", Some("mend it")));
    assert_eq!(played.taken.load(Ordering::SeqCst), 0);
    assert!(desk.operator.audits(1).await.unwrap().is_empty());
    let told = |reasons: &[String]| reasons.iter().any(|reason| reason.contains("patchbay.toml"));
    let health = desk.operator.health();
    assert!(told(&health.reasons) && !health.reasons.concat().contains("secret"), "{health:?}");
    let status = desk.operator.status().await.unwrap();
    assert!(status.config_problem.unwrap().contains("patchbay.toml:1:1"));
    played.write(Ok(2));
    desk.operator.reload_config_if_news("test").await.unwrap();
    assert!(!told(&desk.operator.health().reasons));
}

#[tokio::test]
async fn nothing_new_is_no_reload() {
    let (desk, played) = desk().await;
    desk.operator.reload_config_if_news("test").await.unwrap();
    assert_eq!(played.taken.load(Ordering::SeqCst), 0);
    assert!(desk.operator.events(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn reloads_come_one_after_the_other() {
    let (desk, played) = desk().await;
    played.write(Ok(2));
    let (one, other) = tokio::join!(desk.operator.reload_config("a"), desk.operator.reload_config("b"));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(played.proposing_most.load(Ordering::SeqCst), 1);
    assert_eq!(played.taken.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_host_whose_configuration_is_gone_shuts_down() {
    let (desk, played) = desk().await;
    drop(played);
    assert_eq!(desk.operator.reload_config("test").await.unwrap_err().code(), "shutting-down");
    assert_eq!(desk.operator.config().unwrap_err().code(), "shutting-down");
}
