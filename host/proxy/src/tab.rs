//! On whose tab a request goes besides its key's: a piece of work, which says whether it may use more and hears what each
//! request came to. It must not know what the work is.

use std::sync::Arc;

use http::HeaderMap;
use patchbay_meter::Price;
use patchbay_wire::Usage;

use crate::headers::TASK;
use crate::receipt::{Settled, cost};
use crate::rescue::Refusal;

/// The tab of one piece of work that goes on.
pub trait Tab: Send + Sync + 'static {
    /// Whether one more request may be made. What it comes to is known afterwards: the last may go beyond.
    ///
    /// # Errors
    /// Why not, in one sentence.
    fn may_ask(&self) -> Result<(), String>;

    /// What a request came to, once for each that was answered. It must not block.
    fn settled(&self, settled: &Settled);
}

/// Who knows the tabs.
pub trait TabPort: Send + Sync + 'static {
    /// The tab that this token opens, while its work goes on.
    fn find(&self, token: &str) -> Option<Arc<dyn Tab>>;
}

/// The tab that a client names, if it names one. A request that says it belongs to work which is over is not made: it would
/// be on nobody's tab.
pub(crate) fn named(
    tabs: Option<&dyn TabPort>,
    headers: &HeaderMap,
) -> Result<Option<Arc<dyn Tab>>, Refusal> {
    let Some(token) = headers.get(TASK) else { return Ok(None) };
    let token = token.to_str().ok();
    let tab = tabs.zip(token).and_then(|(tabs, token)| tabs.find(token)).ok_or(Refusal::NoSuchTab)?;
    tab.may_ask().map_err(Refusal::TabFull)?;
    Ok(Some(tab))
}

/// What this usage comes to.
pub(crate) fn settled(price: Option<&Price>, usage: &Usage) -> Settled {
    let cost = price.map(|price| cost(price, usage)).unwrap_or_default();
    Settled { prompt: usage.prompt, completion: usage.completion, cost }
}
