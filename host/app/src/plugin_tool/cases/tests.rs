//! The SDK's format of questions and answers is the runtime's, and so are its defaults.

use patchbay_sdk::{
    Candidate, Diagnosis, Exhausted, Failure as Failed, FixPlan, Invocation, Item, Message, Outcome, Page,
    Problem, Receipt, Request, ResultNote, RouteDescription, SkillDescription,
};
use patchbay_types::SlotKind;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::*;

/// What the runtime asks when nothing is said, and what the SDK takes for it.
fn same<T: DeserializeOwned + Serialize + Default + PartialEq + std::fmt::Debug>(
    kind: SlotKind,
    ask: &str,
    field: &str,
) {
    let input = json!(Input::read(kind, json!({ "ask": ask })).unwrap());
    let read: T = serde_json::from_value(input[field].clone()).unwrap();
    assert_eq!(read, T::default(), "{ask}");
    assert_eq!(json!(read), input[field], "{ask}");
}

#[test]
fn each_question_is_read_with_the_same_defaults() {
    same::<Request>(SlotKind::Routing, "rank", "request");
    same::<Failed>(SlotKind::Analyzers, "analyze", "failure");
    same::<Problem>(SlotKind::Strategies, "propose", "problem");
    same::<Invocation>(SlotKind::Skills, "run", "invocation");
    same::<Message>(SlotKind::Notifiers, "send", "message");
    same::<ResultNote>(SlotKind::Sources, "complete", "note");
}

#[test]
fn a_candidate_has_the_fields_of_the_runtimes() {
    let question = json!({ "candidates": [Candidate::default()] });
    let input = json!(Input::read(SlotKind::Routing, question).unwrap());
    assert_eq!(input["candidates"][0], json!(Candidate::default()));
}

#[test]
fn each_answer_is_one_of_the_runtimes() {
    let plan = FixPlan::new("t", "r")
        .action("retry", json!({ "a": 1 }))
        .check("exit-zero", json!({}))
        .undo("restart", json!(null))
        .attribute("a", "b");
    let answers = [
        json!({ "decision": Decision::new([1, 0], "r").otherwise(Exhausted::reject_for_ms(5)) }),
        json!({ "diagnosis": Some(Diagnosis::new("c", "d").retry_after_ms(7).attribute("a", "b")) }),
        json!({ "diagnosis": null }),
        json!({ "plan": Some(plan) }),
        json!({ "skills": [SkillDescription::new("n", "d").input(json!({ "type": "object" }))] }),
        json!({ "outcome": Outcome::succeeded("s").output(json!({ "n": 1 })) }),
        json!({ "routes": [RouteDescription::new("k", "d")] }),
        json!({ "receipt": Receipt::new("7") }),
        json!({ "page": Page::new([Item::new("a", "1", "t").body("b")], "c") }),
        json!({ "claim": "c" }),
        json!("done"),
    ];
    for answer in answers {
        let read: Output =
            serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{answer}: {error}"));
        assert_eq!(json!(read), answer);
    }
}
