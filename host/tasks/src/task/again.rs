//! A definition that is applied again: what it says otherwise than the last time counts, and what others have changed
//! since stays. It must not know where definitions are kept.

use serde_json::{Map, Value};

use super::Definition;

impl Definition {
    /// This definition over the task's own, `there`, where `applied` is what was applied last: a field that says the same
    /// as then stays as it is there. An input is compared by its top fields.
    #[must_use]
    pub fn again(&self, applied: &Self, there: &Self) -> Self {
        Self {
            name: self.name.clone(),
            title: said(&self.title, &applied.title, &there.title),
            description: said(&self.description, &applied.description, &there.description),
            kind: said(&self.kind, &applied.kind, &there.kind),
            priority: said(&self.priority, &applied.priority, &there.priority),
            parent: said(&self.parent, &applied.parent, &there.parent),
            depends_on: said(&self.depends_on, &applied.depends_on, &there.depends_on),
            skill: said(&self.skill, &applied.skill, &there.skill),
            input: input(&self.input, &applied.input, &there.input),
            checks: said(&self.checks, &applied.checks, &there.checks),
            schedule: said(&self.schedule, &applied.schedule, &there.schedule),
            deadline: said(&self.deadline, &applied.deadline, &there.deadline),
            budgets: said(&self.budgets, &applied.budgets, &there.budgets),
            labels: said(&self.labels, &applied.labels, &there.labels),
            assignee: said(&self.assignee, &applied.assignee, &there.assignee),
        }
    }

    /// Whether these two say the same but for what only people read.
    #[must_use]
    pub fn works_as(&self, other: &Self) -> bool {
        let plain =
            Self { title: other.title.clone(), description: other.description.clone(), ..self.clone() };
        plain == *other
    }
}

fn said<T: Clone + PartialEq>(new: &T, applied: &T, there: &T) -> T {
    if new == applied { there.clone() } else { new.clone() }
}

fn input(new: &Value, applied: &Value, there: &Value) -> Value {
    match (new, applied, there) {
        (Value::Object(new), Value::Object(applied), Value::Object(there)) => {
            Value::Object(fields(new, applied, there))
        }
        _ => said(new, applied, there),
    }
}

fn fields(
    new: &Map<String, Value>,
    applied: &Map<String, Value>,
    there: &Map<String, Value>,
) -> Map<String, Value> {
    let mut all = there.clone();
    for (key, value) in new.iter().filter(|(key, value)| applied.get(*key) != Some(value)) {
        all.insert(key.clone(), value.clone());
    }
    applied.keys().filter(|key| !new.contains_key(*key)).for_each(|key| drop(all.remove(key)));
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(input: Value, title: &str) -> Definition {
        let plain = Definition::named("a".parse().unwrap());
        Definition { input, title: title.to_owned(), ..plain }
    }

    #[test]
    fn what_the_new_one_says_as_before_stays_as_others_have_made_it() {
        let applied = with(json!({"url": "x", "n": 1, "old": true}), "t");
        let there = with(json!({"url": "answered", "n": 1, "old": true, "more": 2}), "theirs");
        assert_eq!(applied.again(&applied, &there), there);
        let new = with(json!({"url": "x", "n": 2}), "new");
        assert_eq!(new.again(&applied, &there), with(json!({"url": "answered", "n": 2, "more": 2}), "new"));
        let whole = with(json!([1]), "t");
        assert_eq!(whole.again(&applied, &there), with(json!([1]), "theirs"));
    }

    #[test]
    fn two_that_differ_in_their_title_work_alike() {
        assert!(with(json!(1), "a").works_as(&with(json!(1), "b")));
        assert!(!with(json!(1), "a").works_as(&with(json!(2), "a")));
    }
}
