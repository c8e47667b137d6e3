//! Compiling, in a child process of its own: a compiler that is fed by strangers may run long or ask for much memory,
//! and wasmtime does not promise otherwise. The child limits itself before it reads a byte.

use std::io::Read;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::engine;

/// Compiled code larger than this is refused, in bytes.
const CODE_BYTES_MAX: u64 = 256 << 20;
/// What of the child's complaint is kept, in bytes.
const COMPLAINT_BYTES_MAX: u64 = 4096;

/// Where compiling happens.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// In a child: this program with these arguments, which calls [`compile_child`]. It gets this environment and no
    /// other.
    Child {
        program: PathBuf,
        arguments: Vec<String>,
        environment: Vec<(String, String)>,
        limits: CompileLimits,
    },
    /// Here. For tools and tests that trust what they compile.
    Here,
}

/// What the child may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompileLimits {
    /// Address space, in bytes.
    pub memory_bytes: u64,
    pub cpu_time: Duration,
    /// Time on the wall.
    pub timeout: Duration,
}

#[derive(Debug, Error)]
pub enum CompileError {
    #[error("the component does not compile: {0}")]
    Refused(String),
    #[error("compiling was stopped after {0:?}: the component is too large or was made to be slow")]
    Timeout(Duration),
    #[error(
        "compiling was ended by {0}: the component needs more than {1} MiB of memory or {2:?} of processor time"
    )]
    Limit(String, u64, Duration),
    #[error("the compiled code is larger than {} MiB", CODE_BYTES_MAX >> 20)]
    TooLarge,
    #[error("the compiler's process cannot be used: {0}")]
    Process(#[from] std::io::Error),
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { memory_bytes: 1 << 30, cpu_time: Duration::from_secs(20), timeout: Duration::from_secs(30) }
    }
}

impl CompileLimits {
    /// A language's runtime takes longer: JavaScript and Python took 12 s of processor time. How long that is on the
    /// wall depends on what else runs, so the wall is far away.
    fn of_the_fat(self) -> Self {
        Self { memory_bytes: 2 * self.memory_bytes, cpu_time: 3 * self.cpu_time, timeout: 10 * self.timeout }
    }
}

impl Compiler {
    /// # Errors
    /// See [`CompileError`].
    ///
    /// # Cancel safety
    /// Dropping the future kills the child.
    pub(crate) async fn compile(&self, component: &[u8], fat: bool) -> Result<Vec<u8>, CompileError> {
        match self {
            Self::Here => compile(component),
            Self::Child { program, arguments, environment, limits } => {
                let limits = if fat { limits.of_the_fat() } else { *limits };
                let child = Command::new(program)
                    .args(arguments)
                    .args([limits.memory_bytes.to_string(), limits.cpu_time.as_secs().to_string()])
                    .env_clear()
                    .envs(environment.iter().map(|(name, value)| (name, value)))
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .kill_on_drop(true)
                    .spawn()?;
                let work = converse(child, component, limits);
                tokio::time::timeout(limits.timeout, work)
                    .await
                    .unwrap_or(Err(CompileError::Timeout(limits.timeout)))
            }
        }
    }
}

/// Feeds the child, and reads both its outputs at the same time, so that no pipe can fill up and stall it.
async fn converse(
    mut child: Child,
    component: &[u8],
    limits: CompileLimits,
) -> Result<Vec<u8>, CompileError> {
    let (Some(mut input), Some(output), Some(complaint)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(std::io::Error::other("the child has no pipes").into());
    };
    let feed = async move {
        // A child that has already failed closes its end; its exit status says more.
        let _ = input.write_all(component).await;
        drop(input);
    };
    let (mut code, mut words) = (Vec::new(), String::new());
    let (mut output, mut complaint) = (output.take(CODE_BYTES_MAX + 1), complaint.take(COMPLAINT_BYTES_MAX));
    let ((), read, _) =
        tokio::join!(feed, output.read_to_end(&mut code), complaint.read_to_string(&mut words));
    read?;
    if code.len() as u64 > CODE_BYTES_MAX {
        return Err(CompileError::TooLarge);
    }
    let status = child.wait().await?;
    match status.code() {
        Some(0) => Ok(code),
        Some(REFUSED) => Err(CompileError::Refused(words.trim().to_owned())),
        _ => Err(CompileError::Limit(format!("{status}"), limits.memory_bytes >> 20, limits.cpu_time)),
    }
}

const REFUSED: i32 = 3;

/// The child's whole life: limits itself to `memory_bytes` of address space and to `cpu_seconds`; compiles its standard
/// input to its standard output. Returns the exit status.
pub fn compile_child(memory_bytes: u64, cpu_seconds: u64) -> i32 {
    let limited =
        limit_self(Resource::As, memory_bytes).and_then(|()| limit_self(Resource::Cpu, cpu_seconds));
    if let Err(error) = limited.and_then(|()| limit_self(Resource::Core, 0)) {
        return complain(&format!("the limits cannot be set: {error}"));
    }
    let mut component = Vec::new();
    if let Err(error) = std::io::stdin().lock().read_to_end(&mut component) {
        return complain(&error.to_string());
    }
    match compile(&component) {
        Ok(code) => match std::io::Write::write_all(&mut std::io::stdout().lock(), &code) {
            Ok(()) => 0,
            Err(error) => complain(&error.to_string()),
        },
        Err(error) => complain(&error.to_string()),
    }
}

fn limit_self(resource: Resource, limit: u64) -> rustix::io::Result<()> {
    setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })
}

#[allow(clippy::print_stderr, reason = "the child's way to answer its parent")]
fn complain(words: &str) -> i32 {
    eprintln!("{words}");
    REFUSED
}

/// Without the pool: its mapping would not fit below the child's limit, and the code is the same.
fn compile(component: &[u8]) -> Result<Vec<u8>, CompileError> {
    wasmtime::Engine::new(&engine::base())
        .and_then(|engine| engine.precompile_component(component))
        .map_err(|error| CompileError::Refused(format!("{error:#}")))
}
