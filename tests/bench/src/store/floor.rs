//! The floors: what the disk can sync, and what the database can commit with nothing around it.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};

const ROW_BYTES: usize = 512;
const ROWS: u64 = 10_000;
/// As the store's own.
const CACHE_BYTES: usize = 32 << 20;

/// Writes of 512 bytes over the same place, each synced: so many a second.
pub(crate) fn syncs(path: &Path, duration: Duration) -> anyhow::Result<f64> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < duration {
        file.write_all_at(&[count.to_le_bytes()[0]; ROW_BYTES], 0)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

/// Commits of one row with the store's settings, one after the other: so many a second.
pub(crate) fn commits(path: &Path, duration: Duration) -> anyhow::Result<f64> {
    const ROWS_OF: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rows");
    let database = Database::builder().set_cache_size(CACHE_BYTES).create(path)?;
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < duration {
        let mut transaction = database.begin_write()?;
        transaction.set_quick_repair(true);
        transaction.open_table(ROWS_OF)?.insert(u64::from(count) % ROWS, [7; ROW_BYTES].as_slice())?;
        transaction.commit()?;
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    drop(database);
    std::fs::remove_file(path)?;
    Ok(rate)
}
