//! What holds a plan back: a person's word, closed hours, a full hour, a breaker.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_store::{RedbOptions, RedbStore, Store, StoreExt};
use patchbay_tasks::{FixState, Hold, Offered, OfferedPart, What};
use patchbay_types::{Clock, ManualClock, Timestamp};
use serde_json::json;

use super::world::{Played, World, name, operator, plan};
use crate::{EngineError, EngineOptions, FixOptions};

const NOON: Timestamp = Timestamp(1_700_000_000_000);
const HOUR: Duration = Duration::from_secs(3_600);

struct Held {
    world: World,
    clock: ManualClock,
}

async fn held(proposals: Vec<Offered>, set: impl FnOnce(&mut FixOptions)) -> Held {
    let played = Played::default();
    *played.proposals.lock().unwrap() = proposals;
    let clock = ManualClock::at(NOON);
    let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
    let mut options = EngineOptions::default();
    set(&mut options.fixes);
    let world = World::at(store, Arc::new(played), options, Arc::new(clock.clone())).await.unwrap();
    Held { world, clock }
}

impl Held {
    async fn fail(&self, task: &str, input: serde_json::Value) {
        let check = json!({"kind": "json-path", "path": "$.ok"});
        let task = json!([{"name": task, "skill": "played", "input": input, "checks": [check]}]);
        self.world.apply(task).await;
    }

    async fn says_why(&self, task: &str, code: Hold, until: Timestamp) {
        let why = self.world.engine.why(&name(task)).await.unwrap();
        assert_eq!((why.code, why.until), (code, Some(until)), "{}", why.text);
    }
}

fn right() -> Offered {
    plan(json!({"setting": "right"}))
}

/// A plan of class config, with its way back.
fn lamp() -> Offered {
    let set = |value: bool| OfferedPart {
        kind: "set-config".to_owned(),
        arguments: json!({"key": "lamp.on", "value": value}).to_string(),
    };
    Offered { actions: vec![set(true)], undo: vec![set(false)], ..right() }
}

fn allow_lamp(fixes: &mut FixOptions) {
    fixes.gate.config_keys = vec!["lamp.on".to_owned()];
}

