//! How a model and its prices are typed: `CANONICAL[=NATIVE]`, `MODEL=IN/OUT[/CACHED]`.

use std::str::FromStr;

use patchbay_types::NanoUsdPerMillion;

/// A model that a provider serves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelArgument {
    /// What clients ask for.
    pub canonical: String,
    /// What the provider calls it.
    pub native: String,
}

/// What a model costs, in USD per million tokens, each as decimal text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceArgument {
    pub model: String,
    pub input: String,
    pub output: String,
    pub cached: Option<String>,
}

impl FromStr for ModelArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (canonical, native) = text.split_once('=').unwrap_or((text, text));
        match canonical.is_empty() || native.is_empty() {
            true => Err("expected CANONICAL or CANONICAL=NATIVE, for example gpt-5=openai/gpt-5".to_owned()),
            false => Ok(Self { canonical: canonical.to_owned(), native: native.to_owned() }),
        }
    }
}

impl FromStr for PriceArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            "expected MODEL=IN/OUT or MODEL=IN/OUT/CACHED in USD per million tokens, for example gpt-5=1.25/10"
                .to_owned()
        };
        let (model, prices) =
            text.rsplit_once('=').filter(|(model, _)| !model.is_empty()).ok_or_else(expected)?;
        let (input, output, cached) = match prices.split('/').collect::<Vec<_>>()[..] {
            [input, output] => (input, output, None),
            [input, output, cached] => (input, output, Some(cached)),
            _ => return Err(expected()),
        };
        let cached = cached.map(price).transpose()?;
        Ok(Self { model: model.to_owned(), input: price(input)?, output: price(output)?, cached })
    }
}

fn price(text: &str) -> Result<String, String> {
    text.parse::<NanoUsdPerMillion>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_its_own_native_name_unless_another_is_given() {
        let check = |text: &str, expect: Option<(&str, &str)>| {
            let found = text.parse::<ModelArgument>().ok();
            let expect = expect.map(|(canonical, native)| (canonical.to_owned(), native.to_owned()));
            assert_eq!(found.map(|model| (model.canonical, model.native)), expect, "{text}");
        };
        check("gpt-5", Some(("gpt-5", "gpt-5")));
        check("gpt-5=openai/gpt-5:free", Some(("gpt-5", "openai/gpt-5:free")));
        check("a=b=c", Some(("a", "b=c")));
        check("", None);
        check("=b", None);
        check("a=", None);
    }

    #[test]
    fn a_price_has_two_or_three_parts_in_dollars() {
        let check = |text: &str, expect: Option<[&str; 4]>| {
            let found = text
                .parse::<PriceArgument>()
                .ok()
                .map(|price| [price.model, price.input, price.output, price.cached.unwrap_or_default()]);
            assert_eq!(found, expect.map(|parts| parts.map(str::to_owned)), "{text}");
        };
        check("gpt-5=1.25/10", Some(["gpt-5", "1.25", "10", ""]));
        check("vendor/m=0/0/0.0125", Some(["vendor/m", "0", "0", "0.0125"]));
        for wrong in ["", "gpt-5", "=1/2", "m=1", "m=1/2/3/4", "m=1/-2", "m=1/x", "m=1//2", "m=20000/1"] {
            check(wrong, None);
        }
    }
}
