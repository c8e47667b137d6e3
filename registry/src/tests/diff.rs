//! What is told about two components.

use super::made::{LIMITS, compile, parsed, plugin_of};
use crate::{Inspection, World, diff};

fn inspected(rest: &str, imports: &[&str]) -> Inspection {
    Inspection::of(&plugin_of(&parsed(World::Notifier, rest).unwrap(), imports), LIMITS).unwrap()
}

#[test]
fn a_component_does_not_differ_from_itself() {
    let one = inspected("", &["patchbay:plugin/log@0.2.0"]);
    let diff = diff(&one, &one);
    assert!(diff.is_empty() && diff.lines().is_empty(), "{:?}", diff.lines());
}

#[test]
fn what_differs_is_told_the_widest_first() {
    let old = inspected("[grants]\nhttp = [\"a.example\"]\n", &["patchbay:plugin/log@0.2.0"]);
    let new = inspected(
        "class = \"fat\"\n[grants]\nhttp = [\"b.example\"]\nkv = { max_bytes = 9 }\n[limits]\ndeadline_ms = 5\n\
         [recording]\nredact = [\"/input\"]\n[config.schema]\ntype = \"object\"\n",
        &["patchbay:plugin/http@0.2.0"],
    );
    let found = diff(&old, &new);
    let lines = found.lines();
    let expected = [
        "+ grant kv up to 9 bytes",
        "+ grant http b.example",
        "- grant http a.example",
        "+ import patchbay:plugin/http@0.2.0",
        "- import patchbay:plugin/log@0.2.0",
        "class: slim -> fat",
        "limits: the host's -> deadline 5 ms",
        "+ redaction /input",
        "config schema: changed",
    ];
    assert_eq!(lines[..expected.len()], expected);
    assert!(lines[expected.len()].starts_with("size: ") && lines[expected.len() + 1].starts_with("digest: "));
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["grants"]["added"][1], "http b.example");
    assert_eq!(json["class"]["new"], "fat");
    assert_eq!(json["world"], serde_json::Value::Null);
}

#[test]
fn a_lower_version_is_a_downgrade() {
    let at = |version: &str| {
        let mut manifest = parsed(World::Notifier, "").unwrap();
        manifest.plugin.version = version.parse().unwrap();
        Inspection::of(&plugin_of(&manifest, &[]), LIMITS).unwrap()
    };
    let back = diff(&at("1.10.0"), &at("1.9.0"));
    assert!(back.downgrade && back.lines()[0].starts_with("a downgrade"));
    assert!(!diff(&at("1.9.0"), &at("1.10.0")).downgrade);
    assert!(!diff(&at("1.9.0+a"), &at("1.9.0+b")).downgrade);
}

#[test]
fn a_component_without_a_manifest_can_be_compared_too() {
    let bare = Inspection::of(&compile("(component)"), LIMITS).unwrap();
    assert_eq!((bare.world, bare.contract), (None, None));
    let lines = diff(&bare, &inspected("", &[])).lines();
    assert!(lines.contains(&"world: (none) -> notifier".to_owned()), "{lines:?}");
    assert!(lines.contains(&"contract: (none) -> 0.2.0".to_owned()), "{lines:?}");
    assert!(lines.contains(&"+ export patchbay:plugin/delivery@0.2.0".to_owned()), "{lines:?}");
}
