//! Damage while the store was closed: a few hundred kinds. `patchbay-faults store` plays more of them.

use super::rot::{Outcome, rot, silence_redb};

const ROUNDS: u64 = 300;

#[tokio::test]
async fn damage_never_gives_a_wrong_row() {
    let outcomes = rotted(false).await;
    let count = |outcome| outcomes.iter().filter(|found| **found == outcome).count();
    assert!(count(Outcome::Found) > 60, "the damage missed the rows");
    assert!(count(Outcome::Missing) * 50 < outcomes.len(), "{} rows seemed absent", count(Outcome::Missing));
}

#[tokio::test]
async fn a_store_verified_at_opening_is_refused_or_whole() {
    let outcomes = rotted(true).await;
    let wrong =
        outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Found | Outcome::Missing)).count();
    assert_eq!(wrong, 0, "of {} stores, so many were opened with damage in them", outcomes.len());
    assert!(outcomes.contains(&Outcome::Refused));
}

async fn rotted(verify_at_open: bool) -> Vec<Outcome> {
    silence_redb();
    let outcomes = rot(verify_at_open, 0..ROUNDS).await;
    assert!(!outcomes.contains(&Outcome::Wrong), "a wrong row was read");
    outcomes
}
