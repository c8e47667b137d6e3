//! Hostile plugins beside good traffic: only their own calls fail, each is gone after its fifth failure, and whoever is
//! served by others notices nothing.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Victim;
use super::traffic::{Traffic, p99};
use crate::harness::{Core, Dress, say};

const CLIENTS: usize = 4;
/// How often each is loaded again once it is gone.
const ROUNDS: usize = 3;
/// Failures after which a generation is gone.
const BUDGET: usize = 5;
/// More questions than this are not asked of one generation.
const QUESTIONS_MAX: usize = 50;
/// What the host may write to its log for a plugin in a second, and what its own lines take beside that.
const LOG_SECOND_BYTES: u64 = 64 << 10;

/// Routing is given time here: it is looked at for what fails, and the machine is kept busy on purpose.
const PATIENT: &str = "[plugins]\ndeadline = \"2s\"\n";

/// A plugin that fails whatever it is asked.
struct Attacker {
    slot: &'static str,
    component: Vec<u8>,
    question: Value,
    class: &'static str,
}

fn attackers() -> [Attacker; 3] {
    let short = "[limits]\ndeadline_ms = 100\n";
    let trapping = Core { code: "unreachable", ..Core::default() };
    let outside = Core { code: "(drop (i32.load (i32.const -8)))", ..Core::default() };
    let flooding = Core {
        imports: r#"(import "patchbay:plugin/log@0.2.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))"#,
        code: "(loop $again
            (call $write (i32.const 1100) (i32.const 4) (i32.const 8192) (i32.const 2000) (i32.const 0) (i32.const 0))
            (br $again))",
        more: r#"(data (i32.const 1100) "warn") (data (i32.const 8192) "\1b[2J flood \0d\0a")"#,
        ..Core::default()
    };
    [
        Attacker {
            slot: "notifiers/hostile",
            component: trapping.plugin(Dress::Notifier, "trapping", ""),
            question: json!({"ask": "send", "message": {"id": "m-1"}}),
            class: "trap",
        },
        Attacker {
            slot: "skills/hostile",
            // A run that loops is that run's failure; what reads where nothing is has a mistake of its own.
            component: outside.plugin(Dress::Skill, "outside", ""),
            question: json!({"ask": "run", "invocation": {"skill": "any"}}),
            class: "trap",
        },
        Attacker {
            slot: "analyzers/hostile",
            component: flooding.plugin(
                Dress::Analyzer,
                "flooding",
                &format!("{short}[provides]\nfailures = [\"task\"]\n"),
            ),
            question: json!({"failure": {"kind": "task"}}),
            class: "timeout",
        },
    ]
}

impl Attacker {
    /// Loads it and asks it until it is gone, several times.
    async fn attack(self, victim: Arc<Victim>) {
        let file = victim.host.file(&format!("{}.wasm", self.slot.replace('/', "-")), &self.component);
        let load = ["plugin", "load", &file, "--slot", self.slot];
        for _ in 0..ROUNDS {
            let id = victim.host.cli(&load).await.ok().trim().to_owned();
            assert_eq!(self.failures(&victim, &id).await, BUDGET, "{id}");
            let bad = victim.taken_out(self.slot, &id).await;
            assert!(bad["reason"].as_str().unwrap().contains("within"), "{bad}");
            assert_eq!(victim.active(self.slot).await, Value::Null, "what else would be in charge?");
        }
    }

    /// How often it failed before it was asked no more.
    async fn failures(&self, victim: &Victim, id: &str) -> usize {
        for failed in 0..QUESTIONS_MAX {
            let Some(answer) = victim.ask(self.slot, &self.question).await else { return failed };
            let class = answer["failure"]["class"].as_str().unwrap_or_else(|| panic!("{answer}"));
            match class {
                // Between its last failure and its end.
                "quarantined" => return failed,
                class => {
                    assert_eq!((class, answer["generation"].as_str()), (self.class, Some(id)), "{answer}")
                }
            }
        }
        panic!("{id} is asked again and again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_plugins_fail_their_own_calls_alone_and_are_gone_after_five() {
    let victim = Arc::new(Victim::with(PATIENT).await);
    let good = victim.recover().await;
    let calm = Traffic::start(&victim.agent, CLIENTS);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let calm = calm.end().await;
    let (before, log) = (victim.process().resident(), victim.host.log().len() as u64);
    let began = std::time::Instant::now();
    let traffic = Traffic::start(&victim.agent, CLIENTS);
    let attacks = attackers().map(|attacker| tokio::spawn(attacker.attack(victim.clone())));
    for attack in attacks {
        attack.await.unwrap();
    }
    let seen = traffic.end().await;
    assert!(seen.iter().all(|seen| seen.generation == good && seen.fallback.is_empty()), "a request noticed");
    let (after, log) = (victim.process().resident(), victim.host.log().len() as u64 - log);
    say(&format!(
        "3 hostile plugins, {ROUNDS} times {BUDGET} failures each, beside {} requests: none noticed; p99 {:.1?}, before \
         {:.1?}; memory {} MiB, before {} MiB; {} KiB of log in {:.1?}",
        seen.len(),
        p99(&seen),
        p99(&calm),
        after >> 20,
        before >> 20,
        log >> 10,
        began.elapsed(),
    ));
    // A second's worth for each second and each new generation, and the host's own lines.
    let flood = LOG_SECOND_BYTES * (began.elapsed().as_secs() + 1 + ROUNDS as u64);
    let own = (256 << 10) + 512 * seen.len() as u64;
    assert!(log < flood + own, "{} KiB of log", log >> 10);
    let events = victim.host.json(&["event", "list", "--limit", "200"]).await.to_string();
    assert_eq!(events.matches("generation.quarantined").count(), 3 * ROUNDS, "{events}");
    victim.log_is_clean();
}
