//! What was built is what is embedded.

use super::*;

const BYTES_MAX: usize = 512 * 1024;
/// Of what brings a language along.
const LANGUAGE_BYTES_MAX: usize = 6 * 1024 * 1024;

#[test]
fn every_bundled_plugin_is_a_component_with_a_manifest_of_its_name() {
    assert!(!all().is_empty());
    for plugin in all() {
        // A component's first eight bytes; a core module's end in `01 00 00 00`.
        assert_eq!(plugin.component[..8], *b"\0asm\x0d\0\x01\0", "{}", plugin.name);
        assert!(plugin.manifest.contains(&format!("name = {:?}", plugin.name)), "{}", plugin.name);
    }
}

#[test]
fn traps_can_name_functions() {
    for plugin in all() {
        let shown = plugin.component.windows(17).any(|bytes| bytes == b"rust_begin_unwind");
        assert!(shown, "{}: the name section is gone; see [profile.plugin]", plugin.name);
    }
}

#[test]
fn a_component_is_small_enough_to_ship_by_the_dozen() {
    for plugin in all() {
        let most = if plugin.name == "script" { LANGUAGE_BYTES_MAX } else { BYTES_MAX };
        assert!(plugin.component.len() <= most, "{}: {} bytes", plugin.name, plugin.component.len());
    }
}

#[test]
fn each_is_listed_by_the_name_of_its_manifest_with_its_world() {
    let listed: Vec<(&str, &str)> = all().iter().map(|plugin| (plugin.name, plugin.world)).collect();
    let expected = [
        ("command", "notifier"),
        ("cost-aware", "routing-policy"),
        ("exec", "skill-adapter"),
        ("http", "skill-adapter"),
        ("known-fixes", "fix-strategy"),
        ("least-latency", "routing-policy"),
        ("llm-root-cause", "error-analyzer"),
        ("llm-script", "fix-strategy"),
        ("primary-fallback", "routing-policy"),
        ("restart-stuck", "fix-strategy"),
        ("retry-backoff", "fix-strategy"),
        ("rules", "error-analyzer"),
        ("script", "skill-adapter"),
        ("step-fix", "fix-strategy"),
        ("sticky", "routing-policy"),
        ("upstream-errors", "error-analyzer"),
        ("webhook", "notifier"),
    ];
    assert_eq!(listed, expected);
}
