//! What is asked of others, by somebody who answers as the test says.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::{Answering, NoAnswer, NotEnough, Opinion, is_enough};

/// Answers by name or question; whoever has none is silent for ever.
#[derive(Default)]
pub(super) struct Others {
    answers: Mutex<BTreeMap<String, Result<Opinion, NoAnswer>>>,
    asked: Mutex<Vec<String>>,
}

impl Others {
    fn answer(&self, about: &str, answer: Result<bool, &str>) {
        let opinion = |holds| Opinion { holds, text: "so it is".to_owned() };
        let answer = answer.map(opinion).map_err(|reason| NoAnswer(reason.to_owned()));
        self.answers.lock().unwrap().insert(about.to_owned(), answer);
    }

    fn told<'a>(&'a self, about: &str, with: &Value) -> Answering<'a> {
        self.asked.lock().unwrap().push(format!("{about} {with}"));
        let answer = self.answers.lock().unwrap().get(about).cloned();
        Box::pin(async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}

impl OtherChecks for Others {
    fn missing(&self, check: &Check) -> Option<String> {
        let Check::Skill { skill, .. } = check else { return None };
        (skill == "missing").then(|| "there is no skill \"missing\": load it".to_owned())
    }

    fn skill<'a>(&'a self, name: &'a str, input: &'a Value) -> Answering<'a> {
        self.told(name, input)
    }

    fn judge<'a>(&'a self, question: &'a str, output: &'a Value) -> Answering<'a> {
        self.told(question, output)
    }
}

fn skill(name: &str) -> Value {
    json!({"kind": "skill", "skill": name, "input": {"a": 1}})
}

fn judge(question: &str) -> Value {
    json!({"kind": "llm-judge", "question": question})
}

#[tokio::test]
async fn a_skills_outcome_is_the_verdict() {
    let desk = desk();
    desk.others.answer("good", Ok(true));
    desk.others.answer("bad", Ok(false));
    desk.others.answer("broken", Err("it trapped"));
    assert_eq!(desk.one(skill("good")).await, (Ended::Held, "skill \"good\" says yes: so it is".to_owned()));
    assert_eq!(desk.ended(skill("bad")).await, Ended::Failed);
    let (ended, text) = desk.one(skill("broken")).await;
    assert_eq!(ended, Ended::NotRun);
    assert!(text.ends_with("gave no answer, expected a yes or a no: it trapped"), "{text}");
    assert_eq!(desk.others.asked.lock().unwrap()[0], r#"good {"a":1}"#);
}

#[tokio::test]
async fn a_model_is_asked_about_the_output() {
    let desk = desk();
    desk.others.answer("Is it complete?", Ok(true));
    desk.others.answer("Is it short?", Ok(false));
    assert_eq!(desk.ended(judge("Is it complete?")).await, Ended::Held);
    assert_eq!(desk.ended(judge("Is it short?")).await, Ended::Failed);
    assert_eq!(desk.others.asked.lock().unwrap()[0], r#"Is it complete? {"rows":3}"#);
}

#[tokio::test]
async fn others_have_their_time_too() {
    let desk = desk().hasty();
    assert_eq!(desk.ended(skill("silent")).await, Ended::TimedOut);
    assert_eq!(desk.ended(judge("silent")).await, Ended::TimedOut);
}

#[tokio::test]
async fn a_skill_that_is_not_there_is_refused() {
    let desk = desk();
    let said = desk.refusal(skill("missing")).await;
    assert_eq!(said, "check `skill` cannot be asked now: there is no skill \"missing\": load it");
    assert!(desk.others.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn how_long_a_check_took_is_told() {
    struct Slow(ManualClock);
    impl OtherChecks for Slow {
        fn skill<'a>(&'a self, _: &'a str, _: &'a Value) -> Answering<'a> {
            self.0.advance(Duration::from_millis(1_234));
            Box::pin(async { Ok(Opinion { holds: true, text: String::new() }) })
        }
        fn judge<'a>(&'a self, _: &'a str, _: &'a Value) -> Answering<'a> {
            Box::pin(std::future::pending())
        }
    }
    let desk = desk();
    let verifier = Verifier { others: Arc::new(Slow(desk.clock.clone())), ..desk.verifier() };
    let verdict = verifier.verify(&[check(skill("slow"))], &Value::Null, &CancellationToken::new()).await;
    assert_eq!(verdict.results[0].took_ms, 1_234);
}

#[test]
fn opinions_alone_are_not_enough_for_what_cannot_be_taken_back() {
    let (opinion, file) = (check(judge("Well?")), there("/x"));
    assert_eq!(is_enough(&[opinion.clone(), opinion.clone()], true), Err(NotEnough { found: 2 }));
    assert_eq!(is_enough(std::slice::from_ref(&opinion), false), Ok(()));
    assert_eq!(is_enough(&[opinion.clone(), file], true), Ok(()));
    assert_eq!(is_enough(&[opinion, check(json!({"kind": "human", "question": "Well?"}))], true), Ok(()));
    assert_eq!(is_enough(&[], true), Ok(()));
}
