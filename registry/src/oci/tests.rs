//! What is pushed, byte for byte, and what is refused before a component is pulled.

use serde_json::{Value, json};

use super::*;
use crate::sign::tests::{key, plugin};
use crate::{Manifest, ScanLimits, embed, scan};

fn component() -> Vec<u8> {
    let text = "[plugin]\nname = \"acme-route\"\nversion = \"1.2.3\"\nworld = \"routing-policy\"\n\
                contract = \"0.2.0\"\nlicense = \"MIT\"\nauthors = [\"A\", \"B\"]\n";
    let manifest = Manifest::parse(text, "plugin.toml").unwrap();
    let wat = "(component (import \"patchbay:plugin/log@0.2.0\" (instance)) (instance $empty)
               (export \"patchbay:plugin/routing@0.2.0\" (instance $empty)))";
    embed(&wat::parse_str(wat).unwrap(), &manifest).unwrap()
}

fn pushed(signature: Option<&Signature>) -> (Vec<u8>, Vec<u8>) {
    let component = component();
    let scanned = scan(&component, limits()).unwrap();
    let artefact = Artefact {
        component: &component,
        scanned: &scanned,
        signature,
        created: Timestamp(1_700_000_000_000),
    };
    (layout::config(&artefact), layout::manifest(&artefact))
}

fn limits() -> ScanLimits {
    ScanLimits { component_bytes_max: PULLED_BYTES_MAX, component_bytes_max_fat: PULLED_BYTES_MAX }
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn an_artefact_is_laid_out_as_the_cncf_says() {
    let (config, manifest) = pushed(None);
    let digest = Digest::of(&component()).to_string();
    let expected = json!({
        "created": "2023-11-14T22:13:20Z", "author": "A, B", "architecture": "wasm", "os": "wasip2",
        "layerDigests": [digest],
        "component": {
            "exports": ["patchbay:plugin/routing@0.2.0"], "imports": ["patchbay:plugin/log@0.2.0"],
            "target": "patchbay:plugin/routing-policy@0.2.0",
        },
    });
    assert_eq!(value(&config), expected);
    let expected = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.wasm.config.v0+json", "digest": Digest::of(&config).to_string(),
            "size": config.len(),
        },
        "layers": [{
            "mediaType": "application/wasm", "digest": digest, "size": component().len(),
            "annotations": {"org.opencontainers.image.title": "acme-route.wasm"},
        }],
        "annotations": {
            "org.opencontainers.image.title": "acme-route", "org.opencontainers.image.version": "1.2.3",
            "org.opencontainers.image.licenses": "MIT",
        },
    });
    assert_eq!(value(&manifest), expected);
}

#[test]
fn what_was_laid_out_is_read_with_its_signature() {
    let signature = key().0.sign(&component(), &plugin("acme-route", "1.2.3")).unwrap();
    let (layer, text) = layout::read(&pushed(Some(&signature)).1).unwrap();
    assert_eq!(layer.digest, Digest::of(&component()));
    assert_eq!(layer.size.0, component().len() as u64);
    assert_eq!(text.as_deref(), Some(signature.text()));
    assert_eq!(layout::read(&pushed(None).1).unwrap().1, None);
}

