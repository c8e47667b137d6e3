//! From the OpenMetrics text that the library writes to the classic text format, which every scraper and `promtool`
//! read. They differ in how a counter's help and type name it.

use std::collections::HashSet;

/// The same with `_total` in the help and type of counters.
pub(super) fn classic(open_metrics: &str) -> String {
    let counters: HashSet<&str> = open_metrics.lines().filter_map(counter).collect();
    let mut text = String::with_capacity(open_metrics.len() + open_metrics.len() / 16);
    for line in open_metrics.lines() {
        match described(line).filter(|(_, name, _)| counters.contains(name)) {
            Some((word, name, rest)) => text.extend([word, " ", name, "_total ", rest]),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn counter(line: &str) -> Option<&str> {
    line.strip_prefix("# TYPE ")?.strip_suffix(" counter")
}

/// `# HELP`, the name, and what is said of it.
fn described(line: &str) -> Option<(&str, &str, &str)> {
    let word = ["# HELP", "# TYPE"].into_iter().find(|word| line.starts_with(word))?;
    let (name, rest) = line.get(word.len() + 1..)?.split_once(' ')?;
    Some((word, name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_described_by_the_name_of_its_samples() {
        let open = "# HELP a_b Things.\n# TYPE a_b counter\na_b_total{x=\"# TYPE y counter\"} 1\n# HELP c C.\n# TYPE c gauge\nc 2\n";
        let classic = classic(open);
        assert!(
            classic.contains("# HELP a_b_total Things.\n# TYPE a_b_total counter\na_b_total{"),
            "{classic}"
        );
        assert!(classic.contains("# HELP c C.\n# TYPE c gauge\nc 2\n"), "{classic}");
    }
}
