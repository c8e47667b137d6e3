//! A call that was made again: what it was, what it is now, and whether that is good.

use patchbay_runtime::FailureClass;
use patchbay_slots::{Answer, Recorded, Replayed, Verdict};
use serde::Serialize;

use crate::cli::recording;

#[derive(Serialize)]
pub struct Again {
    call: String,
    plugin: String,
    verdict: Outcome,
    /// What parts the two answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Verdict>,
    recorded: Answer,
    /// None if it was not made again.
    now: Option<Answer>,
    #[serde(skip)]
    shown: [String; 2],
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Same,
    /// It failed when it was recorded, and another component answers it.
    PassesNow,
    /// It was stopped at its deadline, or never asked, and is not now: that was the machine's load.
    NotReproducible,
    Differs,
    /// Values of it were not kept.
    Skipped,
}

impl Again {
    /// `other` is whether another component was asked.
    pub fn of(recorded: Recorded, replayed: Replayed, other: bool) -> Self {
        let Replayed { verdict, answer } = replayed;
        let outcome = judge(&recorded, &verdict, &answer, other);
        let shown = [&recorded.answer, &answer].map(|answer| recording::answer(answer, &recorded.input));
        Self {
            call: recorded.call,
            plugin: recorded.plugin,
            verdict: outcome,
            difference: (outcome == Outcome::Differs).then_some(verdict),
            recorded: recorded.answer,
            now: Some(answer),
            shown,
        }
    }

    pub fn skipped(recorded: Recorded) -> Self {
        let shown = [recording::answer(&recorded.answer, &recorded.input), String::new()];
        let Recorded { call, plugin, answer, .. } = recorded;
        Self { call, plugin, verdict: Outcome::Skipped, difference: None, recorded: answer, now: None, shown }
    }

    pub fn is_good(&self) -> bool {
        self.verdict != Outcome::Differs
    }

    /// The call and the verdict; below it both answers.
    pub fn words(&self) -> String {
        let verdict = match (self.verdict, &self.difference) {
            (Outcome::Same, _) => "same".to_owned(),
            (Outcome::PassesNow, _) => "passes now".to_owned(),
            (Outcome::NotReproducible, _) => "not reproducible".to_owned(),
            (Outcome::Skipped, _) => "skipped: not all of it was kept".to_owned(),
            (Outcome::Differs, Some(difference)) => recording::verdict(difference),
            (Outcome::Differs, None) => "differs".to_owned(),
        };
        let [recorded, now] = &self.shown;
        let heading = format!("{}  {}  {verdict}\n  recorded  {recorded}", self.call, self.plugin);
        let words = if self.now.is_some() { format!("{heading}\n  now       {now}") } else { heading };
        words.lines().map(crate::cli::output::printable).collect::<Vec<_>>().join("\n")
    }
}

fn judge(recorded: &Recorded, verdict: &Verdict, now: &Answer, other: bool) -> Outcome {
    use FailureClass::{Busy, Deadline, Timeout};
    if *verdict == Verdict::Agree {
        return Outcome::Same;
    }
    let diverged = matches!(verdict, Verdict::Diverged { .. });
    let answers = now.failure().is_none() && !diverged;
    match recorded.answer.failure() {
        Some(_) if other && answers => Outcome::PassesNow,
        Some(Timeout | Deadline | Busy) if answers => Outcome::NotReproducible,
        _ => Outcome::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::recorded;

    fn failed(class: FailureClass) -> Answer {
        Answer::Failed {
            class,
            message: "wasm trap: unreachable (in my::rank)".to_owned(),
            code: String::new(),
        }
    }

    fn again(before: Answer, verdict: Verdict, now: Answer, other: bool) -> Again {
        let recorded = Recorded { answer: before, ..recorded("req_1#1", &[0]) };
        Again::of(recorded, Replayed { verdict, answer: now }, other)
    }

    #[test]
    fn a_call_is_the_same_passes_now_cannot_be_had_again_or_differs() {
        let (ok, trap) = (|| recorded("c", &[0]).answer, || failed(FailureClass::Trap));
        let outcome = || Verdict::Differ { fields: vec!["outcome".to_owned()] };
        let fails = || Verdict::Failed { class: FailureClass::Trap, message: "unreachable".to_owned() };
        let diverged = || Verdict::Diverged { why: "it asked more".to_owned() };
        let check = |again: Again, expect: Outcome, good: bool| {
            assert_eq!((again.verdict, again.is_good()), (expect, good), "{}", again.words());
        };
        check(again(trap(), Verdict::Agree, trap(), false), Outcome::Same, true);
        check(again(trap(), outcome(), ok(), true), Outcome::PassesNow, true);
        check(again(trap(), outcome(), ok(), false), Outcome::Differs, false);
        check(again(trap(), diverged(), ok(), true), Outcome::Differs, false);
        check(again(ok(), fails(), trap(), true), Outcome::Differs, false);
        check(again(failed(FailureClass::Timeout), outcome(), ok(), false), Outcome::NotReproducible, true);
        check(again(failed(FailureClass::Timeout), outcome(), ok(), true), Outcome::PassesNow, true);
        check(again(failed(FailureClass::Timeout), fails(), trap(), false), Outcome::Differs, false);
        check(Again::skipped(recorded("c", &[0])), Outcome::Skipped, true);
    }

    #[test]
    fn a_trap_is_shown_with_the_plugins_own_functions() {
        let trap = || failed(FailureClass::Trap);
        let text = again(trap(), Verdict::Agree, trap(), false).words();
        assert_eq!(
            text,
            "req_1#1  steady@1.0.0  same\n  recorded  wasm trap: unreachable (in my::rank)\n  now       wasm trap: \
             unreachable (in my::rank)"
        );
    }
}
