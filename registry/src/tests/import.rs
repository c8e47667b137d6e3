//! What a component of each world may import.

use patchbay_types::{Grants, Wasi};

use super::made::{checked, contract_of, parsed, plugin_of, required};
use crate::contract::{ContractError, ContractVersion};
use crate::{Capability, Manifest, World};

fn manifest(world: World) -> Manifest {
    parsed(world, required(world)).unwrap()
}

fn grants(json: &str) -> Grants {
    serde_json::from_str(json).unwrap()
}

fn everything() -> Grants {
    grants(
        r#"{"kv": {"max_bytes": 1}, "http": [], "secrets": [], "llm": {"models": [], "usd_per_day": 0},
            "process": [], "files": []}"#,
    )
}

fn interface(name: &str) -> String {
    format!("patchbay:plugin/{name}@0.2.0")
}

fn refusal(manifest: &Manifest, import: &str, granted: &Grants) -> Option<String> {
    checked(&plugin_of(manifest, &[import]), granted).err().map(|error| error.to_string())
}

#[test]
fn a_world_has_its_capabilities_and_those_with_a_grant_when_granted() {
    for world in World::ALL {
        let manifest = manifest(world);
        assert_eq!(refusal(&manifest, &interface("types"), &Grants::default()), None);
        for capability in Capability::ALL {
            let import = interface(capability.as_str());
            let offers = world.capabilities().contains(&capability);
            let without = refusal(&manifest, &import, &Grants::default());
            let with = refusal(&manifest, &import, &everything());
            assert_eq!(with.is_none(), offers, "{world:?} {import}: {with:?}");
            assert_eq!(
                without.is_none(),
                offers && !capability.is_missing(&Grants::default()),
                "{world:?} {import}"
            );
        }
    }
}

#[test]
fn a_capability_without_its_grant_says_how_to_grant_it() {
    let check = |name: &str, manifest_says: &str, option: &str| {
        let message = refusal(&manifest(World::SkillAdapter), &interface(name), &Grants::default()).unwrap();
        let expected = format!(
            "the component imports patchbay:plugin/{name}@0.2.0, which was not granted: add {manifest_says} to \
             [grants] in plugin.toml, or load it with --grant {option}"
        );
        assert_eq!(message, expected);
    };
    check("http", "http = [\"HOST\"]", "http=ORIGIN");
    check("kv", "kv = { max_bytes = 65536 }", "kv=BYTES");
    check("secrets", "secrets = [\"NAME\"]", "secrets=NAME");
    check("llm", "llm = { models = [\"MODEL\"], usd_per_day = 1.0 }", "llm=MODEL");
    check("process", "process = [\"PROGRAM\"]", "process=PROGRAM");
    check("files", "files = [{ root = \"/FOLDER\" }]", "files=/FOLDER");
}

#[test]
fn another_capability_does_not_stand_in_for_the_one_that_is_missing() {
    let only_http = grants(r#"{"http": ["a.example"]}"#);
    assert!(refusal(&manifest(World::Notifier), &interface("http"), &only_http).is_none());
    assert!(refusal(&manifest(World::Notifier), &interface("secrets"), &only_http).is_some());
}

#[test]
fn a_grant_gives_no_world_what_it_does_not_have() {
    let message = refusal(&manifest(World::Notifier), &interface("files"), &everything()).unwrap();
    assert!(
        message.contains("which the world notifier does not offer: it offers log, config, blobs"),
        "{message}"
    );
    assert!(refusal(&manifest(World::RoutingPolicy), &interface("http"), &everything()).is_some());
    assert!(refusal(&manifest(World::SkillAdapter), &interface("tasks"), &everything()).is_some());
    assert!(refusal(&manifest(World::FixStrategy), &interface("job"), &everything()).is_some());
}

#[test]
fn an_analyzer_that_takes_upstream_has_log_and_config_alone() {
    let upstream = parsed(World::ErrorAnalyzer, "[provides]\nfailures = [\"task\", \"upstream\"]").unwrap();
    for name in ["types", "log", "config"] {
        assert_eq!(refusal(&upstream, &interface(name), &everything()), None);
    }
    for name in ["tasks", "blobs", "http"] {
        let message = refusal(&upstream, &interface(name), &everything()).unwrap();
        assert!(message.contains("log, config to an analyzer that takes \"upstream\""), "{message}");
    }
}

#[test]
fn inert_wasi_is_there_when_it_is_granted() {
    let inert = Grants { wasi: Some(Wasi::Inert), ..Grants::default() };
    let manifest = manifest(World::RoutingPolicy);
    let imports =
        ["wasi:sockets/tcp@0.2.0", "wasi:sockets/ip-name-lookup@0.2.6", "wasi:filesystem/other@0.2.0"];
    for import in imports {
        assert_eq!(refusal(&manifest, import, &inert), None);
        let message = refusal(&manifest, import, &Grants::default()).unwrap();
        assert!(message.contains("add wasi = \"inert\" to [grants]"), "{message}");
    }
    for import in ["wasi:cli/terminal-stdin@0.2.0", "wasi:random/insecure-seed@0.2.6", "wasi:io/poll@0.2.0"] {
        assert_eq!(refusal(&manifest, import, &Grants::default()), None);
    }
    assert!(refusal(&manifest, "wasi:sockets/tcp@0.3.0", &inert).unwrap().contains("WASI 0.2"));
}

#[test]
fn wasi_http_is_refused_whatever_is_granted() {
    let all = Grants { wasi: Some(Wasi::Inert), ..everything() };
    for import in ["wasi:http/types@0.2.0", "wasi:http/outgoing-handler@0.2.6"] {
        let message = refusal(&manifest(World::SkillAdapter), import, &all).unwrap();
        assert!(
            message.contains("does not offer") && message.contains("http and fetch-event disabled"),
            "{message}"
        );
    }
}

#[test]
fn every_world_is_known_in_its_contract() {
    for world in World::ALL {
        let contract = contract_of(&plugin_of(&manifest(world), &[])).unwrap();
        assert_eq!((contract.world, contract.version), (world, ContractVersion::V0_2_0));
    }
}

#[test]
fn a_world_that_an_old_contract_does_not_have_names_both_versions() {
    for world in World::ALL.into_iter().skip(1) {
        let mut manifest = manifest(world);
        manifest.plugin.contract = "0.1.0".parse().unwrap();
        let error = contract_of(&plugin_of(&manifest, &[])).unwrap_err();
        assert!(matches!(error, ContractError::WorldTooNew { .. }));
        let message = error.to_string();
        assert!(message.contains("version 0.1.0") && message.contains("since 0.2.0"), "{message}");
        assert!(message.contains(world.as_str()), "{message}");
    }
}
