//! What the programs of tasks left in a file, in the order in which they left it: each line is one write to its end. It
//! must not know what the host says of them.

use std::collections::HashMap;

/// One run of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Run {
    pub(super) process: u64,
    /// The numbers of its first and its last line.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Whether it came to its own end.
    pub(super) ended: bool,
}

/// The runs of each task, in the order in which they began.
///
/// # Errors
/// A line that is none.
pub(super) fn runs(text: &str) -> Result<HashMap<String, Vec<Run>>, String> {
    let mut all: HashMap<String, Vec<Run>> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let [word, task, process] = words.as_slice() else {
            return Err(format!("an effect is cut: {line:?}"));
        };
        let process = process.parse().map_err(|_| format!("an effect has no process: {line:?}"))?;
        let runs = all.entry((*task).to_owned()).or_default();
        if *word == "begin" {
            runs.push(Run { process, first: number, last: number, ended: false });
            continue;
        }
        let run = runs.iter_mut().rfind(|run| run.process == process);
        let run = run.ok_or_else(|| format!("an effect without a beginning: {line:?}"))?;
        run.last = number;
        run.ended |= *word == "end";
    }
    Ok(all)
}

/// Two runs of one task of which the earlier one went on after the later one had begun.
pub(super) fn beside(runs: &[Run]) -> Option<(u64, u64)> {
    let pairs =
        runs.iter().enumerate().flat_map(|(at, one)| runs.iter().skip(at + 1).map(move |next| (one, next)));
    let mut beside = pairs.filter(|(one, next)| one.last > next.first);
    beside.next().map(|(one, next)| (one.process, next.process))
}
