//! Power losses, and disks that lie: a few seeds. `patchbay-faults store` plays more of them.

use super::power::run;

const SEEDS: u64 = 60;
const LOSSES: u64 = 6;

#[tokio::test]
async fn no_power_loss_loses_what_was_acknowledged() {
    let mut recoveries = 0;
    for seed in 0..SEEDS {
        recoveries += run(seed, LOSSES, 0).await.unwrap_or_else(|loss| panic!("seed {seed}: {loss}"));
    }
    assert!(recoveries * 4 >= SEEDS * LOSSES, "only {recoveries} losses hit a store that was recovering");
}

#[tokio::test]
async fn a_disk_that_lies_about_its_syncs_is_caught() {
    let mut caught = 0;
    for seed in 0..20 {
        caught += usize::from(run(seed, LOSSES, 4).await.is_err());
    }
    assert!(caught >= 5, "20 disks lied, {caught} were caught");
}
