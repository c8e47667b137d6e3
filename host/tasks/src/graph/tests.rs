//! Circles, levels, and a long chain.

use super::*;

fn name(text: &str) -> TaskName {
    text.parse().unwrap()
}

fn graph(rows: &[(&str, Option<&str>, &[&str])]) -> Graph {
    let mut graph = Graph::default();
    for (task, parent, depends_on) in rows {
        let depends_on = depends_on.iter().map(|one| name(one)).collect();
        graph.add(name(task), parent.map(name), depends_on).unwrap();
    }
    graph
}

fn message(rows: &[(&str, Option<&str>, &[&str])]) -> String {
    graph(rows).places().unwrap_err().to_string()
}

#[test]
fn a_circle_is_refused_with_its_whole_path() {
    let found = message(&[("a", None, &["b"]), ("b", None, &["a"])]);
    assert!(found.contains("a -> b -> a;"), "{found}");
    let found =
        message(&[("x", None, &["a"]), ("a", None, &["b"]), ("b", None, &["c"]), ("c", None, &["a"])]);
    assert!(found.contains("a -> b -> c -> a;"), "{found}");
}

#[test]
fn a_child_that_waits_for_its_parent_is_a_circle() {
    let found = message(&[("p", None, &[]), ("c", Some("p"), &["p"])]);
    assert!(found.contains("p -> c -> p"), "{found}");
    let found = message(&[("a", Some("b"), &[]), ("b", Some("a"), &[])]);
    assert!(found.contains("a -> b -> a"), "{found}");
}

#[test]
fn what_is_missing_or_there_twice_is_named() {
    assert!(message(&[("a", None, &["b"])]).contains("names b, which is not there"));
    let twice = graph(&[("a", None, &[])]).add(name("a"), None, Vec::new()).unwrap_err();
    assert_eq!(twice, GraphError::Twice { task: name("a") });
}

#[test]
fn levels_follow_parents_and_have_a_bound() {
    let places = graph(&[("c", Some("b"), &[]), ("a", None, &[]), ("b", Some("a"), &[])]).places().unwrap();
    assert_eq!(places[0], Place { root: name("a"), level: 3 });
    let mut deep = Graph::default();
    for level in 0..=usize::from(LEVEL_MAX) {
        let parent = level.checked_sub(1).map(|above| name(&format!("t{above}")));
        deep.add(name(&format!("t{level}")), parent, Vec::new()).unwrap();
    }
    assert_eq!(deep.places(), Err(GraphError::Deep { task: name("t16") }));
}

#[test]
fn a_parent_may_go_on_when_no_child_can_change_by_itself() {
    let (a, b) = (name("a"), name("b"));
    let child = |state| dependency_state([], [(&a, StateName::Succeeded), (&b, state)]);
    for state in [StateName::Succeeded, StateName::Voided, StateName::NeedsHuman] {
        assert_eq!(child(state), DependencyState::Met);
    }
    assert!(matches!(child(StateName::Backoff), DependencyState::Waiting { .. }));
    assert!(matches!(child(StateName::Dead), DependencyState::Broken { .. }));
    let needs = dependency_state([(&a, StateName::NeedsHuman)], []);
    assert_eq!(needs, DependencyState::Waiting { on: a.clone(), state: StateName::NeedsHuman });
    let both = dependency_state([(&a, StateName::Ready), (&b, StateName::Cancelled)], []);
    assert!(matches!(both, DependencyState::Broken { .. }), "what is broken is said first");
}

#[test]
fn a_chain_of_a_hundred_thousand_needs_no_deep_stack() {
    let mut graph = Graph::default();
    for number in 0..100_000 {
        let before = if number > 0 { vec![name(&format!("t{}", number - 1))] } else { Vec::new() };
        graph.add(name(&format!("t{number}")), None, before).unwrap();
    }
    let begun = std::time::Instant::now();
    assert_eq!(graph.places().unwrap().len(), 100_000);
    println!("100,000 tasks in a chain: {:?}", begun.elapsed());
    graph.nodes[0].depends_on = vec![name("t99999")];
    let GraphError::Cycle { path } = graph.places().unwrap_err() else { panic!("no circle") };
    assert_eq!(path.len(), 100_001);
}
