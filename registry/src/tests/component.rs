//! Embedding, scan and contract, on components made from text.

use patchbay_types::{Bytes, Digest, Grants};

use super::made::{
    compile, component, contract_of, manifest, manifest_for, plugin, refusal, routing, scanned,
};
use crate::contract::{self, ContractError, ContractVersion};
use crate::{ManifestError, ScanError, ScanLimits, SectionError, World, embed, extract, scan};

#[test]
fn an_embedded_manifest_comes_out_as_it_went_in() {
    let bare = routing("0.2.0", &[]);
    let plugin = embed(&bare, &manifest()).unwrap();
    assert_eq!(extract(&plugin).unwrap(), manifest());
    assert_eq!(scanned(&plugin).unwrap().manifest, Some(manifest()));
    assert_eq!(extract(&bare), Err(ManifestError::Missing));
}

#[test]
fn embedding_again_replaces_and_changes_nothing_else() {
    let plugin = embed(&routing("0.2.0", &[]), &manifest_for("0.1.0")).unwrap();
    let again = embed(&plugin, &manifest()).unwrap();
    assert_eq!(extract(&again).unwrap(), manifest());
    assert_eq!(again, embed(&routing("0.2.0", &[]), &manifest()).unwrap());
}

#[test]
fn a_manifest_inside_a_nested_component_does_not_count() {
    let inner = "(component (component (@custom \"patchbay:manifest\" \"{}\")))";
    assert_eq!(extract(&compile(inner)), Err(ManifestError::Missing));
}

#[test]
fn two_manifests_or_a_broken_one_are_refused() {
    let twice = "(component (@custom \"patchbay:manifest\" \"{}\") (@custom \"patchbay:manifest\" \"{}\"))";
    assert_eq!(extract(&compile(twice)), Err(ManifestError::Several { count: 2 }));
    for broken in ["", "{}", "[]", "\\ff", "{\\22plugin\\22:"] {
        let bytes = compile(&format!("(component (@custom \"patchbay:manifest\" \"{broken}\"))"));
        assert!(matches!(extract(&bytes), Err(ManifestError::Embedded { .. })), "{broken:?}");
        assert!(matches!(scanned(&bytes), Err(ScanError::Manifest(_))), "{broken:?}");
    }
}

#[test]
fn a_scan_says_what_a_component_wants_and_offers() {
    let bytes = routing("0.2.0", &["patchbay:plugin/log@0.2.0", "wasi:io/poll@0.2.6"]);
    let scanned = scanned(&bytes).unwrap();
    assert_eq!(scanned.imports, ["patchbay:plugin/log@0.2.0", "wasi:io/poll@0.2.6"]);
    assert_eq!(scanned.exports, ["patchbay:plugin/routing@0.2.0"]);
    assert_eq!(scanned.digest, Digest::of(&bytes));
    assert_eq!(scanned.size, Bytes(bytes.len() as u64));
}

