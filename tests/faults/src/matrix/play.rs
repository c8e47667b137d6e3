//! Plays a cell against the host: providers that fail, a client, and a look at what is left. It must not judge.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::client::{Client, body};
use crate::host::Host;
use crate::http::Heard;
use crate::matrix::cell::Cell;
use crate::matrix::check::{Aftermath, DEADLINE, Seen};
use crate::matrix::fault::{Act, Place};
use crate::operator::{Counted, Fares};
use crate::upstream::{Asked, Door, Upstream};
use crate::wait::until;
use crate::words::PRICE;

/// The host's configuration: short times, so that the whole matrix takes a few minutes at most.
pub(crate) const CONFIG: &str = r#"
[routing]
pools = ["first", "second", "third"]
deadline = "5s"
[upstream]
connect_timeout = "500ms"
first_byte_timeout = "500ms"
silence_timeout = "500ms"
total_timeout = "2s"
[cooldown]
base = "6s"
[usage]
flush_interval = "10ms"
"#;
const POOLS: [&str; 3] = ["first", "second", "third"];
/// Beyond the deadline, so that one that is passed is seen to be.
const PATIENCE: Duration = Duration::from_secs(DEADLINE.as_secs() + 5);
/// How long what was used may take to be in the ledger, and a provider to be left alone.
const SETTLING: Duration = Duration::from_secs(3);

/// By then a flush of what was used is over.
const FLUSHED: Duration = Duration::from_millis(200);

/// What all cells share.
pub(crate) struct Stage {
    pub(crate) host: Host,
    pub(crate) client: Client,
    /// A redirect's target.
    pub(crate) elsewhere: Upstream,
}

/// The providers of a cell, of which the first is at fault until it is mended.
pub(crate) struct Cast {
    pub(crate) providers: Vec<Upstream>,
    faulty: Arc<AtomicBool>,
}

impl Cast {
    pub(crate) async fn enter(cell: Cell, act: &Act) -> anyhow::Result<Self> {
        let faulty = Arc::new(AtomicBool::new(true));
        let (still, script) = (faulty.clone(), act.script.clone());
        let play = move |_: &Asked| {
            if still.load(Ordering::SeqCst) { script.clone() } else { cell.good(0) }
        };
        let door = if act.place == Place::Slammed { Door::Slammed } else { Door::Open };
        let mut first = Upstream::start_at(own_address(cell, 0), door, play).await?;
        if act.place == Place::Refused {
            first.close().await;
        }
        let mut providers = vec![first];
        for index in 1..cell.providers {
            let good = move |_: &Asked| cell.good(index);
            providers.push(Upstream::start_at(own_address(cell, index), Door::Open, good).await?);
        }
        Ok(Self { providers, faulty })
    }

    /// The request, and what came of it.
    pub(crate) async fn play(&self, cell: &Cell, client: &Client) -> Seen {
        let answer = ask(cell, client).await;
        // Whoever is not left alone is told of by the aftermath.
        until(SETTLING, || async { self.is_quiet().then_some(()) }).await;
        Seen { answer, calls: self.providers.iter().map(|provider| provider.seen().asked()).collect() }
    }

    fn is_quiet(&self) -> bool {
        self.providers.iter().all(|provider| provider.seen().is_quiet())
    }

    fn url(&self, index: usize, place: Place) -> String {
        let Some(address) = self.providers.get(index).map(|provider| provider.address) else {
            return String::new();
        };
        match place {
            Place::Nameless => format!("http://patchbay-faults.invalid:{}/v1", address.port()),
            Place::PlainForTls | Place::Slammed => format!("https://{address}/v1"),
            Place::Open | Place::Refused => format!("http://{address}/v1"),
        }
    }

    /// Tells the host of them.
    pub(crate) async fn register(&self, cell: &Cell, act: &Act, host: &Host) -> anyhow::Result<()> {
        for (index, pool) in POOLS.iter().enumerate().take(cell.providers) {
            let place = if index == 0 { act.place } else { Place::Open };
            let (model, native) = (cell.model(), cell.native(index));
            let model_there = if model == native { model.clone() } else { format!("{model}={native}") };
            let price = format!("{model}={PRICE}");
            let more = ["--pool", pool, "--model", &model_there, "--price", &price];
            host.provider(&cell.provider(index), &self.url(index, place), &more).await?;
        }
        Ok(())
    }

    /// What is left, and the next request once the provider is well again.
    pub(crate) async fn aftermath(
        &mut self,
        cell: &Cell,
        act: &Act,
        stage: &Stage,
    ) -> anyhow::Result<Aftermath> {
        let fares = self.fares(cell, &stage.host).await?;
        let attempts =
            1 + self.providers.iter().skip(1).map(|other| other.seen().count() as u64).sum::<u64>();
        let first = self.usage(cell, &stage.host, attempts).await?;
        sleep(FLUSHED).await;
        let usage = self.usage(cell, &stage.host, attempts).await?;
        let usage_before = (first != usage).then_some(first);
        let quiet = self.is_quiet();
        self.mend(cell, act, &stage.host).await?;
        let next = ask(cell, &stage.client).await;
        Ok(Aftermath { usage, usage_before, fares, quiet, next })
    }

    async fn fares(&self, cell: &Cell, host: &Host) -> anyhow::Result<Vec<Fares>> {
        let operator = host.operator();
        let mut fares = Vec::new();
        for index in 0..cell.providers {
            let name = cell.provider(index);
            let idle = until(SETTLING, || async {
                operator.fares(&name).await.ok().filter(|fares| fares.in_flight == 0)
            });
            fares.push(match idle.await {
                Some(idle) => idle,
                None => operator.fares(&name).await?,
            });
        }
        Ok(fares)
    }

    /// What was counted, once as much was as there were attempts.
    async fn usage(&self, cell: &Cell, host: &Host, attempts: u64) -> anyhow::Result<Vec<Counted>> {
        let (operator, model) = (host.operator(), cell.model());
        let enough = |usage: &Vec<Counted>| usage.iter().map(|line| line.requests).sum::<u64>() >= attempts;
        let counted = until(SETTLING, || async { operator.usage(&model).await.ok().filter(enough) }).await;
        match counted {
            Some(counted) => Ok(counted),
            None => operator.usage(&model).await,
        }
    }

    async fn mend(&mut self, cell: &Cell, act: &Act, host: &Host) -> anyhow::Result<()> {
        self.faulty.store(false, Ordering::SeqCst);
        let name = cell.provider(0);
        if let Some(first) =
            self.providers.first_mut().filter(|_| matches!(act.place, Place::Refused | Place::Slammed))
        {
            first.close().await;
            first.open(Door::Open).await?;
        }
        if !matches!(act.place, Place::Open | Place::Refused) {
            host.readdress(&name, &self.url(0, Place::Open)).await?;
        }
        if act.rests.is_some() {
            host.cli(&["cooldown", "clear", &name]).await?;
        }
        Ok(())
    }
}

async fn ask(cell: &Cell, client: &Client) -> Heard {
    let fields = if cell.fault.renamed { "" } else { "Accept-Encoding: gzip\r\n" };
    let request = client.request(fields, &body(&cell.model(), cell.stream));
    client.send(&request, PATIENCE).await
}

/// An address of this machine that no other cell has: a port that one gives up is not taken by another.
fn own_address(cell: Cell, index: usize) -> Ipv4Addr {
    let byte = |number: usize| u8::try_from(number % 250 + 1).unwrap_or(1);
    Ipv4Addr::new(127, 1 + byte(cell.number / 250), byte(cell.number), byte(index))
}
