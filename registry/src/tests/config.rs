//! A plugin's schema, and what an operator sets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::made::parsed;
use crate::{Manifest, ManifestError, World};

fn with_schema(schema: &str) -> Result<Manifest, ManifestError> {
    parsed(World::Notifier, &format!("[config.schema]\n{schema}"))
}

/// From JSON, as it comes out of a component.
fn with_json(schema: Value) -> Result<Manifest, String> {
    let mut manifest = serde_json::to_value(with_schema("").unwrap()).unwrap();
    manifest["config"] = json!({ "schema": schema });
    serde_json::from_value(manifest).map_err(|error| error.to_string())
}

fn faults(schema: Value, config: Value) -> Vec<String> {
    let faults = with_json(schema).unwrap().check_config(&config).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_configuration_that_keeps_the_schema_is_taken() {
    let schema = json!({ "type": "object", "properties": { "weight": { "type": "number" } } });
    assert_eq!(with_json(schema).unwrap().check_config(&json!({ "weight": 1.5 })), Ok(()));
    assert_eq!(parsed(World::Notifier, "").unwrap().check_config(&json!("anything")), Ok(()));
}

#[test]
fn each_fault_says_where_what_was_found_and_what_is_expected() {
    let schema = json!({
        "type": "object",
        "required": ["url"],
        "additionalProperties": false,
        "properties": {
            "url": { "type": "string", "maxLength": 5 },
            "tries": { "type": "integer", "minimum": 1 },
            "format": { "enum": ["json", "text"] },
            "a/b": { "type": "array", "items": { "pattern": "^x" } },
        },
    });
    let check = |config: Value, expected: &str| assert_eq!(faults(schema.clone(), config), [expected]);
    check(json!(3), "the configuration: found 3, expected something of the type object");
    check(json!({}), "the configuration: found no key \"url\", expected \"url\", which is required");
    check(json!({"url": "abcdef"}), "/url: found \"abcdef\", expected at most 5 characters");
    check(json!({"url": "", "tries": 0}), "/tries: found 0, expected at least 1");
    check(json!({"url": "", "format": "xml"}), "/format: found \"xml\", expected one of [\"json\",\"text\"]");
    check(json!({"url": "", "a/b": ["x", "y"]}), "/a~1b/1: found \"y\", expected text that matches ^x");
    check(
        json!({"url": "", "uri": ""}),
        "the configuration: found the unknown key \"uri\", expected only keys that the schema names",
    );
}

#[test]
fn faults_are_cut_and_counted() {
    let config: Vec<String> = (0..100).map(|_| "x".repeat(1000)).collect();
    let found = faults(json!({ "items": { "type": "number" } }), json!(config));
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|fault| fault.chars().count() < 250), "{found:?}");
}

#[test]
fn a_schema_that_is_none_is_refused_with_its_place() {
    let check = |schema: &str, place: &str, what: &str| {
        let error = with_schema(schema).expect_err(schema).to_string();
        assert!(error.starts_with(&format!("plugin.toml:{place}")) && error.contains(what), "{error}");
    };
    check("type = \"objekt\"", "7:8:", "no JSON Schema");
    check("[config.schema.properties.\"a/b\"]\nminimum = \"1\"", "8:11:", "no JSON Schema");
    check("pattern = \"(\"", "", "no JSON Schema");
    check("pattern = \"(?=a)b\"", "", "no JSON Schema");
    check("\"$ref\" = \"#/$defs/none\"", "7:10:", "leads to nothing");
    check("\"$schema\" = \"http://json-schema.org/draft-07/schema#\"", "7:13:", "draft/2020-12/schema");
    with_schema("\"$schema\" = \"https://json-schema.org/draft/2020-12/schema\"").unwrap();
}

#[test]
fn nothing_outside_of_a_schema_is_asked_for() {
    let check = |reference: &str| {
        let text = format!("[config.schema.properties.a]\nanyOf = [true, {{ \"$ref\" = \"{reference}\" }}]");
        let error = with_schema(&text).expect_err(reference).to_string();
        assert!(error.starts_with("plugin.toml:8:") && error.contains("outside of this schema"), "{error}");
    };
    check("https://example.com/schema.json");
    check("file:///etc/passwd");
    check("other.json#/a");
    check("");
    let error = with_json(json!({ "items": { "$ref": "x:y#z" } })).unwrap_err();
    assert!(error.starts_with("config.schema.items.$ref: "), "{error}");
    with_json(json!({ "$defs": { "a": true }, "properties": { "$ref": { "$ref": "#/$defs/a" } } })).unwrap();
}

#[test]
fn a_schema_that_refers_to_itself_is_refused() {
    let check = |schema: Value| {
        let error = with_json(schema.clone()).expect_err(&schema.to_string());
        assert!(error.contains("goes round"), "{error}");
    };
    check(json!({ "allOf": [{ "$ref": "#" }] }));
    check(json!({ "properties": { "next": { "$ref": "#" } } }));
    let round = json!({ "a": { "$ref": "#/$defs/b" }, "b": { "allOf": [{ "$ref": "#/$defs/a" }] } });
    check(json!({ "$defs": round, "$ref": "#/$defs/a" }));
    for keyword in ["$id", "$anchor", "$dynamicRef"] {
        assert!(with_json(json!({ keyword: "#/a" })).unwrap_err().contains(&format!("has no {keyword}")));
    }
}

#[test]
fn a_schema_that_asks_for_much_work_is_bounded() {
    let start = Instant::now();
    let patterns: Vec<Value> = (0..101).map(|n| json!({ "pattern": format!("a{n}") })).collect();
    assert!(with_json(json!({ "anyOf": patterns })).unwrap_err().contains("101 patterns"));
    assert!(with_json(json!({ "pattern": "((((a{100}){100}){100}){100})" })).is_err());
    let slow = with_json(json!({ "pattern": "^(a+)+$" })).unwrap();
    assert!(slow.check_config(&json!(format!("{}b", "a".repeat(100_000)))).is_err());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_schema_whose_work_doubles_at_each_step_is_refused() {
    let start = Instant::now();
    let mut definitions = serde_json::Map::new();
    for n in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
        definitions.insert(format!("d{n}"), json!({ "allOf": [next, next] }));
    }
    definitions.insert("d40".to_owned(), json!({ "type": "string" }));
    let schema = json!({ "$defs": definitions, "$ref": "#/$defs/d0" });
    assert!(with_json(schema).unwrap_err().contains("expected at most 10000"));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
