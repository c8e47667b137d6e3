//! The engine: which WebAssembly exists here at all, how instances get their memory, and what makes time pass.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use thiserror::Error;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cache::{Cache, CacheKey};
use crate::compile::Compiler;
use crate::contract::Linkers;
use crate::limit::{self, Room, TICK};
use crate::port::{HostPort, LogPort};

/// Loads and runs components. Cheap to clone; the last clone stops the clock.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    slim: Arc<Lane>,
    /// Made when the first fat component is loaded.
    fat: OnceLock<Arc<Lane>>,
    fat_memory_bytes: usize,
    pub(crate) compiler: Compiler,
    pub(crate) cache: Option<Cache>,
    pub(crate) log: Arc<dyn LogPort>,
    pub(crate) host: Arc<dyn HostPort>,
}

/// An engine with its own pool of instances. Code that was compiled for one runs in each.
pub(crate) struct Lane {
    pub(crate) engine: Engine,
    pub(crate) linkers: Linkers,
    pub(crate) room: Room,
    allocation: Allocation,
    /// Held so that it stops when the lane goes.
    _ticker: Ticker,
}

/// What a runtime is made from.
pub struct RuntimeOptions {
    pub compiler: Compiler,
    /// Where compiled components are kept, and the key that vouches for them; none compiles at every load.
    pub cache: Option<(PathBuf, CacheKey)>,
    pub log: Arc<dyn LogPort>,
    /// What guests ask of their host.
    pub host: Arc<dyn HostPort>,
    /// Linear memory that any instance may ask for, in bytes: sizes the pool.
    pub memory_bytes: usize,
    /// The same for components of the fat class.
    pub fat_memory_bytes: usize,
}

/// How instances get their memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Allocation {
    /// From a pool that was reserved at start: the fast way.
    Pooling,
    /// Mapped at each instantiation, because the pool could not be reserved.
    OnDemand { why: String },
}

#[derive(Debug, Error)]
pub enum EngineError {
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    #[error("the folder for compiled components, {path}, cannot be used: {source}", path = path.display())]
    Cache { path: PathBuf, source: std::io::Error },
}

/// Makes an engine's epoch pass: one thread, stopped and joined when dropped.
struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Runtime {
    /// # Errors
    /// When the engine cannot be built on this machine, or the cache folder cannot be made.
    pub fn new(options: RuntimeOptions) -> Result<Self, EngineError> {
        let slim = Lane::new(limit::SLIM, options.memory_bytes)?;
        let cache = options.cache.map(|(folder, key)| Cache::open(folder, key, &slim.engine)).transpose()?;
        let shared = Shared {
            slim: Arc::new(slim),
            fat: OnceLock::new(),
            fat_memory_bytes: options.fat_memory_bytes,
            compiler: options.compiler,
            cache,
            log: options.log,
            host: options.host,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    #[must_use]
    pub fn allocation(&self) -> &Allocation {
        &self.shared.slim.allocation
    }

    /// How components of the fat class get their memory; none before the first is loaded.
    #[must_use]
    pub fn fat_allocation(&self) -> Option<&Allocation> {
        self.shared.fat.get().map(|lane| &lane.allocation)
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Shared {
    pub(crate) fn lane(&self, fat: bool) -> Result<Arc<Lane>, EngineError> {
        match (fat, self.fat.get()) {
            (false, _) => Ok(self.slim.clone()),
            (true, Some(lane)) => Ok(lane.clone()),
            (true, None) => {
                let lane = Arc::new(Lane::new(limit::FAT, self.fat_memory_bytes)?);
                Ok(self.fat.get_or_init(|| lane).clone())
            }
        }
    }
}

impl Lane {
    fn new(room: Room, memory_bytes: usize) -> Result<Self, EngineError> {
        let (engine, allocation) = engine(room, memory_bytes)?;
        let linkers = Linkers::new(&engine).map_err(EngineError::engine)?;
        let ticker = Ticker::start(&engine).map_err(EngineError::engine)?;
        Ok(Self { engine, linkers, room, allocation, _ticker: ticker })
    }

    /// Whether it is for components that carry a language's runtime.
    pub(crate) fn is_fat(&self) -> bool {
        self.room.core_instances > limit::SLIM.core_instances
    }
}

impl EngineError {
    fn engine(error: impl fmt::Display) -> Self {
        Self::Engine(format!("{error:#}"))
    }
}

impl Ticker {
    fn start(engine: &Engine) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, engine) = (stop.clone(), engine.weak());
        let thread = std::thread::Builder::new().name("epoch".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(TICK);
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop, thread: Mutex::new(Some(thread)) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            thread.thread().unpark();
            // A panic of a loop this small has nothing to tell that the log does not have.
            let _ = thread.join();
        }
    }
}

/// The engine with its pool, or without when the pool's address space is not to be had.
fn engine(room: Room, memory_bytes: usize) -> Result<(Engine, Allocation), EngineError> {
    match Engine::new(&pooled(room, memory_bytes)) {
        Ok(engine) => Ok((engine, Allocation::Pooling)),
        Err(error) => {
            let engine = Engine::new(&base()).map_err(EngineError::engine)?;
            Ok((engine, Allocation::OnDemand { why: format!("{error:#}") }))
        }
    }
}

/// The settings under which this crate runs plugins whose instances have so much memory: for whoever measures what a
/// call costs without this crate.
#[must_use]
pub fn engine_config(memory_bytes: usize) -> Config {
    pooled(limit::SLIM, memory_bytes)
}

fn pooled(room: Room, memory_bytes: usize) -> Config {
    let mut config = base();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(room, memory_bytes)));
    config
}

/// What decides the compiled code: the same here and in the child that compiles. Features that most advisories of
/// 2026 were about, and that no plugin needs, are off; a typed call is also two to four times cheaper without them.
pub(crate) fn base() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .wasm_tail_call(false)
        .gc_support(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_threads(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .epoch_interruption(true)
        .max_wasm_stack(limit::STACK_BYTES)
        .async_stack_size(2 * limit::STACK_BYTES);
    config
}

/// Room for every warm instance of the few generations that are alive at one time; the address space is reserved, the
/// memory is not taken before it is touched.
fn pool(room: Room, memory_bytes: usize) -> PoolingAllocationConfig {
    let instances = room.instances;
    let core = instances.saturating_mul(count(room.core_instances) / 2);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(core)
        .total_memories(instances)
        .total_tables(2 * core)
        .total_stacks(instances)
        .max_core_instances_per_component(count(room.core_instances))
        .max_memories_per_component(1)
        .max_tables_per_component(count(room.tables))
        .table_elements(room.table_elements)
        .max_memory_size(memory_bytes)
        .max_unused_warm_slots(32)
        .linear_memory_keep_resident(64 * 1024)
        .table_keep_resident(4 * 1024)
        .async_stack_keep_resident(16 * 1024);
    pool
}

fn count(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}
