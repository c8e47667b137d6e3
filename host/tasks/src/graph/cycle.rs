//! A circle of tasks that wait for each other, by a walk in depth with a stack of its own. It knows numbers, not tasks.

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnTheWay,
    Done,
}

/// The way from a task back to itself, with that task at both ends.
pub(super) fn find(waits_for: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut marks = vec![Mark::New; waits_for.len()];
    (0..waits_for.len()).find_map(|start| walk(start, waits_for, &mut marks))
}

fn walk(start: usize, waits_for: &[Vec<usize>], marks: &mut [Mark]) -> Option<Vec<usize>> {
    if marks.get(start) != Some(&Mark::New) {
        return None;
    }
    set(marks, start, Mark::OnTheWay);
    // Each task on the way, with the number of its arrows that were followed.
    let mut way = vec![(start, 0)];
    while let Some((number, followed)) = way.last_mut() {
        let next = waits_for.get(*number).and_then(|arrows| arrows.get(*followed)).copied();
        *followed += 1;
        match next.map(|next| (next, marks.get(next))) {
            None => {
                set(marks, *number, Mark::Done);
                way.pop();
            }
            Some((next, Some(Mark::OnTheWay))) => return Some(circle(&way, next)),
            Some((next, Some(Mark::New))) => {
                set(marks, next, Mark::OnTheWay);
                way.push((next, 0));
            }
            Some(_) => {}
        }
    }
    None
}

fn set(marks: &mut [Mark], number: usize, mark: Mark) {
    if let Some(place) = marks.get_mut(number) {
        *place = mark;
    }
}

fn circle(way: &[(usize, usize)], closing: usize) -> Vec<usize> {
    let from = way.iter().map(|(number, _)| *number).skip_while(|number| *number != closing);
    from.chain([closing]).collect()
}
