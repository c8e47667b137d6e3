//! In which order tasks are made that are given together. It must not know how one is made.

use std::collections::{BTreeSet, HashMap};

use patchbay_tasks::TaskName;

use super::Wanted;

/// What others wait for before them: a task is there only once its children and its dependencies are, so it cannot begin
/// without them. There is no circle.
pub(super) fn in_order(wanted: Vec<Wanted>) -> Vec<Wanted> {
    let order = numbers_in_order(&wanted);
    let mut wanted: Vec<Option<Wanted>> = wanted.into_iter().map(Some).collect();
    order.into_iter().filter_map(|number| wanted.get_mut(number).and_then(Option::take)).collect()
}

fn numbers_in_order(wanted: &[Wanted]) -> Vec<usize> {
    let numbers: HashMap<&TaskName, usize> =
        wanted.iter().enumerate().map(|(number, one)| (&one.definition.name, number)).collect();
    let mut then: Vec<Vec<usize>> = vec![Vec::new(); wanted.len()];
    let mut waits = vec![0_usize; wanted.len()];
    let mut arrow = |from: usize, to: usize| {
        if let (Some(list), Some(count)) = (then.get_mut(from), waits.get_mut(to)) {
            list.push(to);
            *count += 1;
        }
    };
    for (number, one) in wanted.iter().enumerate() {
        let needed = one.definition.depends_on.iter().filter_map(|name| numbers.get(name));
        needed.for_each(|needed| arrow(*needed, number));
        if let Some(parent) = one.definition.parent.as_ref().and_then(|parent| numbers.get(parent)) {
            arrow(number, *parent);
        }
    }
    let mut free: BTreeSet<usize> =
        waits.iter().enumerate().filter(|(_, count)| **count == 0).map(|(number, _)| number).collect();
    let mut order = Vec::with_capacity(wanted.len());
    while let Some(number) = free.pop_first() {
        order.push(number);
        for next in then.get(number).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*next) {
                *count -= 1;
                if *count == 0 {
                    free.insert(*next);
                }
            }
        }
    }
    order
}
