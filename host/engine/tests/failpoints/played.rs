//! Who works, checks, thinks and acts: what each does follows from the task alone, and each run leaves its fence in a
//! file. It must not know that its process ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use patchbay_engine::{
    Asked, Checks, Doing, Done, Ended, FailureFacts, Hands, Job, Minds, ProblemFacts, Proposed, Skills,
    Verdict,
};
use patchbay_tasks::{Action, Check, Fix, Offered, OfferedPart, Task};
use patchbay_types::{Digest, NanoUsd, Tokens};
use serde_json::{Value, json};

/// How long the slow one takes: several heartbeats.
const SLOW: Duration = Duration::from_millis(150);
const SLOW_PARTS: u32 = 10;

pub(crate) struct Played {
    folder: PathBuf,
    effects: File,
}

impl Played {
    pub(crate) fn new(folder: &Path) -> std::io::Result<Self> {
        Ok(Self { folder: folder.to_owned(), effects: effects(folder)? })
    }

    /// `begin NAME FENCE PROCESS`, in one write.
    fn effect(&self, word: &str, job: &Job) {
        let (name, fence, process) = (&job.task.definition.name, job.fence.0, std::process::id());
        let _ = (&self.effects).write_all(format!("{word} {name} {fence} {process}\n").as_bytes());
    }

    /// Whether this is the first time, over all processes.
    fn is_first(&self, what: &str) -> bool {
        OpenOptions::new().create_new(true).write(true).open(self.folder.join(what)).is_ok()
    }

    async fn work(&self, job: &Job) -> Done {
        let input = &job.task.definition.input;
        let is_right = input["setting"] == json!("right");
        match input["do"].as_str().unwrap_or_default() {
            "slow" => {
                for part in 0..SLOW_PARTS {
                    job.run.line("stdout", &format!("part {part}"));
                    tokio::time::sleep(SLOW / SLOW_PARTS).await;
                }
                succeeded(true)
            }
            "hang-once" if !self.is_first("hung") => succeeded(true),
            "hang" | "hang-once" => {
                job.run.line("stdout", "here I am");
                job.cancel.cancelled().await;
                Done::Cancelled
            }
            "not-now" if self.is_first("not-now") => Done::NotNow("not now".to_owned()),
            "fail" => failed(job, "KeyError: 'user'"),
            "until-closed" if !self.folder.join("closed").exists() => failed(job, "KeyError: 'closed'"),
            "until-mended" if !self.folder.join("mended").exists() => failed(job, "KeyError: 'mended'"),
            "need" if !is_right => failed(job, "ValueError: wrong setting"),
            "output" => succeeded(is_right),
            _ => succeeded(true),
        }
    }
}

/// To be written on, from the beginning of a line: a kill may cut the last one where it crosses a page of memory.
pub(crate) fn effects(folder: &Path) -> std::io::Result<File> {
    let mut effects = OpenOptions::new().create(true).read(true).append(true).open(folder.join("effects"))?;
    let mut last = [b'\n'];
    if effects.metadata()?.len() > 0 {
        effects.seek(SeekFrom::End(-1))?;
        effects.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        effects.write_all(b"\n")?;
    }
    Ok(effects)
}

impl Skills for Played {
    fn missing<'a>(&'a self, task: &'a Task) -> Doing<'a, Vec<String>> {
        let missing = task.definition.input["lacks"].as_str().map(str::to_owned);
        Box::pin(async move { missing.into_iter().collect() })
    }

    fn digest(&self, _: &str) -> Option<Digest> {
        Some(Digest::of(b"skill"))
    }

    fn run(&self, job: Job) -> Doing<'_, Ended> {
        Box::pin(async move {
            self.effect("begin", &job);
            let done = self.work(&job).await;
            self.effect("end", &job);
            Ended { done, tokens: Tokens(0), cost: NanoUsd(0) }
        })
    }
}

fn succeeded(ok: bool) -> Done {
    Done::Succeeded { summary: "done".to_owned(), output: json!({"ok": ok}) }
}