fn wrong() -> serde_json::Value {
    json!({"do": "need", "setting": "wrong"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_closed_hours_a_plan_waits_until_they_are_over() {
    let closed = |fixes: &mut FixOptions| {
        fixes.closed_until = Arc::new(|now| (now < NOON + HOUR).then_some(NOON + HOUR));
    };
    let held = held(vec![right()], closed).await;
    held.fail("a", wrong()).await;
    held.world.until("a", &["fix-planned"]).await;
    held.world.look_again().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(held.world.until_fix(FixState::Planned).await.fix.executions, 0);
    held.says_why("a", Hold::Hours, NOON + HOUR).await;
    held.clock.advance(HOUR);
    held.world.look_again().await;
    held.world.until("a", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_sees_no_more_fixes_than_it_may() {
    let held = held(vec![right(), lamp()], |fixes| {
        allow_lamp(fixes);
        fixes.gate.approve_above = patchbay_tasks::Class::Config;
        fixes.gate.fixes_per_hour = 1;
    })
    .await;
    held.fail("a", wrong()).await;
    held.world.until("a", &["succeeded"]).await;
    held.fail("b", json!({"do": "outside"})).await;
    held.world.until("b", &["fix-planned"]).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(held.world.until_fix(FixState::Planned).await.fix.executions, 0);
    held.says_why("b", Hold::Budget, held.clock.wall() + HOUR).await;
    held.clock.advance(HOUR);
    held.world.look_again().await;
    held.world.until("b", &["succeeded"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_above_the_limit_waits_for_a_yes_is_told_and_can_be_taken_back() {
    let held = held(vec![lamp()], allow_lamp).await;
    held.fail("a", json!({"do": "outside"})).await;
    let fix = held.world.until_fix(FixState::WaitsForApproval).await.fix;
    assert!(held.world.played.acted.lock().unwrap().is_empty());
    let asked = held.world.store.last_reports(10).await.unwrap();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].1.body.contains(&format!("patchbay fix approve {}", fix.id)), "{}", asked[0].1.body);
    held.world.engine.approve_fix(fix.id, &operator()).await.unwrap();
    held.world.until("a", &["succeeded"]).await;
    let verified = held.world.until_fix(FixState::Verified).await;
    assert_eq!(verified.fix.approved_by.as_deref(), Some(operator().to_string().as_str()));
    assert_eq!(held.world.store.last_reports(10).await.unwrap().len(), 2, "it was not told before");
    held.world.engine.undo_fix(fix.id, &operator()).await.unwrap();
    assert_eq!(held.world.played.acted.lock().unwrap().len(), 2);
    assert!(!held.world.played.mended.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_a_person_rejects_is_never_done_and_the_next_is_sought() {
    let held = held(vec![lamp(), lamp(), plan(json!({"do": "succeed"}))], allow_lamp).await;
    held.fail("a", json!({"do": "outside"})).await;
    let fix = held.world.until_fix(FixState::WaitsForApproval).await.fix;
    let rejected = held.world.engine.reject_fix(fix.id, "not the lamp").await.unwrap();
    assert_eq!(rejected.fix.state, FixState::Failed);
    assert!(rejected.reason.contains("not the lamp"), "{}", rejected.reason);
    assert!(held.world.engine.approve_fix(fix.id, &operator()).await.is_err());
    // The same plan again is refused before anybody is asked.
    held.world.until("a", &["succeeded", "needs-human"]).await;
    assert!(held.world.played.acted.lock().unwrap().is_empty());
    assert_eq!(
        held.world
            .store
            .last_reports(10)
            .await
            .unwrap()
            .iter()
            .filter(|r| r.1.title.contains("waits for a yes"))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_listed_is_set_by_nobody() {
    let held = held(vec![lamp()], |_| ()).await;
    held.fail("a", json!({"do": "outside"})).await;
    held.world.until("a", &["needs-human"]).await;
    let fix = held.world.until_fix(FixState::Failed).await;
    assert!(fix.reason.contains("lamp.on"), "{}", fix.reason);
    assert!(held.world.played.acted.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_breaker_lets_one_plan_through_when_what_thinks_has_changed_and_then_no_more() {
    let wrongs = (0..9).map(|n| plan(json!({"setting": format!("wrong {n}")})));
    let held = held(wrongs.collect(), |fixes| fixes.budgets.plans = 2).await;
    held.fail("a", wrong()).await;
    held.world.until("a", &["needs-human"]).await;
    assert_eq!(held.world.engine.fixes(None).await.unwrap().len(), 2);
    held.world.played.generation.store(1, Ordering::SeqCst);
    for task in ["b", "c"] {
        held.fail(task, wrong()).await;
        held.world.until(task, &["needs-human"]).await;
    }
    let fixes = held.world.engine.fixes(None).await.unwrap();
    assert_eq!(fixes.len(), 3, "{:#?}", held.world.engine.problems(true).await.unwrap());
    let again = What::Retried { reason: "I looked".to_owned() };
    held.world.engine.command(&name("c"), None, &operator(), again).await.unwrap();
    let one_more = async {
        while held.world.engine.fixes(None).await.unwrap().len() < 4 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), one_more)
        .await
        .expect("a person's word let nothing through");
    held.world.until("c", &["needs-human"]).await;
    assert_eq!(held.world.engine.fixes(None).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fix_after_which_more_fails_than_before_is_taken_back_and_told() {
    let held = held(vec![lamp()], |fixes| {
        allow_lamp(fixes);
        fixes.gate.approve_above = patchbay_tasks::Class::Config;
    })
    .await;
    held.fail("a", json!({"do": "outside"})).await;
    let fix = held.world.until_fix(FixState::Verified).await;
    assert!(fix.watch.contains("failures-per-hour is watched"), "{}", fix.watch);
    held.clock.advance(Duration::from_secs(1));
    for task in ["b", "c"] {
        held.fail(task, json!({"do": "lack"})).await;
        held.world.until(task, &["needs-human"]).await;
    }
    held.clock.advance(Duration::from_secs(601));
    held.world.engine.inner.look_at_watched().await.unwrap();
    let undone = held.world.until_fix(FixState::Undone).await;
    assert!(!held.world.played.mended.load(Ordering::SeqCst));
    let told = held.world.store.last_reports(10).await.unwrap();
    let title = format!("Fix {} made it worse and was taken back", undone.fix.id);
    assert_eq!(told.iter().filter(|report| report.1.title == title).count(), 1, "{told:#?}");
}

/// On one thread, since only there the time can be stopped.
#[tokio::test]
async fn a_problem_whose_fix_is_amid_something_that_does_not_end_says_so_and_stays_open() {
    let held = held(vec![lamp()], allow_lamp).await;
    held.fail("a", json!({"do": "outside"})).await;
    let fix = held.world.until_fix(FixState::WaitsForApproval).await.fix;
    let engine = held.world.engine.clone();
    let amid = engine.inner.fix_turns.of(fix.id.0).await;
    tokio::time::pause();
    let error = engine.close_problem(&fix.problem).await.unwrap_err();
    assert!(matches!(error, EngineError::FixBusy { seconds: 40, .. }), "{error}");
    assert!(error.to_string().contains(&format!("patchbay fix show {}", fix.id)), "{error}");
    tokio::time::resume();
    drop(amid);
    assert_eq!(held.world.until_fix(FixState::WaitsForApproval).await.fix.id, fix.id);
    engine.close_problem(&fix.problem).await.unwrap();
}
