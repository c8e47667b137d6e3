//! What a manifest may ask for.

use super::made::{parsed, required};
use crate::{Capability, World};

/// An entry that is fine for each grant.
const GRANTS: [(&str, &str); 6] = [
    ("kv", "{ max_bytes = 65536 }"),
    ("http", "[\"api.example.com\"]"),
    ("secrets", "[\"token\"]"),
    ("llm", "{ models = [\"gpt-5-mini\"], usd_per_day = 1.5 }"),
    ("process", "[\"openclaw\"]"),
    ("files", "[{ root = \"/srv/notes\", write = true }]"),
];

fn asked(world: World, grants: &str) -> Result<(), String> {
    let rest = format!("{}[grants]\n{grants}", required(world));
    parsed(world, &rest).map(|_| ()).map_err(|error| error.to_string())
}

fn refused(grants: &str, what: &str) {
    let error = asked(World::SkillAdapter, grants).expect_err(grants);
    assert!(error.contains(what), "{grants} gave {error}");
}

#[test]
fn a_world_takes_the_grants_of_its_capabilities_and_no_others() {
    for world in World::ALL {
        for (name, entry) in GRANTS {
            let has = world.capabilities().iter().any(|capability| capability.as_str() == name);
            let found = asked(world, &format!("{name} = {entry}"));
            assert_eq!(found.is_ok(), has, "{world:?} with {name}: {found:?}");
        }
        asked(world, "wasi = \"inert\"").unwrap();
    }
    let error = asked(World::Notifier, "files = []").unwrap_err();
    let expected = "plugin.toml:7:9: grant \"files\" cannot be given: a notifier has the grants kv, http, secrets, \
                    process; remove it";
    assert_eq!(error, expected);
}

/// The contract is the truth: each world block there against the table here.
#[test]
fn a_world_has_the_capabilities_that_the_contract_lists() {
    let texts = [
        include_str!("../../../wit/since-v0.2.0/routing-policy.wit"),
        include_str!("../../../wit/since-v0.2.0/error-analyzer.wit"),
        include_str!("../../../wit/since-v0.2.0/fix-strategy.wit"),
        include_str!("../../../wit/since-v0.2.0/skill-adapter.wit"),
        include_str!("../../../wit/since-v0.2.0/notifier.wit"),
        include_str!("../../../wit/since-v0.2.0/task-source.wit"),
    ];
    for (world, text) in World::ALL.into_iter().zip(texts) {
        let (_, block) = text.split_once(&format!("world {} {{", world.as_str())).unwrap();
        let item = |line: &'static str, keyword| line.trim().strip_prefix(keyword)?.strip_suffix(';');
        let imports: Vec<&str> = block.lines().filter_map(|line| item(line, "import ")).collect();
        assert_eq!(world.capabilities().iter().map(|one| one.as_str()).collect::<Vec<_>>(), imports);
        assert_eq!(block.lines().find_map(|line| item(line, "export ")), Some(world.interface()));
    }
    let all = include_str!("../../../wit/since-v0.2.0/capabilities.wit");
    let (_, block) = all.split_once("world capabilities {").unwrap();
    assert_eq!(block.matches("import ").count(), Capability::ALL.len());
}

