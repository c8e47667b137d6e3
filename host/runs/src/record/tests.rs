//! Records that unite.

use super::*;

fn random(random: &mut fastrand::Rng) -> Record {
    let mut at = || (random.u8(..3) > 0).then(|| Timestamp(random.u64(..100)));
    let (planning, executing, verifying, completed, failed) = (at(), at(), at(), at(), at());
    let stages = Stages { planning, executing, verifying, completed, failed };
    let metrics =
        Metrics { started: at(), completed: at(), seconds: random.u64(..9), retries: random.u32(..5) };
    let links = (0..random.usize(..8)).map(|_| format!("https://example.com/{}", random.u8(..10))).collect();
    let summary = ["", "it works", "it does not"][random.usize(..3)].to_owned();
    Record { stages, metrics, output: Output { summary, links, ..Output::default() } }
}

#[test]
fn merging_the_same_again_changes_nothing() {
    for seed in 0..500 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (mut one, other) = (random(&mut rng), random(&mut rng));
        one.merge(other.clone());
        let once = one.clone();
        one.merge(other);
        assert_eq!(one, once, "seed {seed}");
        one.merge(once.clone());
        assert_eq!(one, once, "seed {seed}");
    }
}

#[test]
fn stages_and_figures_unite_in_either_order() {
    for seed in 0..500 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (one, other) = (random(&mut rng), random(&mut rng));
        let (mut forth, mut back) = (one.clone(), other.clone());
        forth.merge(other);
        back.merge(one);
        assert_eq!((forth.stages, forth.metrics), (back.stages, back.metrics), "seed {seed}");
    }
}

#[test]
fn the_later_summary_counts_unless_there_is_none() {
    let with = |summary: &str| Record {
        output: Output { summary: summary.into(), ..Output::default() },
        ..Record::default()
    };
    let mut record = with("first");
    record.merge(with("second"));
    record.merge(with(""));
    assert_eq!(record.output.summary, "second");
}

#[test]
fn the_largest_record_stays_within_512_kb_of_json() {
    let texts = |n: usize| (0..n).map(|i| format!("{i}{}", "\"\\\n\u{1}é".repeat(5_000))).collect::<Vec<_>>();
    let name = "\"".repeat(1_000);
    let files = (0..500u32).map(|i| OutputFile { name: name.clone(), digest: Digest::of(&i.to_be_bytes()) });
    let (summary, links, key_diffs, commands) = ("\\".repeat(100_000), texts(99), texts(99), texts(99));
    let output = Output { summary, links, key_diffs, commands, files: files.collect() };
    let record = Record { output, ..Record::default() }.bounded();
    let bytes = serde_json::to_vec(&record).unwrap().len();
    assert!(bytes <= 512_000, "{bytes}");
    assert!(record.output.links[0].starts_with("49"), "the oldest go");
    assert_eq!(record.clone().bounded(), record);
}

#[test]
fn a_record_is_read_whatever_it_leaves_out() {
    assert_eq!(serde_json::from_str::<Record>("{}").unwrap(), Record::default());
    let record: Record =
        serde_json::from_str(r#"{"stages":{"failed":5},"artifacts":{"links":["a"]}}"#).unwrap();
    assert_eq!((record.stages.failed, record.output.links.len()), (Some(Timestamp(5)), 1));
}
