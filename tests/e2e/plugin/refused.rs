//! Files that are no plugins: each is refused with what to do, and the slot stays as it was.

use patchbay_registry::embed;

use crate::harness::{Agent, Decided, Host, Upstream, exporting, manifest, policy};

const ROUTING: &str = "patchbay:plugin/routing@0.2.0";

/// A host that decides well, and goes on to.
struct Slot {
    host: Host,
    agent: Agent,
    _upstream: Upstream,
}

impl Slot {
    async fn new() -> Self {
        let upstream = Upstream::good().await;
        let host = Host::start().await;
        host.provider("alpha", &upstream, &["--model", "m"]).await;
        let agent = host.agent("tester").await;
        Self { host, agent, _upstream: upstream }
    }

    async fn refuses(&self, file: &[u8], words: &[&str]) {
        let path = self.host.file("refused.wasm", file);
        self.host.cli(&["plugin", "load", &path, "--slot", "routing"]).await.failed(1, words);
        self.is_unchanged().await;
    }

    async fn is_unchanged(&self) {
        let slot = self.host.json(&["slot", "show", "routing"]).await;
        assert_eq!(
            (&slot["active"], slot["generations"].as_array().unwrap().len()),
            (&"routing/1".into(), 1),
            "{slot}"
        );
        let reply = self.agent.chat("m").await;
        assert_eq!((reply.status, reply.header("x-patchbay-generation")), (200, "routing/1"));
    }
}

fn good() -> Vec<u8> {
    policy("good", "0.2.0", Decided::default())
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let slot = Slot::new().await;
    let load = ["plugin", "load", "no/such.wasm", "--slot", "routing"];
    slot.host.cli(&load).await.failed(4, &["no/such.wasm does not exist", "plugin build"]);
    slot.is_unchanged().await;
}

#[tokio::test]
async fn what_is_no_webassembly_is_refused() {
    let slot = Slot::new().await;
    slot.refuses(b"", &["empty"]).await;
    slot.refuses(b"\x7fELF\x02\x01\x01\0", &["not WebAssembly", "7f 45 4c 46"]).await;
    slot.refuses(b"(component)", &["not WebAssembly"]).await;
}

#[tokio::test]
async fn a_core_module_is_refused_with_how_to_build_a_component() {
    let module = wat::parse_str("(module (func (export \"rank\")))").unwrap();
    Slot::new().await.refuses(&module, &["core module", "wasm32-wasip2"]).await;
}

#[tokio::test]
async fn a_truncated_component_is_refused() {
    let slot = Slot::new().await;
    let whole = good();
    for end in [3, 9, whole.len() / 2, whole.len() - 1] {
        slot.refuses(&whole[..end], &[""]).await;
    }
    slot.refuses(&whole[..whole.len() - 1], &["cut off"]).await;
}

#[tokio::test]
async fn a_component_with_a_flipped_bit_is_refused_or_harmless() {
    let slot = Slot::new().await;
    let whole = good();
    let step = whole.len() / 12;
    for at in (8..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x80;
        let path = slot.host.file("flipped.wasm", &flipped);
        let loaded = slot.host.cli(&["plugin", "load", &path, "--slot", "routing"]).await;
        assert!([Some(0), Some(1)].contains(&loaded.status), "byte {at}: {loaded:?}");
        assert_eq!(slot.agent.chat("m").await.status, 200, "byte {at}");
    }
}

#[tokio::test]
async fn a_component_of_another_world_is_called_foreign() {
    let slot = Slot::new().await;
    let foreign = exporting(&[], &["wasi:http/incoming-handler@0.2.0"]);
    slot.refuses(&foreign, &["foreign", "wasi:http/incoming-handler@0.2.0", "patchbay:plugin/routing"]).await;
    let notifier = exporting(&[], &["patchbay:plugin/notifier@0.2.0"]);
    slot.refuses(&notifier, &["patchbay:plugin/notifier@0.2.0", "fills no slot"]).await;
}

#[tokio::test]
async fn an_unknown_version_of_the_contract_is_named_with_those_that_are_known() {
    let future = exporting(&[], &["patchbay:plugin/routing@0.9.0"]);
    let future = embed(&future, &manifest("future", "0.9.0")).unwrap();
    Slot::new().await.refuses(&future, &["0.9.0", "0.1.0 and 0.2.0", "update the host"]).await;
}

#[tokio::test]
async fn an_import_beyond_the_world_is_refused_by_name() {
    let slot = Slot::new().await;
    let refused = [
        ("wasi:sockets/tcp@0.2.0", "was not granted"),
        ("wasi:http/outgoing-handler@0.2.0", "does not offer"),
        ("patchbay:plugin/kv@0.2.0", "does not offer"),
    ];
    for (import, why) in refused {
        let wanting = embed(&exporting(&[import], &[ROUTING]), &manifest("wanting", "0.2.0")).unwrap();
        slot.refuses(&wanting, &[import, why]).await;
    }
}

#[tokio::test]
async fn a_component_without_its_manifest_or_functions_is_refused() {
    let slot = Slot::new().await;
    slot.refuses(&exporting(&[], &[ROUTING]), &["no manifest", "plugin build"]).await;
    let hollow = embed(&exporting(&[], &[ROUTING]), &manifest("hollow", "0.2.0")).unwrap();
    slot.refuses(&hollow, &["rank"]).await;
    let liar = embed(&good(), &manifest("liar", "0.1.0")).unwrap();
    slot.refuses(&liar, &["contract = \"0.1.0\"", "routing@0.2.0"]).await;
}

#[tokio::test]
async fn a_file_that_is_too_large_for_its_class_is_refused() {
    let slot = Slot::new().await;
    slot.refuses(&padded(9 << 20), &["8388608 bytes", "component_bytes_max"]).await;
    slot.refuses(&vec![0; 65 << 20], &["larger than 64.0 MiB", "component_bytes_max"]).await;
}

/// A good component with a custom section of so many bytes.
fn padded(bytes: usize) -> Vec<u8> {
    let mut component = good();
    component.push(0);
    let mut size = bytes + 2;
    while size >= 0x80 {
        component.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
        size >>= 7;
    }
    component.push(u8::try_from(size).unwrap());
    component.extend(b"\x01x");
    component.resize(component.len() + bytes, 0);
    component
}

#[tokio::test]
async fn a_slot_that_is_not_there_is_named_with_those_that_are() {
    let slot = Slot::new().await;
    let file = slot.host.file("good.wasm", &good());
    slot.host.cli(&["plugin", "load", &file, "--slot", "router"]).await.failed(2, &["router", "routing"]);
    slot.is_unchanged().await;
}