#[test]
fn what_is_no_component_is_told_apart() {
    let section = |bytes: &[u8]| match scanned(bytes) {
        Err(ScanError::Section(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(section(b""), SectionError::Empty);
    assert_eq!(section(&compile("(module)")), SectionError::CoreModule);
    assert!(section(&compile("(module)")).to_string().contains("--target wasm32-wasip2"));
    assert!(section(b"(component)").to_string().contains("28 63 6f 6d 70 6f 6e 65 (`(compone`)"));
    assert!(section(b"\x7fELF\x02\x01\x01\x00").to_string().contains("7f 45 4c 46 02 01 01 00,"));
    assert!(matches!(section(b"\0as"), SectionError::Truncated { offset: 0, size: 3 }));
    assert!(matches!(section(b"\0asm\x0d\0\x01"), SectionError::Truncated { offset: 0, size: 7 }));
    assert!(matches!(section(b"\0asm\x02\0\0\0"), SectionError::Invalid { offset: 4, .. }));
    let whole = routing("0.2.0", &[]);
    let cut = &whole[..whole.len() - 1];
    assert!(matches!(section(cut), SectionError::Truncated { size, .. } if size == cut.len()));
    let mut overlong = compile("(component)");
    overlong.extend([0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(section(&overlong), SectionError::Invalid { .. }));
}

#[test]
fn a_component_above_the_limit_is_refused_before_it_is_read() {
    let limits = ScanLimits { component_bytes_max: Bytes(10), component_bytes_max_fat: Bytes(10) };
    let error = scan(&[0; 11], limits).unwrap_err();
    assert!(matches!(error, ScanError::TooLarge { size: 11, max: 10, .. }));
}

#[test]
fn code_of_webassembly_2_is_taken() {
    let taken = [
        ("simd", "(func (param v128) (result v128) (i8x16.neg (local.get 0)))"),
        ("bulk memory", "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)))"),
        ("references", "(func (result externref) (ref.null extern))"),
        ("constant expressions", "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
    ];
    for (what, code) in taken {
        let found = scanned(&compile(&format!("(component (core module {code}))")));
        assert!(found.is_ok(), "{what}: {found:?}");
    }
}

#[test]
fn features_that_the_engine_has_off_are_refused() {
    let refused = [
        ("64-bit memory", "(memory i64 1)"),
        ("two memories", "(memory 1) (memory 1)"),
        ("shared memory", "(memory 1 1 shared)"),
        ("exceptions", "(tag)"),
        ("gc", "(type (struct (field i32)))"),
        (
            "relaxed simd",
            "(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))",
        ),
    ];
    for (what, code) in refused {
        let bytes = compile(&format!("(component (core module {code}))"));
        let error = scanned(&bytes).expect_err(what).to_string();
        assert!(
            ["enabled", "multiple memories", "without the gc"].iter().any(|why| error.contains(why)),
            "{what}: {error}"
        );
    }
    let streams = compile("(component (type (stream u8)))");
    assert!(scanned(&streams).expect_err("async").to_string().contains("async"));
}

#[test]
fn every_known_contract_is_kept_by_a_plain_plugin() {
    for version in ContractVersion::KNOWN {
        let own = ["types", "log", "config"].map(|name| format!("patchbay:plugin/{name}@{version}"));
        let wasi =
            ["wasi:cli/environment@0.2.0", "wasi:filesystem/preopens@0.2.6", "wasi:random/random@0.2.12"];
        let imports: Vec<&str> = own.iter().map(String::as_str).chain(wasi).collect();
        let contract = contract_of(&plugin(version.as_str(), &imports)).unwrap();
        assert_eq!((contract.version, contract.world), (version, World::RoutingPolicy));
        assert_eq!(contract.manifest, manifest_for(version.as_str()));
    }
}

#[test]
fn an_import_beyond_the_world_is_refused_by_name_with_what_to_do() {
    let check = |import: &str, advice: &str| {
        let message = refusal(&[import]);
        let names = format!("imports {import}, which the world routing-policy does not offer: ");
        assert!(message.contains(&names) && message.contains(advice), "{message}");
    };
    check("wasi:http/outgoing-handler@0.2.0", "no such network");
    check("wasi:cli/environment@0.3.0", "WASI 0.2");
    check("wasi:cli/environment@0.2.0-rc-1", "WASI 0.2");
    check("wasi:cli/environment", "WASI 0.2");
    check("patchbay:plugin/http@0.2.0", "it offers log, config; remove");
    check("patchbay:plugin/log@0.1.0", "version 0.2.0");
    check("other:package/thing@1.0.0", "dependency");
    check("plain", "only interfaces");
}

#[test]
fn all_refused_imports_are_named_at_once_but_not_endlessly() {
    let message = refusal(&["wasi:sockets/tcp@0.2.0", "wasi:io/poll@0.2.0", "a:b/c"]);
    assert_eq!(message.lines().count(), 2);
    let many: Vec<String> = (0..50).map(|n| format!("a:b/c{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refusal(&many).lines().count(), 10);
}

#[test]
fn an_unknown_version_of_the_contract_says_found_known_and_what_to_do() {
    let message = contract_of(&plugin("0.9.0", &[])).unwrap_err().to_string();
    assert!(
        message.contains("0.9.0")
            && message.contains("0.1.0 and 0.2.0")
            && message.contains("update the host")
    );
    let message = contract_of(&component(&[], &["patchbay:plugin/routing"])).unwrap_err().to_string();
    assert!(message.contains("version (none)"), "{message}");
}

#[test]
fn a_foreign_component_is_called_one_and_its_exports_are_listed() {
    let message =
        contract_of(&component(&[], &["wasi:cli/run@0.2.0", "other:thing/api"])).unwrap_err().to_string();
    assert!(message.contains("foreign component") && message.contains("wasi:cli/run@0.2.0, other:thing/api"));
    let nothing = contract_of(&compile("(component)")).unwrap_err().to_string();
    assert!(nothing.contains("nothing at all"), "{nothing}");
    let other = contract_of(&component(&[], &["patchbay:plugin/cook@0.2.0"])).unwrap_err();
    assert!(matches!(other, ContractError::OtherWorld { .. }));
}

#[test]
fn one_component_fills_one_world_in_one_version() {
    let both = ["patchbay:plugin/routing@0.1.0", "patchbay:plugin/routing@0.2.0"];
    assert!(matches!(contract_of(&component(&[], &both)), Err(ContractError::Several { .. })));
}

#[test]
fn the_manifest_has_to_agree_with_the_exports() {
    let bytes = routing("0.2.0", &[]);
    assert!(matches!(contract_of(&bytes), Err(ContractError::NoManifest)));
    let wrong = embed(&bytes, &manifest_for("0.1.0")).unwrap();
    let message = contract_of(&wrong).unwrap_err().to_string();
    assert!(message.contains("contract = \"0.1.0\"") && message.contains("patchbay:plugin/routing@0.2.0"));
}

#[test]
fn no_cut_component_passes_for_the_whole_one() {
    let whole = plugin("0.2.0", &["patchbay:plugin/log@0.2.0"]);
    for end in 0..whole.len() {
        let passed =
            scanned(&whole[..end]).is_ok_and(|scanned| contract::check(&scanned, &Grants::default()).is_ok());
        assert!(!passed, "the first {end} bytes passed");
        let _ = (extract(&whole[..end]), embed(&whole[..end], &manifest()));
    }
}

#[test]
fn no_flipped_bit_makes_anything_panic() {
    let whole = plugin("0.2.0", &["patchbay:plugin/log@0.2.0"]);
    for at in 0..whole.len() {
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let _ = scanned(&bytes).map(|scanned| contract::check(&scanned, &Grants::default()).is_ok());
            let _ = (extract(&bytes), embed(&bytes, &manifest()));
        }
    }
}
