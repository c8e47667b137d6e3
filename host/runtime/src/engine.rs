//! The engine: which WebAssembly exists here at all, how instances get their memory, and what makes time pass.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use thiserror::Error;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cache::{Cache, CacheKey};
use crate::compile::Compiler;
use crate::contract::Linkers;
use crate::limit::{self, TICK};
use crate::port::LogPort;

/// Loads and runs components. Cheap to clone; the last clone stops the clock.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) linkers: Linkers,
    pub(crate) compiler: Compiler,
    pub(crate) cache: Option<Cache>,
    pub(crate) log: Arc<dyn LogPort>,
    allocation: Allocation,
    /// Held so that it stops when the runtime goes.
    _ticker: Ticker,
}

/// What a runtime is made from.
pub struct RuntimeOptions {
    pub compiler: Compiler,
    /// Where compiled components are kept, and the key that vouches for them; none compiles at every load.
    pub cache: Option<(PathBuf, CacheKey)>,
    pub log: Arc<dyn LogPort>,
    /// Linear memory that any instance may ask for, in bytes: sizes the pool.
    pub memory_bytes: usize,
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
        let (engine, allocation) = engine(options.memory_bytes)?;
        let linkers = Linkers::new(&engine).map_err(EngineError::engine)?;
        let cache = options.cache.map(|(folder, key)| Cache::open(folder, key, &engine)).transpose()?;
        let ticker = Ticker::start(&engine).map_err(EngineError::engine)?;
        let shared = Shared {
            engine,
            linkers,
            compiler: options.compiler,
            cache,
            log: options.log,
            allocation,
            _ticker: ticker,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    #[must_use]
    pub fn allocation(&self) -> &Allocation {
        &self.shared.allocation
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
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
fn engine(memory_bytes: usize) -> Result<(Engine, Allocation), EngineError> {
    let mut pooled = base();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(memory_bytes)));
    match Engine::new(&pooled) {
        Ok(engine) => Ok((engine, Allocation::Pooling)),
        Err(error) => {
            let engine = Engine::new(&base()).map_err(EngineError::engine)?;
            Ok((engine, Allocation::OnDemand { why: format!("{error:#}") }))
        }
    }
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
fn pool(memory_bytes: usize) -> PoolingAllocationConfig {
    const COMPONENTS: u32 = 256;
    const CORE: u32 = 4 * COMPONENTS;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(COMPONENTS)
        .total_core_instances(CORE)
        .total_memories(COMPONENTS)
        .total_tables(2 * CORE)
        .total_stacks(COMPONENTS)
        .max_core_instances_per_component(count(limit::CORE_INSTANCES))
        .max_memories_per_component(1)
        .max_tables_per_component(count(limit::TABLES))
        .table_elements(limit::TABLE_ELEMENTS)
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
