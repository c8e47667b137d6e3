//! A host with one provider and one client: the stage of most programs. It must not know what is played on it.

use std::path::Path;
use std::time::Duration;

use crate::client::Client;
use crate::host::Host;
use crate::operator::Counted;
use crate::report::Report;
use crate::script::Script;
use crate::upstream::{Asked, Upstream};
use crate::wait::until;
use crate::words::PRICE;

/// What the client asks for, what the provider calls it, and the provider.
pub(crate) const MODEL: &str = "m";
pub(crate) const NATIVE: &str = "native-m";
pub(crate) const PROVIDER: &str = "alpha";

/// How long things that are over may take to be seen as over.
const SETTLING: Duration = Duration::from_secs(10);
/// How long one request may take on a machine that does something else as well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Alone {
    pub(crate) host: Host,
    pub(crate) client: Client,
    pub(crate) upstream: Upstream,
}

impl Alone {
    pub(crate) async fn start(
        binary: &Path,
        config: &str,
        play: impl Fn(&Asked) -> Script + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let upstream = Upstream::start(play).await?;
        let host = Host::start(binary, config).await?;
        register(&host, PROVIDER, &upstream, &[]).await?;
        let client = host.client("tester").await?;
        Ok(Self { host, client, upstream })
    }

    /// Notes a failure unless nothing is under way any more, at the provider and in the host.
    pub(crate) async fn expect_quiet(&self, report: &mut Report) {
        let operator = self.host.operator();
        let quiet = until(SETTLING, || async { self.upstream.seen().is_quiet().then_some(()) }).await;
        report.expect(quiet.is_some(), || {
            "expected the provider to be left alone, it is still busy".to_owned()
        });
        let idle = until(SETTLING, || async {
            operator.fares(PROVIDER).await.ok().filter(|fares| fares.in_flight == 0)
        });
        report.expect(idle.await.is_some(), || "expected nothing in flight at the end".to_owned());
    }

    /// What was counted, once nothing more comes.
    pub(crate) async fn counted(&self) -> anyhow::Result<Counted> {
        const FLUSHED: Duration = Duration::from_millis(500);
        let operator = self.host.operator();
        let mut before = operator.usage(MODEL).await?;
        loop {
            tokio::time::sleep(FLUSHED).await;
            let now = operator.usage(MODEL).await?;
            if now == before {
                return Ok(now.into_iter().find(|line| line.provider == PROVIDER).unwrap_or_default());
            }
            before = now;
        }
    }
}

/// Adds a provider of the model.
pub(crate) async fn register(
    host: &Host,
    name: &str,
    upstream: &Upstream,
    more: &[&str],
) -> anyhow::Result<()> {
    let (model, price) = (format!("{MODEL}={NATIVE}"), format!("{MODEL}={PRICE}"));
    let all = [&["--model", model.as_str(), "--price", price.as_str()], more].concat();
    host.provider(name, &upstream.url(), &all).await
}
