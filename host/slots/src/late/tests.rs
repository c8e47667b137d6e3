//! What waits to be asked for is loaded once, says why it cannot be, and is tried again.

use std::sync::Arc;
use std::time::Duration;

use patchbay_registry::{ComponentStore, Index, Manifest, ScanLimits, Trust, embed};
use patchbay_runtime::{Compiler, Limits, NoHost, Runtime, RuntimeOptions, TracingLog};
use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_types::{Bytes, Digest, Grants, ManualClock, SlotName, Timestamp};
use tempfile::TempDir;

use super::RETRY;
use crate::slot::Default;
use crate::{BudgetLimits, HostLimits, Load, Own, Slot, SlotOptions, Slots, State};

const SLOT: &str = "strategies/retry-backoff";

struct Place {
    store: Arc<dyn Store>,
    components: ComponentStore,
    clock: ManualClock,
    component: Vec<u8>,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = RedbStore::open(&folder.path().join("store.redb"), RedbOptions::default()).unwrap();
        Self {
            store: Arc::new(store),
            components: ComponentStore::open(&folder.path().join("components")).unwrap(),
            clock: ManualClock::at(Timestamp(1)),
            component: component(),
            folder,
        }
    }

    /// As after a start, with the slot filled by this component.
    async fn open(&self, component: &[u8]) -> Slot {
        self.open_with(component, None, Grants::default()).await
    }

    async fn open_with(&self, component: &[u8], config: Option<&str>, granted: Grants) -> Slot {
        let component = component.to_vec();
        let most = Bytes(8 << 20);
        let default = Default {
            slot: name(),
            own: Own::new(Grants::default(), move || component.clone()),
            config: config.map(str::to_owned),
            granted,
            late: true,
        };
        let options = SlotOptions {
            store: self.store.clone(),
            runtime: runtime(),
            components: self.components.clone(),
            index: Index::at(&self.folder.path().join("components")),
            clock: Arc::new(self.clock.clone()),
            scan: ScanLimits { component_bytes_max: most, component_bytes_max_fat: most },
            limits: HostLimits { pure: Limits::default(), fat_memory_bytes: 1 << 20, concurrency: 1 },
            budget: BudgetLimits::default(),
            trust: Trust::absent(),
            secrets: Arc::new(|_| String::new()),
            defaults: vec![default],
        };
        let (slots, _observer) = Slots::open(options).await.unwrap();
        slots.get(&name()).unwrap()
    }
}

fn name() -> SlotName {
    SLOT.parse().unwrap()
}

fn component() -> Vec<u8> {
    let bundled = patchbay_bundled::all().iter().find(|plugin| plugin.name == "retry-backoff").unwrap();
    embed(bundled.component, &Manifest::parse(bundled.manifest, "plugin.toml").unwrap()).unwrap()
}

fn runtime() -> Runtime {
    Runtime::new(RuntimeOptions {
        compiler: Compiler::Here,
        cache: None,
        log: Arc::new(TracingLog),
        host: Arc::new(NoHost),
        memory_bytes: Limits::default().memory_bytes,
        fat_memory_bytes: Limits::default().memory_bytes,
    })
    .unwrap()
}

#[tokio::test]
async fn it_is_loaded_once_however_many_ask_at_one_time() {
    let place = Place::new();
    let slot = place.open(&place.component).await;
    let first = format!("{SLOT}/1");
    let before = slot.show(10).await.unwrap();
    assert!(!before.loaded && before.active.is_none() && before.generations.is_empty());
    let expected = slot.expected().unwrap();
    assert_eq!(expected.generation.to_string(), first);
    assert!(slot.pin(0).is_none() && slot.is_filled());
    let asked = futures_util::future::join_all((0..8).map(|_| slot.wake())).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    let after = slot.show(10).await.unwrap();
    assert_eq!((after.loaded, after.generations.len()), (true, 1));
    assert_eq!(slot.active().unwrap().to_string(), first);
    assert_eq!(slot.expected().unwrap(), expected, "it is who it was said to be");
}

#[tokio::test]
async fn one_that_does_not_load_says_why_and_is_tried_again_after_a_while() {
    let place = Place::new();
    place.open(&place.component).await.wake().await.unwrap();
    let digest = Digest::of(&place.component);
    place.components.remove(&digest).unwrap();
    let slot = place.open(&place.component).await;
    let waits = slot.show(10).await.unwrap();
    assert_eq!((waits.loaded, waits.generations[0].state), (false, State::NotLoaded));
    let why = slot.wake().await.unwrap_err().why;
    assert_eq!(slot.not_loaded_because(), Some(why.clone()));
    // What it lacked is there again, but nobody looks at once.
    place.components.put(&place.component).unwrap();
    assert_eq!(slot.wake().await.unwrap_err().why, why);
    place.clock.advance(RETRY + Duration::from_millis(1));
    slot.wake().await.unwrap();
    assert_eq!(slot.active().unwrap().to_string(), format!("{SLOT}/1"), "it was not quarantined meanwhile");
    assert_eq!(slot.not_loaded_because(), None);
}

#[tokio::test]
async fn an_operator_can_load_another_when_its_own_does_not_load() {
    let place = Place::new();
    let slot = place.open(b"no component").await;
    assert!(slot.wake().await.is_err());
    let load = Load {
        component: place.component.clone(),
        accept_grants: true,
        actor: "cli".into(),
        ..Load::default()
    };
    slot.load(load).await.unwrap();
    assert!(slot.is_loaded() && slot.not_loaded_because().is_none());
    let after_a_start = place.open(b"no component").await;
    assert!(after_a_start.is_loaded() && after_a_start.active() == slot.active());
}

/// The same plugin in another component: with one more section that nobody reads.
fn another() -> Vec<u8> {
    let name = b"\x04more";
    [component(), vec![0, u8::try_from(name.len()).unwrap()], name.to_vec()].concat()
}

#[tokio::test]
async fn what_an_operator_puts_there_before_it_is_needed_is_in_charge_after_a_start_as_it_was_loaded() {
    let place = Place::new();
    let own = Some(r#"{"tries_max": 3}"#);
    let slot = place.open_with(&place.component, own, Grants::default()).await;
    let load = Load {
        component: another(),
        config: Some(r#"{"tries_max": 7}"#.to_owned()),
        accept_grants: true,
        actor: "cli".into(),
        ..Load::default()
    };
    slot.load(load).await.unwrap();
    let loaded = slot.active();
    let after = place.open_with(&place.component, own, Grants::default()).await;
    assert!(after.is_loaded(), "it waits, and nobody knows what it offers");
    assert_eq!(after.active(), loaded, "the host's configuration has taken the operator's place");
    assert_eq!(after.expected().unwrap().digest, Digest::of(&another()));
}

#[tokio::test]
async fn what_it_will_be_granted_is_known_before_it_is_loaded() {
    let place = Place::new();
    let granted = |secret: &str| Grants { secrets: Some(vec![secret.to_owned()]), ..Grants::default() };
    for secret in ["one", "two"] {
        let slot = place.open_with(&place.component, None, granted(secret)).await;
        let expected = slot.expected().unwrap().grants;
        assert!(!slot.is_loaded() && expected == granted(secret), "{expected:?}");
        slot.wake().await.unwrap();
        assert_eq!(slot.expected().unwrap().grants, expected);
    }
}
