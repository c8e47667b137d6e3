//! Sums of tokens and prices.

use super::*;

fn price(input: &str, output: &str, cached: Option<&str>, cache_write: Option<&str>) -> Price {
    let parse = |text: &str| text.parse().unwrap();
    Price {
        input: parse(input),
        output: parse(output),
        cached: cached.map(parse),
        cache_write: cache_write.map(parse),
    }
}

fn tokens(prompt: u64, cached: u64, cache_write: u64, completion: u64) -> Priced {
    let [prompt, cached, cache_write, completion] = [prompt, cached, cache_write, completion].map(Tokens);
    Priced { prompt, cached, cache_write, completion }
}

fn check(price: Price, tokens: Priced, nano_usd: u64) {
    assert_eq!(price.cost(&tokens), NanoUsd(nano_usd), "{price:?} {tokens:?}");
}

#[test]
fn a_call_costs_the_sum_of_its_tokens() {
    check(price("2.5", "10", None, None), tokens(1_000_000, 0, 0, 1_000_000), 12_500_000_000);
    check(price("2.5", "10", None, None), tokens(1000, 400, 0, 0), 2_500_000);
    check(price("2.5", "10", Some("1.25"), None), tokens(1000, 400, 0, 0), 2_000_000);
    check(price("0.0125", "0.0125", Some("0.0125"), None), tokens(2, 1, 0, 1), 38);
    check(price("0.0001", "0.0004", None, None), tokens(1, 0, 0, 1), 1);
    check(Price::default(), tokens(u64::MAX, u64::MAX, u64::MAX, u64::MAX), 0);
}

#[test]
fn what_is_read_from_and_written_to_a_cache_is_part_of_the_prompt_and_never_more() {
    let both = price("2", "0", Some("0.5"), Some("4"));
    check(both, tokens(1000, 400, 500, 0), 400 * 500 + 500 * 4000 + 100 * 2000);
    check(both, tokens(1000, 400, 5000, 0), 400 * 500 + 600 * 4000);
    check(both, tokens(1000, 4000, 500, 0), 1000 * 500);
    check(price("2", "0", Some("0.5"), None), tokens(1000, 400, 500, 0), 400 * 500 + 600 * 2000);
}

#[test]
fn no_number_of_tokens_and_no_price_overflows() {
    let dearest = NanoUsdPerMillion(u64::MAX);
    let price = Price { input: dearest, output: dearest, cached: None, cache_write: Some(dearest) };
    check(price, tokens(u64::MAX, 7, u64::MAX, u64::MAX), u64::MAX);
}
