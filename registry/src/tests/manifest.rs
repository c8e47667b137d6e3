//! What a manifest may say.

use std::time::Duration;

use patchbay_types::{Bytes, SlotKind};

use super::made::{MANIFEST, manifest, parsed, required};
use crate::{Ceiling, Class, Determinism, FailureKind, FailureMode, Limits, Manifest, World};

#[test]
fn a_manifest_has_everything_that_was_written() {
    let manifest = manifest();
    assert_eq!(manifest.plugin.name.as_str(), "least-latency");
    assert_eq!(manifest.plugin.version.as_str(), "1.2.0-beta.1");
    assert_eq!(manifest.plugin.authors, ["A. Uthor"]);
    assert_eq!(manifest.plugin.world, World::RoutingPolicy);
    assert_eq!(manifest.plugin.failure_mode, FailureMode::Native);
    assert_eq!(manifest.plugin.determinism, Determinism::Pure);
    let schema = serde_json::Value::Object(manifest.config.schema.unwrap());
    assert_eq!(schema["properties"]["weight"]["minimum"], 0.5);
}

#[test]
fn a_wrong_manifest_names_file_line_and_what_is_wrong() {
    let check = |from: &str, to: &str, place: &str, what: &str| {
        let text = MANIFEST.replacen(from, to, 1);
        assert_ne!(text, MANIFEST, "{from:?} is not in the manifest");
        let error = Manifest::parse(&text, "dir/plugin.toml").expect_err(to).to_string();
        assert!(error.starts_with(&format!("dir/plugin.toml:{place}")), "{to:?} gave {error}");
        assert!(error.contains(what), "{to:?} gave {error}");
    };
    check("least-latency", "Least Latency", "3:8:", "not a plugin name");
    check("1.2.0-beta.1", "1.2", "4:11:", "MAJOR.MINOR.PATCH");
    check("Takes", "\\u001b[31m", "5:15:", "control characters");
    check("routing-policy", "router", "8:9:", "`routing-policy`");
    check("license", "licence", "6:1:", "unknown field `licence`");
    check("native", "ignore", "10:16:", "`native`");
    check("1048576", "0", "14:16:", "nonzero");
    check("50", "-1", "15:15:", "nonzero");
    check("[grants]", "[grants]\nhttp = [\"example.com\"]", "23:8:", "takes no such grants");
    check("[grants]", "[grants]\nsockets = true", "23:1:", "unknown field `sockets`");
    check("[grants]", "[recording]\nredact = [\"/a\", \"b\"]", "23:17:", "no JSON pointer");
    check("[grants]", "[provides]\nfailures = [\"task\"]", "23:12:", "only an error-analyzer");
    check("\"pure\"", "\"recorded\"", "11:15:", "a routing-policy is pure");
    check("number", "numbre", "20:34:", "no JSON Schema");
    check("contract = \"0.2.0\"\n", "", "2:1:", "missing field `contract`");
    check("[limits]", "[limits", "13:8:", "");
    check("[limits]", "[limit]", "13:2:", "unknown field `limit`");
}

#[test]
fn limits_can_only_be_lower_than_the_hosts() {
    let host = |memory, ms, concurrency| Ceiling {
        memory: Bytes(memory),
        deadline: Duration::from_millis(ms),
        concurrency,
    };
    let limits = manifest().limits;
    assert_eq!(limits.within(host(1 << 30, 100, 9)).unwrap(), host(1 << 20, 50, 4));
    let check = |host: Ceiling, asked: &str, most: &str| {
        let error = limits.within(host).unwrap_err().to_string();
        assert!(error.contains(asked) && error.contains(most), "{error}");
    };
    check(host(1 << 10, 100, 9), "[limits] memory_bytes = 1048576", "at most 1024");
    check(host(1 << 30, 49, 9), "[limits] deadline_ms = 50", "at most 49");
    check(host(1 << 30, 100, 3), "[limits] concurrency = 4", "at most 3");
    let precise = Ceiling { deadline: Duration::from_micros(1500), ..host(1, 0, 1) };
    assert_eq!(Limits::default().within(precise).unwrap(), precise);
}

#[test]
fn a_world_has_one_kind_of_slot() {
    for kind in SlotKind::ALL {
        assert_eq!(World::of(kind).slot_kind(), kind);
    }
    assert_eq!(SlotKind::ALL.map(World::of), World::ALL);
}

#[test]
fn what_is_not_said_follows_from_the_world() {
    use Determinism::{Pure, Recorded};
    let check = |world, failure_mode, determinism| {
        let plugin = parsed(world, required(world)).unwrap().plugin;
        assert_eq!((plugin.failure_mode, plugin.determinism), (failure_mode, determinism), "{world:?}");
        assert_eq!(plugin.class, Class::Slim);
    };
    check(World::RoutingPolicy, FailureMode::Native, Pure);
    check(World::ErrorAnalyzer, FailureMode::Next, Pure);
    check(World::FixStrategy, FailureMode::Next, Recorded);
    check(World::SkillAdapter, FailureMode::Fail, Recorded);
    check(World::Notifier, FailureMode::Retry, Recorded);
    check(World::TaskSource, FailureMode::Skip, Recorded);
}

