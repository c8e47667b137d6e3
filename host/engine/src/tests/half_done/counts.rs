//! Several who count one known fix at the same time.

use std::sync::Arc;

use patchbay_store::{Batch, CommitError};
use patchbay_tasks::{FixId, FixState};
use tokio::task::JoinSet;

use super::{right, task, world, wrong};
use crate::mend::Came;
use crate::row::ProblemAlias;
use crate::tests::world::{World, operator};
use crate::{FixRecord, KnownFix};

/// As many as may get in before each other.
const FIXES: u64 = 6;

async fn with_a_known_fix() -> (World, FixRecord) {
    let world = world(vec![right()]).await;
    world.apply(task("a", wrong())).await;
    let fix = world.until_fix(FixState::Verified).await;
    (world, fix)
}

async fn known(world: &World, fix: &FixRecord) -> KnownFix {
    let known = world.engine.known_fixes(&fix.fix.problem).await.unwrap();
    assert_eq!(known.len(), 1, "{known:#?}");
    known[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_have_read_the_same_count_the_second_is_refused() {
    let (world, fix) = with_a_known_fix().await;
    let inner = &world.engine.inner;
    let failed = inner.counted(Batch::new(), &fix, Came::Failed).await.unwrap();
    let retired = inner.counted(Batch::new(), &fix, Came::TakenBack).await.unwrap();
    world.store.commit(retired).await.unwrap();
    let late = world.store.commit(failed).await;
    assert!(matches!(late, Err(CommitError::Conflict { .. })), "{late:?}");
    assert!(known(&world, &fix).await.retired);
}

/// Another problem with the same plan, part of the one whose plan is known.
async fn part_with_the_plan(world: &World, fix: &FixRecord, number: u64) -> FixRecord {
    let mut record = fix.clone();
    record.fix.id = FixId(1_000 + number);
    record.fix.problem.0 = format!("fp_v1:part-{number}").into();
    record.fix.state = FixState::Applied;
    let mut problem = super::problem_of(world, fix).await;
    problem.problem.fingerprint = record.fix.problem.clone();
    problem.problem.open_fix = Some(record.fix.id);
    problem.problem.tried.clear();
    let alias = ProblemAlias {
        problem: record.fix.problem.clone(),
        into: fix.fix.problem.clone(),
        since: record.fix.made,
        by: "test".to_owned(),
    };
    let batch = Batch::new().put(&record).unwrap().put(&problem).unwrap().put(&alias).unwrap();
    world.store.commit(batch).await.unwrap();
    record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_counts_a_known_fix_at_the_same_time_is_counted() {
    let (world, fix) = with_a_known_fix().await;
    let mut fixes = Vec::new();
    for number in 0..FIXES {
        fixes.push(part_with_the_plan(&world, &fix, number).await);
    }
    let world = Arc::new(world);
    let mut ends = JoinSet::new();
    for fix in fixes {
        let world = world.clone();
        ends.spawn(async move {
            match fix.fix.id.0 % 2 {
                0 => world.engine.inner.fail_fix(&fix, "it failed").await,
                _ => world.engine.undo_fix(fix.fix.id, &operator()).await.map(drop),
            }
        });
    }
    while let Some(end) = ends.join_next().await {
        end.unwrap().unwrap();
    }
    let known = known(&world, &fix).await;
    assert_eq!((u64::from(known.failed), known.held, known.retired), (FIXES, 1, true));
}
