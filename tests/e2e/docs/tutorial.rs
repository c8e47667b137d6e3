//! The tutorial, typed: every command of `docs/tutorial.md` in its order, every file as it stands there, and what the
//! page says that is seen.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::commands::lines;
use super::page::{Block, Page};
use super::shell::{Said, Shell, is_offline};
use crate::harness::{KEY, Upstream, say};

const TEST: &str = "the_tutorial_works_when_it_is_typed";
/// What stands for anything.
const ANYTHING: char = '…';
const PATIENCE: Duration = Duration::from_secs(60);

struct Reader {
    shell: Shell,
    home: PathBuf,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tutorial_works_when_it_is_typed() {
    for program in ["bash", "curl"] {
        if which(program).is_none() {
            return say(&format!("SKIPPED {TEST}: there is no {program}"));
        }
    }
    let (home, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let upstream = Upstream::good().await;
    let mut reader = Reader::new(home.path(), scratch.path(), &upstream);
    for block in Page::read("docs/tutorial.md").blocks() {
        if reader.follow(&block).await.is_none() {
            return say(&format!(
                "SKIPPED {TEST}: cargo has no copy of the SDK's dependencies; run `cargo fetch` in a crate of `plugin \
                 new` once"
            ));
        }
    }
    assert!(upstream.count() > 10, "the tutorial has asked {} times", upstream.count());
}

impl Reader {
    fn new(home: &Path, scratch: &Path, upstream: &Upstream) -> Self {
        let programs = scratch.join("bin");
        std::fs::create_dir(&programs).unwrap();
        symlink(env!("CARGO_BIN_EXE_patchbay"), programs.join("patchbay")).unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let old_home = std::env::var("HOME").unwrap_or_default();
        let of_rust =
            |name: &str, folder: &str| std::env::var(name).unwrap_or_else(|_| format!("{old_home}/{folder}"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs").display().to_string();
        let shell = Shell::start(
            home,
            scratch,
            &[
                ("PATH", &path),
                ("CARGO_HOME", &of_rust("CARGO_HOME", ".cargo")),
                ("RUSTUP_HOME", &of_rust("RUSTUP_HOME", ".rustup")),
                ("CARGO_NET_OFFLINE", "true"),
                ("CARGO_TARGET_DIR", &target),
                // The one thing that is not as the page has it: other tests serve on other ports too.
                ("PATCHBAY_LISTEN", "127.0.0.1:0"),
                ("PATCHBAY_METRICS_LISTEN", "127.0.0.1:0"),
                ("PROVIDER_URL", &upstream.url()),
                ("PROVIDER_KEY", KEY),
            ],
        );
        Self { shell, home: home.to_owned() }
    }

    /// Does what a block says. None: it cannot be done on this machine.
    async fn follow(&mut self, block: &Block) -> Option<()> {
        if let Some(name) = block.marked("file:") {
            self.save(name, &block.text).await;
        } else if let Some(name) = block.marked("another terminal:") {
            self.open(name, block).await;
        } else if let Some(name) = block.marked("in the terminal:") {
            let expected = steps(&format!("$ true\n{}", block.text)).remove(0).1;
            self.shell.said_in(name, |said| missing(said, &expected).is_none()).await;
        } else if block.lang == "console" {
            for (command, expected) in steps(&block.text) {
                self.type_in(block, &command, &expected).await?;
            }
        }
        Some(())
    }

    async fn save(&mut self, name: &str, text: &str) {
        let here = self.shell.run("pwd").await.text;
        let file = Path::new(here.trim()).join(name);
        assert!(file.starts_with(self.home.canonicalize().unwrap()), "{}", file.display());
        std::fs::write(file, text).unwrap();
    }

    /// Leaves what is typed there running, and waits until it has said what it should.
    async fn open(&mut self, name: &str, block: &Block) {
        let expected: Vec<String> =
            steps(&block.text).into_iter().flat_map(|(_, expected)| expected).collect();
        self.shell.leave(name, &lines(block)).await;
        let said = self.shell.said_in(name, |said| missing(said, &expected).is_none()).await;
        if let Some(gateway) = address(&said) {
            assert_eq!(self.shell.run(&format!("export GATEWAY={gateway}")).await.status, 0);
        }
    }

    async fn type_in(&mut self, block: &Block, command: &str, expected: &[String]) -> Option<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let said = self.shell.run(command).await;
            let Some(wrong) = judged(&said, expected) else { return Some(()) };
            if is_offline(&said.text) {
                return None;
            }
            let again = block.mark.starts_with("repeat") && Instant::now() < end;
            assert!(again, "{}: {command}\n{wrong}\n{}", block.place, said.text);
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Each command of a block, with the lines that stand below it.
fn steps(text: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    let mut more = false;
    for line in text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command.to_owned(), Vec::new())),
            (None, Some((command, _))) if more => {
                command.push('\n');
                command.push_str(line);
            }
            (None, Some((_, expected))) => expected.push(line.to_owned()),
            (None, None) => panic!("a line without a command: {line}"),
        }
        more = line.ends_with('\\');
    }
    steps
}

/// What is wrong with how a command ended. Where the page shows an error, one is expected.
fn judged(said: &Said, expected: &[String]) -> Option<String> {
    let fails = expected.iter().any(|line| line.starts_with("error:"));
    match (said.status == 0) == fails {
        true => Some(format!("it ended with {}", said.status)),
        false => missing(&said.text, expected).map(|line| format!("it does not say: {line}")),
    }
}

/// The first expected line that was not said.
fn missing(said: &str, expected: &[String]) -> Option<String> {
    let was_said = |line: &&String| said.lines().any(|said| fits(said.trim_end(), line));
    expected.iter().find(|line| !was_said(line)).cloned()
}

/// Whether a line is what a page has, where `…` stands for anything.
fn fits(said: &str, expected: &str) -> bool {
    let mut parts = expected.split(ANYTHING);
    let Some(mut rest) = said.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// `http://127.0.0.1:1234`, from the line that says so once the host is ready.
fn address(said: &str) -> Option<&str> {
    let line = said.lines().find(|line| line.contains("patchbay is ready"))?;
    let (_, after) = line.split_once("api=")?;
    after.trim_start_matches('"').split("/v1").next()
}

fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[test]
fn a_line_fits_where_dots_stand_for_anything() {
    for (said, expected, fit) in [
        ("routing/2", "routing/2", true),
        ("routing/22", "routing/2", false),
        ("heard      10 calls, 7 agree", "heard …10 calls…", true),
        ("error: it failed", "error: … failed", true),
        ("error: it did", "error: … failed", false),
        ("anything", "…", true),
    ] {
        assert_eq!(fits(said, expected), fit, "{said:?} {expected:?}");
    }
}