#[test]
fn another_artefact_is_refused_by_what_it_is() {
    let good = value(&pushed(None).1);
    let check = |change: &dyn Fn(&mut Value), words: &str| {
        let mut manifest = good.clone();
        change(&mut manifest);
        let error = layout::read(manifest.to_string().as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    check(&|m| m["layers"] = json!([]), "0 layers, expected one");
    check(&|m| m["layers"] = json!([m["layers"][0], m["layers"][0]]), "2 layers, expected one");
    check(&|m| m["manifests"] = json!([]), "a list of artefacts");
    check(
        &|m| m["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json"),
        "a container image",
    );
    check(
        &|m| m["layers"][0]["mediaType"] = json!("application/x-tar"),
        "its layer is \"application/x-tar\"",
    );
    check(&|m| m["layers"][0]["digest"] = json!("sha512:00"), "expected sha256");
    check(&|m| m["layers"][0]["size"] = json!((64 << 20) + 1), "has 67108865 bytes, expected 1 to 67108864");
    check(&|m| m["layers"][0]["size"] = json!(-1), "has -1 bytes");
    check(&|m| m["layers"] = json!("none"), "cannot be read");
    let long = "x".repeat(crate::SIGNATURE_BYTES_MAX + 1);
    check(&|m| m["annotations"][SIGNATURE_ANNOTATION] = json!(long), "its signature has 16385 bytes");
    assert!(matches!(layout::read(&vec![b' '; (4 << 20) + 1]), Err(LayoutError::Large { .. })));
}

#[test]
fn a_place_names_its_registry_and_a_tag_or_digest() {
    let digest = Digest::of(b"x");
    for text in [
        "localhost/a:1".to_owned(),
        "127.0.0.1:5000/acme/route:1.2.3".to_owned(),
        format!("registry.example.com/a@{digest}"),
        format!("registry.example.com/a:1@{digest}"),
    ] {
        assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
    }
    let check = |text: &str, words: &str| {
        let error = text.parse::<Place>().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    check("a:1", "no registry");
    check("acme/route:1", "no registry");
    check("registry.example.com/a", "neither a tag nor a digest");
    check("registry.example.com:5000/a", "neither a tag nor a digest");
    check("registry.example.com/A:1", "invalid reference format");
    check(&format!("registry.example.com/a@sha512:{}", "0".repeat(128)), "not sha256");
    check(&"a".repeat(513), "too long");
}

#[test]
fn a_place_is_pinned_and_unpinned() {
    let digest = Digest::of(b"x");
    let place: Place = "registry.example.com:5000/a:1".parse().unwrap();
    assert_eq!(place.digest(), None);
    let pinned = place.pinned(&digest);
    assert_eq!(pinned.to_string(), format!("registry.example.com:5000/a:1@{digest}"));
    assert_eq!((pinned.digest(), pinned.unpinned()), (Some(digest), place.to_string()));
}

#[test]
fn plain_http_stays_on_this_machine() {
    let loopback = |text: &str| text.parse::<Place>().unwrap().is_loopback();
    assert!(loopback("localhost:5000/a:1") && loopback("127.0.0.1:5000/a:1") && loopback("localhost/a:1"));
    assert!(!loopback("10.0.0.1:5000/a:1") && !loopback("127.0.0.1.example.com/a:1"));
    let place: Place = "registry.example.com/a:1".parse().unwrap();
    let error = Remote::new(&place, None, true).err().unwrap();
    assert!(matches!(error, OciError::PlainHttp { .. }));
}

#[test]
fn credentials_are_read_as_docker_keeps_them() {
    let text = r#"{"auths": {
        "registry.example.com": {"auth": "dXNlcjpwYXNzOndvcmQ="},
        "https://index.docker.io/v1/": {"auth": "dXNlcjpodWI="},
        "kept.example.com": {}, "wrong.example.com": {"auth": "!"}}, "credsStore": "x"}"#;
    let of = |registry: &str| Credentials::of_docker(&patchbay_types::Secret::new(text.to_owned()), registry);
    let auth = |registry: &str| of(registry).map(|found| found.map(Credentials::into_auth));
    let basic = |password: &str| Ok(Some(RegistryAuth::Basic("user".to_owned(), password.to_owned())));
    assert_eq!(auth("registry.example.com"), basic("pass:word"));
    assert_eq!(auth("docker.io"), basic("hub"));
    assert_eq!(auth("other.example.com"), Ok(None));
    assert!(matches!(auth("kept.example.com"), Err(CredentialsError::Kept { .. })));
    assert!(matches!(auth("wrong.example.com"), Err(CredentialsError::Entry { .. })));
}

#[tokio::test]
async fn a_component_is_no_larger_than_announced() {
    use tokio::io::AsyncWriteExt;
    let mut capped = Capped::new(Bytes(5));
    capped.write_all(b"1234").await.unwrap();
    assert!(capped.write_all(b"56").await.unwrap_err().to_string().contains("larger than the 5 bytes"));
    capped.write_all(b"5").await.unwrap();
    assert_eq!(capped.into_inner(), b"12345");
}
