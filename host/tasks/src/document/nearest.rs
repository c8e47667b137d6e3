//! The known field that somebody may have meant. It must not know which fields there are.

/// The nearest of `known`, if few enough letters differ for it to be a slip.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let slip = 1 + word.chars().count() / 4;
    let near = known.iter().map(|name| (distance(word, name), *name)).min()?;
    (near.0 <= slip).then_some(near.1)
}

/// Letters to insert, drop or replace (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut next = vec![line + 1];
        for (other, pair) in to.chars().zip(row.windows(2)) {
            let [above_left, above] = pair else { continue };
            let left = next.last().copied().unwrap_or(line);
            next.push((above_left + usize::from(letter != other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
