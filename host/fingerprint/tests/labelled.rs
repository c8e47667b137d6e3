//! How well the fingerprint groups and the kind is told, over labelled errors; and that version 1 stays as it is.
//! Every third group, by the hash of its name, is shown apart, so that a rule made for single cases shows.

use std::collections::BTreeMap;

use patchbay_fingerprint::{Failure, Fingerprint, Kind, Verdict};
use patchbay_types::Digest;

/// Below these the test fails, over all and over the held-out groups.
const PRECISION_MIN: f64 = 0.98;
const RECALL_MIN: f64 = 0.95;
const KIND_MIN: f64 = 0.95;

const FAMILIES: &[(&str, &str)] = &[
    ("python", include_str!("labelled/python.txt")),
    ("node", include_str!("labelled/node.txt")),
    ("rust", include_str!("labelled/rust.txt")),
    ("http", include_str!("labelled/http.txt")),
    ("browser", include_str!("labelled/browser.txt")),
    ("chinese", include_str!("labelled/chinese.txt")),
    ("shell", include_str!("labelled/shell.txt")),
    ("mixed", include_str!("labelled/mixed.txt")),
];

struct Labelled {
    family: &'static str,
    group: String,
    kind: Kind,
    code: String,
    step: String,
    text: String,
}

impl Labelled {
    /// The first line is `group=… kind=… code=… step=…`, the rest is the text.
    fn parse(family: &'static str, record: &str) -> Self {
        let (head, text) = record.split_once('\n').unwrap_or((record, ""));
        let field = |name: &str| {
            let found = head.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            found.expect("group=, kind=, code= and step= in each first line").to_owned()
        };
        let kind = serde_json::from_value(field("kind").into()).expect("a kind");
        Self {
            family,
            group: field("group"),
            kind,
            code: field("code"),
            step: field("step"),
            text: text.to_owned(),
        }
    }

    fn failure(&self) -> Failure<'_> {
        let step = (!self.step.is_empty()).then_some(self.step.as_str());
        Failure { code: &self.code, text: &self.text, step, ..Failure::default() }
    }

    fn is_held_out(&self) -> bool {
        Digest::of(self.group.as_bytes()).as_bytes()[0].is_multiple_of(3)
    }
}

fn labelled() -> Vec<Labelled> {
    let records = |(family, text): &(&'static str, &'static str)| {
        let family = *family;
        text.split("### ").skip(1).map(|record| Labelled::parse(family, record)).collect::<Vec<_>>()
    };
    FAMILIES.iter().flat_map(records).collect()
}

#[derive(Default)]
struct Score {
    errors: usize,
    groups: usize,
    together: usize,
    wrongly: usize,
    missed: usize,
    kinds: usize,
}

impl Score {
    fn of(errors: &[&Labelled]) -> Self {
        let prints: Vec<String> = errors.iter().map(|e| Fingerprint::v1(&e.failure()).to_string()).collect();
        let mut score = Self { errors: errors.len(), ..Self::default() };
        for (a, error) in errors.iter().enumerate() {
            score.groups += usize::from(errors[..a].iter().all(|other| other.group != error.group));
            score.kinds += usize::from(Verdict::of(&error.failure()).kind == error.kind);
            for b in 0..a {
                match (errors[b].group == error.group, prints[b] == prints[a]) {
                    (true, true) => score.together += 1,
                    (true, false) => score.missed += 1,
                    (false, true) => score.wrongly += 1,
                    (false, false) => {}
                }
            }
        }
        score
    }

    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    fn shares(&self) -> [f64; 3] {
        let share =
            |good: usize, bad: usize| if good + bad == 0 { 1.0 } else { good as f64 / (good + bad) as f64 };
        let kinds = share(self.kinds, self.errors - self.kinds);
        [share(self.together, self.wrongly), share(self.together, self.missed), kinds]
    }

    fn row(&self, name: &str) -> String {
        let [precision, recall, kind] = self.shares();
        format!("{name:<18} {:>6} {:>6} {precision:>9.3} {recall:>7.3} {kind:>6.3}", self.errors, self.groups)
    }
}

#[test]
fn errors_of_one_cause_are_one_and_of_two_are_two() {
    let all = labelled();
    let (held, seen): (Vec<_>, Vec<_>) = all.iter().partition(|error| error.is_held_out());
    println!(
        "{:<18} {:>6} {:>6} {:>9} {:>7} {:>6}",
        "family", "errors", "groups", "precision", "recall", "kind"
    );
    for (family, _) in FAMILIES {
        for (half, errors) in [("seen", &seen), ("held out", &held)] {
            let own: Vec<_> = errors.iter().copied().filter(|error| error.family == *family).collect();
            println!("{}", Score::of(&own).row(&format!("{family} {half}")));
        }
    }
    for (name, errors) in [("seen", &seen), ("held out", &held), ("all", &all.iter().collect())] {
        let score = Score::of(errors);
        println!("{}", score.row(name));
        let [precision, recall, kind] = score.shares();
        assert!(precision >= PRECISION_MIN, "{name}: precision {precision:.3} is below {PRECISION_MIN}");
        assert!(recall >= RECALL_MIN, "{name}: recall {recall:.3} is below {RECALL_MIN}");
        assert!(kind >= KIND_MIN, "{name}: accuracy of the kind {kind:.3} is below {KIND_MIN}");
    }
}

/// For whoever works on the next version: `--ignored --nocapture` shows what the seen groups get wrong.
#[test]
#[ignore = "prints, asserts nothing"]
fn mistakes_in_the_seen_groups() {
    let all = labelled();
    let mut of_group: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut of_print: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for error in all.iter().filter(|error| !error.is_held_out()) {
        let basis = Fingerprint::v1(&error.failure()).basis;
        let verdict = Verdict::of(&error.failure());
        if verdict.kind != error.kind {
            println!("KIND {} is {:?}, told {verdict:?}", error.group, error.kind);
        }
        of_print.entry(basis.clone()).or_default().push(&error.group);
        of_group.entry(&error.group).or_default().push(basis);
    }
    for (group, mut bases) in of_group {
        bases.sort();
        bases.dedup();
        if bases.len() > 1 {
            println!("SPLIT {group}\n  {}", bases.join("  --\n  "));
        }
    }
    for (basis, mut groups) in of_print {
        groups.dedup();
        if groups.len() > 1 {
            println!("MERGED {groups:?}\n  {basis}");
        }
    }
}

/// The groups of the golden file, each by its first error, with its hash and basis now.
fn golden(file: &str) -> String {
    let all = labelled();
    let names = file.split("\n\n").filter_map(|record| record.trim().lines().next());
    let shown = names.map(|name| {
        let error = all.iter().find(|error| error.group == name).expect("a group of the labelled set");
        let print = Fingerprint::v1(&error.failure());
        format!("{name}\n{print}\n{}\n", print.basis)
    });
    shown.collect()
}

#[test]
fn version_1_never_changes() {
    let expected = include_str!("golden.txt");
    let now = golden(expected);
    assert!(
        now == expected,
        "an upgrade never regroups the old: leave v1 as it is and add fp_v2. Version 1 now says:\n{now}"
    );
}
