//! A skill that an operator tries, outside of any task. It must not know who asks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use patchbay_admin::api::{SkillArtifact, SkillLine, SkillRan};
use patchbay_admin::{RunningSkill, SkillPort};
use patchbay_engine::Done;
use patchbay_runtime::Scope;
use patchbay_runtime::exchange::{Input, Invocation};
use patchbay_types::{Clock, GenerationId, RequestId};
use serde_json::Value;

use super::{Shared, chain, skills};
use crate::capability::Work;
use crate::capability::job::{Artifact, Keeping, Run};

/// Lines that are kept of a run, and their bytes; the oldest go.
const LINES_MAX: usize = 1_000;
const LINES_BYTES_MAX: usize = 1 << 20;
/// Artifacts that are named.
const ARTIFACTS_MAX: usize = 100;

pub(super) struct ByHand {
    pub(super) shared: Arc<Shared>,
    pub(super) clock: Arc<dyn Clock>,
}

/// What a run says of itself.
#[derive(Default)]
pub(super) struct Heard(Mutex<Said>);

#[derive(Default)]
struct Said {
    lines: VecDeque<SkillLine>,
    bytes: usize,
    dropped: u64,
    artifacts: Vec<SkillArtifact>,
}

impl SkillPort for ByHand {
    fn run<'a>(&'a self, skill: &'a str, input: &'a Value, timeout: Duration) -> RunningSkill<'a> {
        Box::pin(async move {
            let shared = &self.shared;
            let call = RequestId::fresh().as_str().replacen("req_", "skill_", 1);
            let found = chain::skilled(&shared.slots, skill, &call).await;
            let (pin, _) = found.ok_or_else(|| chain::lacking(&shared.slots, skill))?;
            let invocation = Invocation {
                id: call.clone(),
                skill: skill.to_owned(),
                input: input.to_string(),
                attempt: 1,
                attributes: Vec::new(),
            };
            let heard = Arc::new(Heard::default());
            let work = Work { run: heard.clone(), ..Work::default() };
            let began = self.clock.monotonic();
            let running = skills::ask(shared, &pin, &call, Input::Run { invocation }, work, None);
            let done = tokio::time::timeout(timeout, running).await.unwrap_or_else(|_| {
                skills::failed("timeout", format!("it was not done after {} s", timeout.as_secs()))
            });
            let took = self.clock.monotonic().since(began);
            let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            Ok(ran((pin.id(), call), done, heard.take(), took_ms))
        })
    }
}

fn ran((generation, call): (GenerationId, String), done: Done, said: Said, took_ms: u64) -> SkillRan {
    let blank = SkillRan {
        generation,
        call,
        status: "failed".to_owned(),
        code: String::new(),
        summary: String::new(),
        output: Value::Null,
        step: None,
        lines: said.lines.into(),
        lines_dropped: said.dropped,
        artifacts: said.artifacts,
        took_ms,
    };
    match done {
        Done::Succeeded { summary, output } => {
            SkillRan { status: "succeeded".to_owned(), summary, output, ..blank }
        }
        Done::Failed { class, message, step, output, .. } => {
            SkillRan { code: class, summary: message, output, step, ..blank }
        }
        Done::Cancelled => SkillRan { status: "cancelled".to_owned(), ..blank },
        Done::OverBudget(reason) => SkillRan { code: "budget".to_owned(), summary: reason, ..blank },
        Done::NotNow(reason) => SkillRan { code: "not-now".to_owned(), summary: reason, ..blank },
    }
}

impl Heard {
    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Said {
        std::mem::take(&mut *self.said())
    }

    fn line(&self, stream: &str, text: &str) {
        let mut said = self.said();
        said.bytes += text.len();
        said.lines.push_back(SkillLine { stream: stream.to_owned(), text: text.to_owned() });
        while said.lines.len() > LINES_MAX || said.bytes > LINES_BYTES_MAX {
            let Some(oldest) = said.lines.pop_front() else { return };
            said.bytes -= oldest.text.len();
            said.dropped += 1;
        }
    }
}

impl Run for Heard {
    fn log_line(&self, _: &Scope, stream: &'static str, text: &str) {
        self.line(stream, text);
    }

    fn progress(&self, _: &Scope, done: u64, total: Option<u64>, note: &str) {
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        self.line("progress", &format!("{done}{of} {note}"));
    }

    fn heartbeat(&self, _: &Scope) {}

    fn artifact<'a>(&'a self, _: &'a Scope, artifact: Artifact) -> Keeping<'a> {
        let Artifact { name, media_type, contents } = artifact;
        let bytes = u64::try_from(contents.len()).unwrap_or(u64::MAX);
        let mut said = self.said();
        if said.artifacts.len() < ARTIFACTS_MAX {
            said.artifacts.push(SkillArtifact { name, media_type, bytes });
        }
        Box::pin(async { Ok(()) })
    }

    fn cancelled(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_the_others_counted() {
        let heard = Heard::default();
        (0..LINES_MAX + 5).for_each(|n| heard.line("stdout", &n.to_string()));
        heard.line("stderr", "the last");
        let said = heard.take();
        assert_eq!((said.lines.len(), said.dropped), (LINES_MAX, 6));
        assert_eq!(said.lines.back().map(|line| line.text.as_str()), Some("the last"));
        let heard = Heard::default();
        (0..3).for_each(|_| heard.line("stdout", &"x".repeat(LINES_BYTES_MAX / 2)));
        let said = heard.take();
        assert_eq!((said.lines.len(), said.dropped), (2, 1));
    }
}
