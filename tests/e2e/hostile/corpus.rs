//! The corpus: every hostile component by name, let loose on one host, one after the other, while a client goes on
//! asking. How each is made is in `guest.rs`, `bomb.rs` and `file.rs`.

use serde_json::json;

use super::traffic::{Traffic, p99};
use super::victim::Victim;
use super::{bomb, file, guest};
use crate::harness::{Dress, say, until};

/// What the corpus must have.
const CASES_MIN: usize = 40;
/// What the host's process may have grown by at the end.
const GROWTH_BYTES_MAX: u64 = 64 << 20;
/// A message longer than this is none that anybody reads, in bytes.
const MESSAGE_BYTES_MAX: usize = 4_000;
/// Failures after which a generation is gone.
const BUDGET: u64 = 5;
/// What is said of a component that is as good as any other.
const HARMLESS: &str = "loaded, and did no harm";
/// The compiler is given less time than by default, or the bombs would take most of the test's own.
const IMPATIENT: &str = "[plugins]\ndeadline = \"300ms\"\ncompile_cpu_time = \"6s\"\n";

/// A component, or several of a kind.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// How it is made, in a few words.
    pub(super) how: &'static str,
    pub(super) dress: Dress,
    pub(super) files: fn() -> Vec<Vec<u8>>,
    pub(super) expected: Expected,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Expected {
    /// At load, with this in the message.
    Refused(&'static str),
    /// It loads, and its calls fail so: `trap`, `timeout`, `deadline`, `invalid`.
    Contained(&'static str),
    /// It loads, and answers with this: the host's limits kept it from more.
    Bounded(&'static str),
    /// Refused, or as good as any other.
    Either,
}

impl Case {
    /// One component.
    pub(super) fn new(
        name: &'static str,
        how: &'static str,
        dress: Dress,
        expected: Expected,
        files: fn() -> Vec<Vec<u8>>,
    ) -> Self {
        Self { name, how, dress, files, expected }
    }

    fn slot(&self) -> &'static str {
        match self.dress {
            Dress::Policy => "routing",
            Dress::Analyzer => "analyzers/corpus",
            Dress::Skill => "skills/corpus",
            Dress::Notifier => "notifiers/corpus",
        }
    }

    /// Lets it loose, and says what became of it.
    async fn run(&self, victim: &Victim) -> String {
        let (mut found, mut loaded, files) = (String::new(), 0, (self.files)());
        for component in &files {
            found = match self.expected {
                Expected::Refused(word) => self.refused(victim, component, word).await,
                Expected::Contained(class) if self.dress == Dress::Policy => {
                    self.taken_out(victim, component, class).await
                }
                Expected::Contained(class) => self.failed(victim, component, class).await,
                Expected::Bounded(word) => self.bounded(victim, component, word).await,
                Expected::Either => self.either(victim, component).await,
            };
            loaded += usize::from(found == HARMLESS);
        }
        match files.len() {
            1 => found,
            all => format!("{loaded} of {all} {HARMLESS}; the last: {found}"),
        }
    }

    async fn refused(&self, victim: &Victim, component: &[u8], word: &str) -> String {
        let before = victim.active(self.slot()).await;
        let refused = victim.load(self.slot(), component).await;
        let message = refused.stderr.clone();
        assert!(message.len() < MESSAGE_BYTES_MAX, "{}: {message}", self.name);
        assert_eq!(refused.status, Some(1), "{}: {refused:?}", self.name);
        assert!(message.contains(word), "{}: no {word:?} in {message}", self.name);
        refused.failed(1, &[word]);
        assert_eq!(victim.active(self.slot()).await, before, "{}", self.name);
        first_line(&message)
    }

    /// A policy is asked by the traffic, until it is gone.
    async fn taken_out(&self, victim: &Victim, component: &[u8], class: &str) -> String {
        let id = victim.load("routing", component).await.ok().trim().to_owned();
        let bad = victim.taken_out("routing", &id).await;
        let counter = match class {
            "trap" => "traps",
            "timeout" => "timeouts",
            other => other,
        };
        // On a machine that stands still for a moment, a call or two may be stopped before they trap.
        let failures: u64 =
            ["traps", "timeouts", "invalid"].iter().filter_map(|kind| bad[*kind].as_u64()).sum();
        assert!(failures >= BUDGET && bad[counter].as_u64() > Some(0), "{}: {bad}", self.name);
        // Calls are written down a moment after they were answered.
        let call = until("the call that failed", async || {
            let calls =
                victim.host.json(&["call", "list", "--slot", "routing", "--failed", "--limit", "50"]).await;
            let of_it = |call: &&serde_json::Value| {
                call["generation"] == id.as_str() && call["answer"].to_string().contains(class)
            };
            calls.as_array()?.iter().find(of_it).cloned()
        })
        .await;
        first_line(&call["answer"].to_string())
    }

    /// A plugin of another world is asked by the operator, once.
    async fn failed(&self, victim: &Victim, component: &[u8], class: &str) -> String {
        let answer = self.answered(victim, component).await;
        assert_eq!(answer["failure"]["class"], class, "{}: {answer}", self.name);
        answer["failure"]["message"].to_string()
    }

    async fn bounded(&self, victim: &Victim, component: &[u8], word: &str) -> String {
        let answer = self.answered(victim, component).await;
        let output = answer["output"].to_string();
        assert!(output.contains(word), "{}: no {word:?} in {answer}", self.name);
        output
    }

    async fn answered(&self, victim: &Victim, component: &[u8]) -> serde_json::Value {
        victim.load(self.slot(), component).await.ok();
        let question = match self.dress {
            Dress::Policy => json!({"request": {}, "candidates": [{"provider": "alpha"}]}),
            Dress::Analyzer => json!({"failure": {"kind": "task"}}),
            Dress::Skill => json!({"ask": "run", "invocation": {"skill": "any"}}),
            Dress::Notifier => json!({"ask": "send", "message": {"id": "m-1"}}),
        };
        victim.ask(self.slot(), &question).await.unwrap_or_else(|| panic!("{}: no answer", self.name))
    }

    async fn either(&self, victim: &Victim, component: &[u8]) -> String {
        let loaded = victim.load("routing", component).await;
        assert!([Some(0), Some(1)].contains(&loaded.status), "{}: {loaded:?}", self.name);
        assert!(loaded.stderr.len() < MESSAGE_BYTES_MAX, "{}: {loaded:?}", self.name);
        assert_eq!(victim.agent.chat("m").await.status, 200, "{}", self.name);
        match loaded.status {
            Some(0) => {
                victim.recover().await;
                HARMLESS.to_owned()
            }
            _ => first_line(&loaded.stderr),
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(word) => write!(f, "refused: {word}"),
            Self::Contained(class) => write!(f, "contained: {class}"),
            Self::Bounded(word) => write!(f, "contained: answers {word}"),
            Self::Either => f.write_str("refused, or harmless"),
        }
    }
}

/// What a message begins with, without what all of them begin with: the plugin and its digest.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let after = |text: &'static str| line.split_once(text).map(|(_, rest)| rest);
    let own = after("): ").or_else(|| after("stays: ")).or_else(|| after("\"message\":")).unwrap_or(line);
    own.chars().take(120).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_hostile_components_are_refused_or_contained_and_traffic_goes_on() {
    let victim = Victim::with(IMPATIENT).await;
    victim.recover().await;
    let calm = Traffic::start(&victim.agent, 1);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let calm = calm.end().await;
    let before = victim.process().resident();
    let traffic = Traffic::start(&victim.agent, 1);
    let cases: Vec<Case> = guest::cases().into_iter().chain(bomb::cases()).chain(file::cases()).collect();
    assert!(cases.len() >= CASES_MIN, "{} components", cases.len());
    for (number, case) in cases.iter().enumerate() {
        let found = case.run(&victim).await;
        say(&format!(
            "{:>2} {:<44} {:<40} {:<34} {found}",
            number + 1,
            case.name,
            case.how,
            case.expected.to_string()
        ));
    }
    victim.recover().await;
    let seen = traffic.end().await;
    let after = victim.process().resident();
    let growth = after.saturating_sub(before);
    say(&format!(
        "{} components: {} requests beside them, all 200; p99 {:.1?}, before {:.1?}; memory {} MiB, before {} MiB",
        cases.len(),
        seen.len(),
        p99(&seen),
        p99(&calm),
        after >> 20,
        before >> 20,
    ));
    assert!(growth <= GROWTH_BYTES_MAX, "the host has grown by {} MiB", growth >> 20);
    assert_eq!(victim.agent.chat("m").await.header("x-patchbay-fallback"), "");
    victim.log_is_clean();
}