/// Each task has a problem of its own.
fn failed(job: &Job, message: &str) -> Done {
    Done::Failed {
        class: "exit:1".to_owned(),
        message: message.to_owned(),
        explicit: Some(job.task.definition.name.to_string()),
        step: None,
        retry_after: None,
        output: Value::Null,
    }
}

impl Checks for Played {
    fn possible(&self, _: &Check) -> Result<(), String> {
        Ok(())
    }

    fn verify<'a>(&'a self, _: &'a [Check], task: &'a Task, output: &'a Value) -> Doing<'a, Verdict> {
        let passed = output["ok"] == json!(true) || output.is_null();
        // Told by its task, as its words would not tell it from another's.
        let found = format!("the output of {} says ok: {passed}", task.definition.name);
        Box::pin(async move { Verdict { passed, found: vec![found] } })
    }
}

impl Minds for Played {
    fn analyze<'a>(&'a self, _: &'a FailureFacts) -> Doing<'a, Option<Asked>> {
        Box::pin(async move {
            Some(Asked {
                by: "played".to_owned(),
                plugin: None,
                class: String::new(),
                cause: "the setting is wrong".to_owned(),
                retry_after: None,
                attributes: Vec::new(),
            })
        })
    }

    fn propose<'a>(&'a self, facts: &'a ProblemFacts, from: usize) -> Doing<'a, Option<Proposed>> {
        Box::pin(async move {
            let actions = plan(facts.task.definition.name.as_str(), from)?;
            let plan = Offered {
                title: "set it".to_owned(),
                reason: "it is wrong".to_owned(),
                actions,
                confidence: 0.9,
                ..Offered::default()
            };
            Some(Proposed {
                next: from + 1,
                by: "played".to_owned(),
                plugin: None,
                plan,
                attributes: Vec::new(),
            })
        })
    }

    fn configuration(&self) -> Digest {
        Digest::of(b"configuration")
    }
}

/// The plans for a task, in their order.
fn plan(task: &str, number: usize) -> Option<Vec<OfferedPart>> {
    let right = part("set-input", json!({"patch": {"setting": "right"}}));
    let wrong = part("set-input", json!({"patch": {"setting": format!("wrong {number}")}}));
    let sub = json!({"task": {"name": "mended-sub", "skill": "played"}});
    let cool = json!({"provider": "p", "for_ms": 1});
    Some(match (task, number) {
        ("undone" | "wrong-output", 0) | ("second-plan" | "broken-hands", 1) => vec![right],
        ("mended", 0) => vec![
            part("notify", json!({"text": "I mend it"})),
            part("subtask", sub),
            part("run-skill", json!({"skill": "mend"})),
            part("retry", json!({"after_ms": 50})),
            right,
        ],
        // Long enough to be taken back before its task runs again.
        ("taken-back", 0) => vec![part("retry", json!({"after_ms": 300}))],
        ("taken-back", 1) => vec![right],
        ("closed-amid", 0) => vec![part("run-skill", json!({"skill": "slow"})), right],
        ("approved" | "left-alone", 0) => vec![part("cool-provider", cool), right],
        ("second-plan", 0) | ("for-ever", _) => vec![wrong],
        ("broken-hands", 0) => vec![part("run-skill", json!({"skill": "broken"}))],
        (flood, 0) if flood.starts_with("flood-") => vec![right],
        ("escalated", 0) => vec![part("escalate", json!({"reason": "only a person knows"}))],
        _ => return None,
    })
}

fn part(kind: &str, arguments: Value) -> OfferedPart {
    OfferedPart { kind: kind.to_owned(), arguments: arguments.to_string() }
}

impl Hands for Played {
    fn act<'a>(&'a self, action: &'a Action, _: &'a Task, _: &'a Fix) -> Doing<'a, Result<String, String>> {
        let skill = match action {
            Action::RunSkill { skill, .. } => skill.as_str(),
            _ => "",
        };
        Box::pin(async move {
            match skill {
                "broken" => return Err("it is broken".to_owned()),
                "slow" => tokio::time::sleep(SLOW * 2).await,
                _ => {}
            }
            Ok("done".to_owned())
        })
    }
}