#[test]
fn an_origin_is_a_host_a_domain_or_a_host_in_clear() {
    let taken = [
        "api.example.com",
        "api.example.com:8443",
        "*.example.com",
        "http://10.0.0.7:9000",
        "http://printer",
        "127.0.0.1:1",
        "[::1]:8080",
        "http://[fd00::1]",
        "xn--bcher-kva.example",
        "my_service:80",
    ];
    for origin in taken {
        asked(
            World::Notifier,
            &format!("http = [\"{origin}\", {{ origin = \"{origin}\", private = true }}]"),
        )
        .unwrap();
    }
    let wrong = [
        "",
        "*",
        "*.",
        "a.*.example",
        "*.10.0.0.7",
        "https://api.example.com",
        "ftp://a.example",
        "http://",
        "a.example/",
        "a.example/path",
        "user@a.example",
        "a.example?q",
        "a.example:",
        "a.example:0",
        "a.example:065",
        "a.example:65536",
        "a.example:+1",
        "a..example",
        ".example",
        "a.example.",
        "-a.example",
        "A.example",
        "bücher.example",
        "1.2.3",
        "256.1.1.1",
        "10.0.0.0x7",
        "::1",
        "[::1",
        "[::1%25eth0]",
        "a b",
    ];
    for origin in wrong {
        refused(&format!("http = [\"{origin}\"]"), "is no origin: expected HOST");
    }
    refused(&format!("http = [\"{}.example\"]", "a".repeat(64)), "is no origin");
    refused("http = [\"a.example\", \"b/c\"]", "plugin.toml:7:22: \"b/c\" is no origin");
    refused("http = [{ private = true }]", "plugin.toml:7:8: data did not match");
}

#[test]
fn names_of_secrets_and_models_are_plain() {
    let long = "a".repeat(65);
    for name in ["", "a b", "ä", "a/b", "a\\n", &long] {
        refused(&format!("secrets = [\"{name}\"]"), "no name of a secret");
        refused(&format!("llm = {{ models = [\"{name}\"], usd_per_day = 1 }}"), "no name of a model");
    }
    asked(World::SkillAdapter, &format!("secrets = [\"A-z_0.9\", \"{}\"]", "a".repeat(64))).unwrap();
}

#[test]
fn money_and_room_are_bounded() {
    for usd in ["-0.01", "10000.01", "nan", "inf", "-inf"] {
        refused(&format!("llm = {{ models = [], usd_per_day = {usd} }}"), "expected 0 to 10000");
    }
    for usd in ["0", "10000", "0.5"] {
        asked(World::SkillAdapter, &format!("llm = {{ models = [], usd_per_day = {usd} }}")).unwrap();
    }
    for bytes in [0, (64 << 20) + 1] {
        refused(&format!("kv = {{ max_bytes = {bytes} }}"), "expected 1 to 67108864");
    }
    for bytes in [1, 64 << 20] {
        asked(World::SkillAdapter, &format!("kv = {{ max_bytes = {bytes} }}")).unwrap();
    }
}

#[test]
fn a_program_is_a_name_or_an_absolute_path() {
    for program in ["openclaw", "/usr/bin/git", "python3.11", "my tool"] {
        asked(World::Notifier, &format!("process = [\"{program}\"]")).unwrap();
    }
    for program in
        ["", ".", "..", " git", "git ", "bin/git", "../git", "/usr/../bin/git", "/", "a\\u0000b", "/bin//git"]
    {
        refused(&format!("process = [\"{program}\"]"), "is no program");
    }
}

#[test]
fn a_folder_is_absolute_and_written_in_one_way() {
    for root in ["/srv/notes", "/", "/srv/my notes", "/.config"] {
        asked(World::TaskSource, &format!("files = [{{ root = \"{root}\" }}]")).unwrap();
    }
    for root in ["", "notes", "~/notes", "/srv/../etc", "/srv/.", "/srv//notes", "/srv/", "/a\\u0000"] {
        refused(&format!("files = [{{ root = \"{root}\" }}]"), "is no folder");
    }
    refused("files = [{ root = \"/a\", writable = true }]", "unknown field `writable`");
}

#[test]
fn a_list_of_grants_has_an_end() {
    for (key, entry) in
        [("http", "\"a\""), ("secrets", "\"a\""), ("process", "\"a\""), ("files", "{ root = \"/a\" }")]
    {
        let list = |count: usize| format!("{key} = [{}]", vec![entry; count].join(", "));
        asked(World::SkillAdapter, &list(100)).unwrap();
        refused(&list(101), "101 entries, expected at most 100");
    }
    let models = vec!["\"a\""; 101].join(", ");
    refused(&format!("llm = {{ models = [{models}], usd_per_day = 1 }}"), "101 entries");
}