#[test]
fn another_worlds_failure_mode_is_refused() {
    for world in World::ALL {
        for other in World::ALL {
            let mode = other.failure_mode().as_str();
            let found = parsed(world, &format!("failure_mode = \"{mode}\"\n{}", required(world)));
            assert_eq!(found.is_ok(), world.failure_mode() == other.failure_mode(), "{world:?} with {mode}");
        }
    }
    let error = parsed(World::Notifier, "failure_mode = \"skip\"").unwrap_err().to_string();
    assert_eq!(error, "plugin.toml:6:16: \"skip\" is not for a notifier: expected \"retry\", or remove it");
}

#[test]
fn an_analyzer_is_pure_when_it_can_do_nothing_else() {
    let analyzer =
        |rest: &str| parsed(World::ErrorAnalyzer, rest).map(|manifest| manifest.plugin.determinism);
    let task = "[provides]\nfailures = [\"task\"]\n";
    let pure = |rest: &str| analyzer(rest).unwrap() == Determinism::Pure;
    assert!(pure(task));
    assert!(pure(&format!("{task}[grants]\nwasi = \"inert\"")));
    assert!(!pure(&format!("{task}[grants]\nsecrets = []")));
    assert!(!pure(&format!("determinism = \"recorded\"\n{task}")));
    let both = analyzer(&format!("determinism = \"pure\"\n{task}[grants]\nkv = {{ max_bytes = 1 }}"));
    assert!(both.unwrap_err().to_string().contains("plugin.toml:6:15: a pure analyzer has no [grants]"));
}

#[test]
fn only_a_routing_policy_or_an_analyzer_is_pure() {
    for world in [World::FixStrategy, World::SkillAdapter, World::Notifier, World::TaskSource] {
        let error = parsed(world, "determinism = \"pure\"").unwrap_err().to_string();
        assert!(error.contains("6:15: only a routing-policy or an error-analyzer can be pure"), "{error}");
    }
}

#[test]
fn an_analyzer_says_which_failures_it_takes() {
    let check = |rest: &str, what: &str| {
        let error = parsed(World::ErrorAnalyzer, rest).expect_err(rest).to_string();
        assert!(error.contains(what), "{error}");
    };
    check("", "which failures it takes");
    check("[provides]\nfailures = []", "which failures it takes");
    check("[provides]\nfailures = [\"task\", \"task\"]", "twice");
    check("[provides]\nfailures = [\"disk\"]", "unknown variant `disk`");
    check("[provides]\nskills = [\"a\"]", "unknown field `skills`");
    check("determinism = \"recorded\"\n[provides]\nfailures = [\"upstream\"]", "only a pure analyzer");
    check("[grants]\nhttp = []\n[provides]\nfailures = [\"upstream\"]", "only a pure analyzer");
    let all = "[provides]\nfailures = [\"upstream\", \"task\", \"stuck\", \"agent\"]";
    let manifest = parsed(World::ErrorAnalyzer, all).unwrap();
    assert!(manifest.takes(FailureKind::Upstream) && manifest.takes(FailureKind::Agent));
}

#[test]
fn a_redaction_is_a_json_pointer() {
    let redact = |pointer: &str| {
        let rest = format!("[recording]\nredact = [{}]", serde_json::to_string(pointer).unwrap());
        parsed(World::Notifier, &rest).is_ok()
    };
    for pointer in ["/input/message/body", "/a~0b~1c", "/", "/a//b"] {
        assert!(redact(pointer), "{pointer} was refused");
    }
    for pointer in ["", "input", "/a~", "/a~2", "/\u{7}", &format!("/{}", "a".repeat(1000))] {
        assert!(!redact(pointer), "{pointer} was taken");
    }
    let many = format!("[recording]\nredact = [{}]", "\"/a\",".repeat(101));
    assert!(parsed(World::Notifier, &many).unwrap_err().to_string().contains("101 pointers"));
}

#[test]
fn a_manifest_is_read_back_as_it_was_resolved() {
    let rest = "class = \"fat\"\n[grants]\nhttp = [\"a.example\"]\nkv = { max_bytes = 1 }\nwasi = \"inert\"\n\
                [recording]\nredact = [\"/input\"]\n";
    let manifest = parsed(World::TaskSource, rest).unwrap();
    assert_eq!(manifest.plugin.class, Class::Fat);
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
}

#[test]
fn what_makes_no_sense_is_refused_in_a_component_too() {
    let mut json = serde_json::to_value(manifest()).unwrap();
    json["grants"] = serde_json::json!({"http": ["a.example"]});
    let error = serde_json::from_value::<Manifest>(json).unwrap_err().to_string();
    assert!(error.starts_with("grants.http: ") && error.contains("takes no such grants"), "{error}");
}

#[test]
fn a_manifest_without_end_is_not_read() {
    let text = format!("{MANIFEST}\n# {}", "x".repeat(64 << 10));
    assert!(
        Manifest::parse(&text, "plugin.toml").unwrap_err().to_string().contains("expected at most 65536")
    );
}
