//! The state behind one instance: what it sees of the world (frozen clock, seeded random, its configuration, its log)
//! and what it may use. A pure guest that is given the same arguments sees the same world.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rand_core::TryRng;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWrite;
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::conversation::Conversation;
use crate::growth::Growth;
use crate::limit::{self, Limits, Room};
use crate::port::{LogLine, LogPort};

/// What the host keeps for one instance.
pub(crate) struct Guest {
    wasi: WasiCtx,
    table: ResourceTable,
    growth: Growth,
    pub(crate) identity: Arc<Identity>,
    pub(crate) log: GuestLog,
    world: Arc<World>,
    /// The call's talk with its host; none for a pure plugin, and between calls.
    pub(crate) conversation: Option<Conversation>,
    /// What all blobs of the call hold, in bytes.
    pub(crate) blob_bytes: usize,
    /// Epochs left to the call that runs.
    ticks_left: u64,
    /// Epochs have passed while its host worked: the next that it sees is not its own.
    has_waited: bool,
    pub(crate) timed_out: bool,
}

/// What every instance of a loaded component shares.
pub(crate) struct Identity {
    /// `name@version`, for the log.
    pub(crate) label: Arc<str>,
    /// The operator's JSON.
    pub(crate) config: String,
    pub(crate) port: Arc<dyn LogPort>,
    /// What is left of this second's lines, for all instances together.
    budget: std::sync::Mutex<LogBudget>,
}

/// What a call's clock and random numbers follow from. The same start, input and answers of the host give the same call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Start {
    pub seed: u64,
    /// Nanoseconds since 1970, UTC.
    pub now_nanos: u64,
}

/// What stands still during a call, but for its questions to the host: set at its start, moved on at each answer, read
/// by the clock and the random generator.
#[derive(Default)]
struct World {
    began_nanos: AtomicU64,
    now_nanos: AtomicU64,
    random: AtomicU64,
}

/// A guest's way into the log, with its limits.
#[derive(Clone)]
pub(crate) struct GuestLog {
    identity: Arc<Identity>,
}

struct LogBudget {
    second: Instant,
    left: usize,
    dropped: u64,
}

impl Identity {
    pub(crate) fn new(label: &str, config: &str, port: Arc<dyn LogPort>) -> Self {
        let budget = LogBudget { second: Instant::now(), left: limit::LOG_SECOND_BYTES, dropped: 0 };
        Self { label: label.into(), config: config.to_owned(), port, budget: std::sync::Mutex::new(budget) }
    }
}

impl Guest {
    /// A store whose guest has `limits`, and the given time for whatever it does first.
    pub(crate) fn store(
        engine: &Engine,
        identity: Arc<Identity>,
        limits: &Limits,
        room: Room,
        first: Duration,
    ) -> Store<Guest> {
        let world = Arc::new(World::default());
        let log = GuestLog::new(identity.clone());
        let guest = Guest {
            wasi: inert_wasi(&world, &log),
            table: ResourceTable::new(),
            growth: Growth::new(limits, room),
            identity,
            log,
            world,
            conversation: None,
            blob_bytes: 0,
            ticks_left: 0,
            has_waited: false,
            timed_out: false,
        };
        let mut store = Store::new(engine, guest);
        store.limiter(|guest| &mut guest.growth);
        store.set_hostcall_fuel(limits.hostcall_fuel);
        store.set_max_component_handles(limit::HANDLES);
        store.data_mut().table.set_max_capacity(limit::HANDLES);
        // At each epoch the guest steps aside, so that one that loops does not hold up its thread's other work.
        store.epoch_deadline_callback(|mut context| Ok(context.data_mut().tick()));
        Guest::begin(&mut store, first, Start::now(0));
        store
    }

    /// Starts a call: its deadline, and what its clock and random numbers follow from.
    pub(crate) fn begin(store: &mut Store<Guest>, deadline: Duration, start: Start) {
        store.set_epoch_deadline(1);
        let guest = store.data_mut();
        guest.ticks_left = limit::ticks(deadline);
        guest.has_waited = false;
        guest.timed_out = false;
        guest.growth.begin();
        guest.world.begin(start);
    }

    /// Whether it was refused memory in this call.
    pub(crate) fn wanted_memory(&self) -> bool {
        self.growth.refused()
    }

    pub(crate) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    /// Sets the clock to so many milliseconds after the call's start. It never goes back.
    pub(crate) fn move_clock(&self, at_ms: u64) {
        let world = &self.world;
        let at = world.began_nanos.load(Ordering::Relaxed).saturating_add(at_ms.saturating_mul(1_000_000));
        world.now_nanos.fetch_max(at, Ordering::Relaxed);
    }

    /// It has asked its host, which took so long. A run that waits a hundred times a second all day has not computed all
    /// day; no wait shorter than an epoch excuses one, or a guest could compute for nothing between short questions.
    pub(crate) fn has_waited(&mut self, waited: Duration) {
        self.has_waited |= waited >= limit::TICK;
    }

