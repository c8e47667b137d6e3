//! The known word that somebody may have meant.

/// The nearest of `known`, if few enough letters differ for it to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slip = 1 + word.chars().count() / 4;
    known
        .map(|name| (distance(word, name), name))
        .min()
        .filter(|(letters, _)| *letters <= slip)
        .map(|(_, n)| n)
}

/// Letters to insert, drop or replace (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut above_left = line;
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = above_left + usize::from(letter != *other);
            above_left = row[column + 1];
            row[column + 1] = replaced.min(above_left + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_a_different_word_is_not() {
        let known = || ["listen", "metrics_listen", "body_timeout"].into_iter();
        assert_eq!(nearest("lisen", known()), Some("listen"));
        assert_eq!(nearest("body_timout", known()), Some("body_timeout"));
        assert_eq!(nearest("metric_listen", known()), Some("metrics_listen"));
        assert_eq!(nearest("port", known()), None);
        assert_eq!(nearest("", known()), None);
    }
}
