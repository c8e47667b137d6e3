//! The cheapest provider that can take the request, whatever pool it is in. It must not know what a request says:
//! its price is estimated from its size.

mod fit;
mod price;
mod settings;

use std::cmp::Reverse;

use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy, config, routing_policy};

use settings::Settings;

struct CostAware;

impl RoutingPolicy for CostAware {
    fn rank(request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let settings: Settings = config()?;
        let tokens = price::Tokens::of(request, &settings);
        let mut offers = offers(request, tokens, candidates);
        let fitting = offers.len();
        if let Some(most) = price::most(&offers, &settings) {
            offers.retain(|offer| offer.price.is_none_or(|price| price <= most));
        }
        let too_dear = fitting - offers.len();
        offers.retain(|offer| offer.candidate.available);
        offers.sort_by_key(|offer| preference(offer, &settings));
        let reason = reason(&offers, candidates.len() - fitting, too_dear);
        Ok(Decision::new(offers.iter().map(|offer| offer.index), reason))
    }
}

routing_policy!(CostAware);

/// A candidate that can take the request, and what it would charge.
struct Offer<'a> {
    index: usize,
    candidate: &'a Candidate,
    /// None if its prices are not known.
    price: Option<price::Price>,
}

/// Of all that can take the request, available or not.
fn offers<'a>(request: &Request, tokens: price::Tokens, candidates: &'a [Candidate]) -> Vec<Offer<'a>> {
    let offer = |index| {
        let candidate: &Candidate = &candidates[index];
        Offer { index, candidate, price: tokens.price(candidate) }
    };
    fit::indexes(request, tokens.sum(), candidates).into_iter().map(offer).collect()
}

/// The lowest comes first; equal ones keep the host's order. One without prices may cost anything.
fn preference(offer: &Offer<'_>, settings: &Settings) -> impl Ord + use<> {
    let Candidate { provider, in_flight, requests_left, tier, .. } = offer.candidate;
    (
        offer.price.is_none(),
        offer.price,
        settings.preference(provider),
        *in_flight,
        Reverse(*requests_left),
        *tier,
    )
}

fn reason(offers: &[Offer<'_>], unfit: usize, too_dear: usize) -> String {
    let left_out = format!("{unfit} cannot take it, {too_dear} too dear");
    match offers.first().map(|offer| offer.price) {
        Some(Some(price)) => format!("about {} nano-USD; {left_out}", price.nano_usd()),
        Some(None) => format!("nobody available has prices; {left_out}"),
        None => format!("no candidate is available; {left_out}"),
    }
}

#[cfg(test)]
mod tests;
