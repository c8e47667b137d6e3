//! A desk for tests: a store in a folder of its own, a clock that stands still, a slot for routing that stays empty.

mod played;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::Engine;
use patchbay_meter::{Entry, Meter, Outcome};
use patchbay_pool::{Api, Permit, Pool, PoolConfig, Verdict, Wanted};
use patchbay_proxy::Keyring;
use patchbay_registry::{ComponentStore, Index, ScanLimits, Trust};
use patchbay_runtime::{Compiler, Limits, NoHost, Runtime, RuntimeOptions, TracingLog};
use patchbay_slots::{BudgetLimits, Default as SlotDefault, HostLimits, Own, SlotOptions, Slots};
use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_types::{Bytes, Clock, Grants, ManualClock, NanoUsd, SlotName, Timestamp, Tokens};
use patchbay_vault::Vault;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::api::AddProvider;
use crate::{Bookkeeper, CooldownBook, Operator, OperatorParts, StoreLedger};

pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub(crate) struct TestDesk {
    pub(crate) folder: TempDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: ManualClock,
    pub(crate) operator: Operator,
    /// Started by the tests that need it.
    pub(crate) engine: Engine,
    pub(crate) pool: Pool,
    pub(crate) meter: Arc<Meter>,
    pub(crate) keyring: Keyring,
    pub(crate) bookkeeper: Option<Bookkeeper>,
}

impl TestDesk {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = RedbStore::open(&folder.path().join("store.redb"), RedbOptions::default()).unwrap();
        Vault::create(&folder.path().join("identity"), NOW).unwrap();
        Self::over(folder, Arc::new(store), ManualClock::at(NOW), 1024).await
    }

    /// As after a restart: nothing but the folder and the store is left.
    pub(crate) async fn again(self) -> Self {
        let Self { folder, store, clock, operator, .. } = self;
        operator.close().await;
        Self::over(folder, store, clock, 1024).await
    }

    pub(crate) async fn over(
        folder: TempDir,
        store: Arc<dyn Store>,
        clock: ManualClock,
        room: usize,
    ) -> Self {
        let (book, bookkeeper) = CooldownBook::with_room(store.clone(), room);
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let by_hand = book.by_hand();
        let pool = Pool::new(PoolConfig::default(), shared.clone(), Arc::new(book));
        let (meter, keyring) =
            (Arc::new(Meter::new(Arc::new(StoreLedger::new(store.clone())))), Keyring::default());
        let (runtime, components) = (runtime(), ComponentStore::open(folder.path()).unwrap());
        let engine = played::engine(store.clone(), shared.clone(), folder.path()).await;
        let parts = OperatorParts {
            store: store.clone(),
            vault: Arc::new(Vault::open(&folder.path().join("identity")).unwrap()),
            pool: pool.clone(),
            by_hand,
            keyring: keyring.clone(),
            slots: empty_slots(&folder, store.clone(), runtime.clone(), shared.clone()).await,
            components,
            meter: meter.clone(),
            runtime,
            engine: engine.clone(),
            clock: shared,
            version: "0.0.1",
            component_bytes_max: Bytes(64 * 1024),
        };
        let operator = Operator::open(parts).await.unwrap();
        Self { folder, store, clock, operator, engine, pool, meter, keyring, bookkeeper: Some(bookkeeper) }
    }

    pub(crate) async fn add(&self, name: &str, url: &str, credential: Option<&str>) {
        let request = serde_json::json!({
            "name": name, "url": url, "credential": credential, "models": {"m": {"native_id": "m-1"}}
        });
        let request: AddProvider = serde_json::from_value(request).unwrap();
        self.operator.add_provider(request, "test").await.unwrap();
    }

    /// To ask the first candidate of `m` that is available.
    pub(crate) fn permit(&self) -> Permit {
        let candidates = self.pool.candidates(Wanted { model: "m", apis: &Api::ALL, tokens: Tokens(0) }, &[]);
        let available = candidates.iter().find(|candidate| candidate.available).unwrap();
        self.pool.take(available, Tokens(0)).unwrap()
    }

    /// The first candidate of `m` that is available answers 429.
    pub(crate) fn limit(&self) {
        self.permit().failed(&Verdict::RateLimited { at_least: None, model_only: false }, "slow down");
    }

    /// One request with 10 prompt and 5 completion tokens that cost 100 nano-USD.
    pub(crate) fn record(&self, provider: &str, model: &str, agent: &str) {
        self.meter.record(&Entry {
            at: self.clock.wall(),
            pool: Cow::Owned("primary".into()),
            provider: Cow::Owned(provider.parse().unwrap()),
            model: model.to_owned().into(),
            agent: Cow::Owned(agent.parse().unwrap()),
            key: Some("key_1".into()),
            outcome: Outcome::Ok,
            prompt: Tokens(10),
            completion: Tokens(5),
            cached: Tokens(4),
            cache_write: Tokens(3),
            reasoning: Tokens(2),
            total: Tokens(15),
            cost: NanoUsd(100),
            estimated: false,
            latency: Duration::from_millis(20),
            first_byte: Some(Duration::from_millis(10)),
        });
    }
}

/// Answers every request with these bytes, and keeps what it was asked.
pub(crate) async fn upstream(answer: String) -> (SocketAddr, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (asked, questions) = tokio::sync::mpsc::channel(16);
    let address = listener.local_addr().unwrap();
    #[allow(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8192];
            let length = stream.read(&mut head).await.unwrap();
            let _ = asked.send(String::from_utf8_lossy(&head[..length]).into_owned()).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, questions)
}

pub(crate) fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn runtime() -> Runtime {
    let options = RuntimeOptions {
        compiler: Compiler::Here,
        cache: None,
        log: Arc::new(TracingLog),
        host: Arc::new(NoHost),
        memory_bytes: 1 << 20,
        fat_memory_bytes: 1 << 20,
    };
    Runtime::new(options).unwrap()
}

async fn empty_slots(
    folder: &TempDir,
    store: Arc<dyn Store>,
    runtime: Runtime,
    clock: Arc<dyn Clock>,
) -> Slots {
    let most = Bytes(64 * 1024);
    let nothing = SlotDefault {
        late: false,
        slot: SlotName::routing(),
        own: Own::new(Grants::default(), || b"no component".to_vec()),
        config: None,
        granted: Grants::default(),
    };
    let options = SlotOptions {
        store,
        runtime,
        components: ComponentStore::open(folder.path()).unwrap(),
        index: Index::at(folder.path()),
        clock,
        scan: ScanLimits { component_bytes_max: most, component_bytes_max_fat: most },
        limits: HostLimits { pure: Limits::default(), fat_memory_bytes: 1 << 20, concurrency: 1 },
        budget: BudgetLimits::default(),
        trust: Trust::absent(),
        secrets: Arc::new(|_| String::new()),
        defaults: vec![nothing],
    };
    let (slots, _observer) = Slots::open(options).await.unwrap();
    slots
}