    fn tick(&mut self) -> UpdateDeadline {
        if std::mem::take(&mut self.has_waited) {
            return UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()));
        }
        match self.ticks_left.checked_sub(1) {
            Some(left) => {
                self.ticks_left = left;
                UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
            }
            None => {
                self.timed_out = true;
                UpdateDeadline::Interrupt
            }
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// WASI without a world: no arguments, no environment, no files, no network; output goes to the log.
fn inert_wasi(world: &Arc<World>, log: &GuestLog) -> WasiCtx {
    WasiCtxBuilder::new()
        .wall_clock(FrozenClock(world.clone()))
        .monotonic_clock(FrozenClock(world.clone()))
        .secure_random(SeededRandom(world.clone()))
        .insecure_random(SeededRandom(world.clone()))
        .insecure_random_seed(0)
        .max_random_size(64 * 1024)
        .allow_tcp(false)
        .allow_udp(false)
        .stdout(OutputToLog { log: log.clone(), level: "info" })
        .stderr(OutputToLog { log: log.clone(), level: "warn" })
        .build()
}

impl Start {
    /// By the machine's clock.
    #[allow(clippy::disallowed_methods, reason = "the guest's clock is set from the machine's, once a call")]
    #[must_use]
    pub fn now(seed: u64) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self { seed, now_nanos: u64::try_from(now.as_nanos()).unwrap_or(u64::MAX) }
    }
}

impl World {
    fn begin(&self, start: Start) {
        self.began_nanos.store(start.now_nanos, Ordering::Relaxed);
        self.now_nanos.store(start.now_nanos, Ordering::Relaxed);
        self.random.store(start.seed, Ordering::Relaxed);
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.now_nanos.load(Ordering::Relaxed))
    }

    /// SplitMix64 (Steele, Lea and Flood 2014): uniform, seeded, not secret.
    fn next_random(&self) -> u64 {
        const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.random.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

struct FrozenClock(Arc<World>);

impl HostWallClock for FrozenClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}

impl HostMonotonicClock for FrozenClock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.0.now_nanos.load(Ordering::Relaxed)
    }
}

struct SeededRandom(Arc<World>);

impl TryRng for SeededRandom {
    type Error = Infallible;

    #[allow(clippy::cast_possible_truncation, reason = "half of the bits is what is asked for")]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_random() as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_random())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let bytes = self.0.next_random().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl GuestLog {
    fn new(identity: Arc<Identity>) -> Self {
        Self { identity }
    }

    /// Writes a line, if this second's budget allows.
    pub(crate) fn write(&self, level: &str, message: &str) {
        let line = printable(message);
        let Some(dropped) = self.spend(line.len()) else { return };
        if dropped > 0 {
            self.line("warn", &format!("{dropped} lines were dropped: over 64 KiB in a second"));
        }
        self.line(level, &line);
    }

    fn line(&self, level: &str, message: &str) {
        self.identity.port.line(LogLine { plugin: &self.identity.label, level, message });
    }

    /// How many lines were dropped since the last one that was written; none when this one is dropped too.
    fn spend(&self, bytes: usize) -> Option<u64> {
        let mut budget = self.identity.budget.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if budget.second.elapsed() >= Duration::from_secs(1) {
            budget.second = Instant::now();
            budget.left = limit::LOG_SECOND_BYTES;
        }
        match budget.left.checked_sub(bytes) {
            Some(left) => {
                budget.left = left;
                Some(std::mem::take(&mut budget.dropped))
            }
            None => {
                budget.dropped += 1;
                None
            }
        }
    }
}

/// At most a line's bytes, with control characters escaped, so that a guest cannot write to a terminal or forge a line.
fn printable(message: &str) -> String {
    let mut line = String::with_capacity(message.len().min(limit::LOG_LINE_BYTES));
    for character in message.chars() {
        if line.len() >= limit::LOG_LINE_BYTES {
            line.push('…');
            break;
        }
        match character.is_control() {
            true => line.extend(character.escape_default()),
            false => line.push(character),
        }
    }
    line
}

/// A guest's standard output, line by line.
#[derive(Clone)]
struct OutputToLog {
    log: GuestLog,
    level: &'static str,
}

impl IsTerminal for OutputToLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for OutputToLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(LineWriter { output: self.clone(), line: Vec::new() })
    }
}

struct LineWriter {
    output: OutputToLog,
    line: Vec<u8>,
}

impl LineWriter {
    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.output.log.write(self.output.level, &String::from_utf8_lossy(&self.line));
            self.line.clear();
        }
    }
}

impl AsyncWrite for LineWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        for byte in bytes {
            match byte {
                b'\n' => self.end_line(),
                _ if self.line.len() < limit::LOG_LINE_BYTES => self.line.push(*byte),
                _ => {}
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.end_line();
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_and_cannot_move_the_cursor() {
        assert_eq!(printable("a\x1b[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert!(printable(&"x".repeat(100_000)).len() <= limit::LOG_LINE_BYTES + '…'.len_utf8());
    }
}
