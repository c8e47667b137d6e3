//! `patchbay plugin promote` and `discard`: how a trial ends.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use http::Method;
use patchbay_admin::api::PromoteOptions;
use patchbay_types::{GenerationId, SlotName};
use serde::Deserialize;

use super::change::{Changed, slot_path};
use crate::cli::slot::ReportRow;
use crate::cli::{AnswerOptions, Failure, Status, answer, output, recording};
use crate::client::{ClientError, Request};

/// Each recorded call may take as long as the plugin may.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// Differences that are shown when a promotion is refused.
const SHOWN: usize = 3;

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  patchbay plugin promote --slot routing\n  \
                        patchbay plugin promote --slot routing --accept-diff \"short requests go to beta now\"\n  \
                        patchbay plugin promote --slot routing 4      an earlier generation, under a new number")]
pub struct Promote {
    /// An earlier generation, by its number [default: the candidate on trial]
    #[arg(value_name = "GENERATION")]
    generation: Option<Number>,
    #[arg(long, value_name = "SLOT")]
    slot: SlotName,
    /// Recorded calls that it must answer first
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(0..=2_000))]
    calls: u32,
    /// Why it may answer some of them otherwise: kept in the audit
    #[arg(long, value_name = "WHY")]
    accept_diff: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
pub struct Discard {
    #[arg(long, value_name = "SLOT")]
    slot: SlotName,
    #[command(flatten)]
    answer: AnswerOptions,
}

/// `4` or `routing/4`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Number {
    slot: Option<SlotName>,
    number: u64,
}

#[derive(Deserialize)]
struct Promoted {
    generation: Changed,
    gate: GateRow,
}

#[derive(Deserialize)]
struct GateRow {
    calls: usize,
    agree: usize,
    differ: usize,
    diverged: usize,
    failed: usize,
    skipped: usize,
}

impl Promote {
    /// # Errors
    /// There is no trial, or the candidate failed or answered otherwise: the one in charge then stays.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let options = PromoteOptions {
            generation: self.number()?,
            calls: usize::try_from(self.calls).ok(),
            accept_diff: self.accept_diff.clone(),
        };
        let request = Request::submit(Method::POST, slot_path(&self.slot, "promote"), &options);
        match answer::attempt(dir, request.within(ANSWER_TIMEOUT)).await {
            Ok(answer) if self.answer.json => output::line(&answer.text()),
            Ok(answer) => {
                let Promoted { generation, gate } = answer.read()?;
                generation.tell(&self.slot);
                output::note(&gate.words());
            }
            Err(ClientError::Refused(refusal)) if refusal.code == "differs" => {
                return Err(differs(dir, &self.slot, ClientError::Refused(refusal).into()).await);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn number(&self) -> Result<Option<u64>, Failure> {
        let Some(Number { slot, number }) = &self.generation else { return Ok(None) };
        match slot.as_ref().filter(|slot| **slot != self.slot) {
            Some(slot) => {
                let message = format!("generation {slot}/{number} is not one of slot {}", self.slot);
                Err(Failure::new(message).status(Status::Usage))
            }
            None => Ok(Some(*number)),
        }
    }
}

/// The first differences go to standard error, before the refusal.
async fn differs(dir: &Path, slot: &SlotName, refusal: Failure) -> Failure {
    let request = Request::get(format!("{}?limit={SHOWN}", slot_path(slot, "trial")));
    let report = answer::ask(dir, request).await.and_then(|answer| Ok(answer.read::<ReportRow>()?));
    let differences = report.map(|report| report.differences).unwrap_or_default();
    if differences.is_empty() {
        return refusal.hint(format!(
            "see where: `patchbay call export --slot {slot} -o x.calls`, then `patchbay plugin replay x.calls --with \
             NEW.wasm`"
        ));
    }
    differences.iter().for_each(|difference| output::note(&recording::difference(difference)));
    refusal
}

impl Discard {
    /// # Errors
    /// There is no trial.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let request = Request::change(Method::POST, slot_path(&self.slot, "discard"));
        let answer = answer::ask(dir, request).await?;
        match self.answer.json {
            true => output::line(&answer.text()),
            false => answer.read::<Changed>()?.tell_discarded(&self.slot),
        }
        Ok(())
    }
}

impl GateRow {
    fn words(&self) -> String {
        let Self { calls, agree, differ, diverged, failed, skipped } = self;
        let skipped = match skipped {
            0 => String::new(),
            skipped => format!("; {skipped} more could not be made again"),
        };
        format!(
            "of {calls} recorded calls {agree} agree, {differ} differ, {diverged} diverged, {failed} failed{skipped}"
        )
    }
}

impl std::str::FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = text.parse::<GenerationId>().map(|id| Self { slot: Some(id.slot), number: id.number });
        let number = || text.parse().ok().map(|number| Self { slot: None, number });
        whole.ok().or_else(number).ok_or_else(|| "expected a number: 4, or routing/4".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_named_with_or_without_its_slot() {
        let routing = Some(SlotName::routing());
        assert_eq!("4".parse(), Ok(Number { slot: None, number: 4 }));
        assert_eq!("routing/4".parse(), Ok(Number { slot: routing, number: 4 }));
        assert!("four".parse::<Number>().is_err());
    }

    #[test]
    fn the_gate_says_what_came_of_the_calls() {
        let gate = GateRow { calls: 9, agree: 6, differ: 2, diverged: 1, failed: 0, skipped: 3 };
        assert_eq!(
            gate.words(),
            "of 9 recorded calls 6 agree, 2 differ, 1 diverged, 0 failed; 3 more could not be made again"
        );
    }
}
