//! Where the host's log goes: standard error, as text for people or as JSON for programs. Lines are gathered and written
//! a few times a second, so that a busy gateway does not pay for a system call a request.

mod text;

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use patchbay_config::{Config, Environment, Log, LogFormat, LogLevel};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::cli::Cli;
use text::Text;

/// How long a line may wait to be written.
const WAIT: Duration = Duration::from_millis(50);
/// Lines that are gathered at most, in bytes: whoever passes it writes them.
const GATHERED_BYTES_MAX: usize = 64 * 1024;

/// The log that runs. Dropping it writes what is left.
pub struct Running {
    gathered: Arc<Gathered>,
    writer: Option<JoinHandle<()>>,
    level: Level,
}

/// Sets which lines a running log writes. Cheap to clone.
#[derive(Clone)]
pub struct Level(reload::Handle<LevelFilter, Registry>);

/// Lines on their way to standard error.
#[derive(Default)]
struct Gathered {
    lines: Mutex<Lines>,
    /// Rung at the first line, and at the end.
    bell: Condvar,
}

#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    ended: bool,
}

/// Starts the log as the host's configuration says. A command that only asks a host, or a folder whose configuration
/// cannot be read (which the command itself will say), logs errors.
///
/// # Errors
/// When there is a log already, or no thread is to be had.
pub fn start(cli: &Cli) -> anyhow::Result<Running> {
    let configured = cli.dir().ok().filter(|_| cli.serves_folder());
    let configured = configured.and_then(|dir| Config::load(&dir, &Environment::of_process()).ok());
    match configured {
        Some(Config { log: Log { level, format, .. }, .. }) => start_at(level, format),
        None => start_at(LogLevel::Error, LogFormat::Text),
    }
}

fn start_at(level: LogLevel, format: LogFormat) -> anyhow::Result<Running> {
    let (filter, handle) = reload::Layer::new(filter(level));
    let running = Running::new(Level(handle))?;
    let log = tracing_subscriber::registry().with(filter);
    let lines = || fmt::layer().with_writer(running.gathered.clone());
    let gathered = running.gathered.clone();
    let started = match format {
        LogFormat::Json => log.with(lines().json().flatten_event(true)).try_init(),
        // In colours, for the one who looks on.
        LogFormat::Text if io::stderr().is_terminal() => log.with(lines()).try_init(),
        LogFormat::Text => log.with(Text::new(move |line: &[u8]| gathered.put(line))).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))?;
    Ok(running)
}

impl Level {
    /// Every thread sees it at its next line.
    pub fn set(&self, level: LogLevel) {
        let filter = filter(level);
        if self.0.with_current(|current| *current == filter).unwrap_or(false) {
            return;
        }
        // It fails only when there is no log any more.
        let _ = self.0.reload(filter);
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

impl Running {
    /// What sets its level.
    pub fn level(&self) -> Level {
        self.level.clone()
    }

    fn new(level: Level) -> io::Result<Self> {
        let gathered = Arc::<Gathered>::default();
        let source = gathered.clone();
        let writer = std::thread::Builder::new().name("log".into()).spawn(move || source.write_on())?;
        Ok(Self { gathered, writer: Some(writer), level })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.gathered.lock().ended = true;
        self.gathered.bell.notify_one();
        if let Some(writer) = self.writer.take() {
            // It can only have panicked while writing to standard error: there is nobody left to tell.
            let _ = writer.join();
        }
    }
}

impl Gathered {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, line: &[u8]) {
        let mut lines = self.lock();
        let first = lines.bytes.is_empty();
        lines.bytes.extend_from_slice(line);
        if lines.bytes.len() > GATHERED_BYTES_MAX {
            write_out(&mut lines.bytes);
        } else if first {
            self.bell.notify_one();
        }
    }

    /// Waits for a first line, lets others join it, writes them all.
    fn write_on(&self) {
        loop {
            let mut lines = self.lock();
            while lines.bytes.is_empty() && !lines.ended {
                lines = self.bell.wait(lines).unwrap_or_else(PoisonError::into_inner);
            }
            let ended = lines.ended;
            if !ended {
                drop(lines);
                std::thread::park_timeout(WAIT);
                lines = self.lock();
            }
            write_out(&mut lines.bytes);
            if ended {
                return;
            }
        }
    }
}

/// With the lock held: lines keep their order, and whoever logs too much waits for the terminal or disk.
fn write_out(bytes: &mut Vec<u8>) {
    // A log that cannot be written must not stop the host.
    let _ = io::stderr().lock().write_all(bytes);
    bytes.clear();
}

/// One line: the subscriber formats it whole and writes it once.
impl Write for &Gathered {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Gathered {
    type Writer = &'a Gathered;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}
