//! How what belongs to a provider is typed: `CANONICAL[=NATIVE]`, `MODEL=IN/OUT[/CACHED[/CACHE_WRITE]]`, `MODEL=VALUE`,
//! `30s`, `none`.

use std::str::FromStr;
use std::time::Duration;

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
    pub cache_write: Option<String>,
}

/// Something of a model: `MODEL=VALUE`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfModel<T> {
    pub model: String,
    pub value: T,
}

/// `text,image`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words(pub Vec<String>);

/// `MODEL`, `MODEL=EFFORT` or `MODEL=off`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReasoningArgument {
    pub model: String,
    pub on: bool,
    pub effort: Option<String>,
}

/// `NAME=VALUE`; without a value the name is to be removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetaArgument {
    pub name: String,
    pub value: Option<String>,
}

/// A value, or the word that takes it away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Maybe<T> {
    Value(T),
    None,
}

/// A time as the configuration has it, `30s`, or `default`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpanArgument(pub Option<Duration>);

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
            "expected MODEL=IN/OUT[/CACHED[/CACHE_WRITE]] in USD per million tokens, for example gpt-5=1.25/10"
                .to_owned()
        };
        let (model, prices) =
            text.rsplit_once('=').filter(|(model, _)| !model.is_empty()).ok_or_else(expected)?;
        let prices = prices.split('/').map(price).collect::<Result<Vec<_>, _>>()?;
        let (input, output, cached, cache_write) = match &prices[..] {
            [input, output] => (input, output, None, None),
            [input, output, cached] => (input, output, Some(cached), None),
            [input, output, cached, write] => (input, output, Some(cached), Some(write)),
            _ => return Err(expected()),
        };
        let (model, input, output) = (model.to_owned(), input.clone(), output.clone());
        Ok(Self { model, input, output, cached: cached.cloned(), cache_write: cache_write.cloned() })
    }
}

impl<T> FromStr for OfModel<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (model, value) = text
            .rsplit_once('=')
            .filter(|(model, _)| !model.is_empty())
            .ok_or("expected MODEL=VALUE, for example gpt-5=128000 or gpt-5=text,image")?;
        let value =
            value.parse().map_err(|error| format!("{value:?} is not the value of a model: {error}"))?;
        Ok(Self { model: model.to_owned(), value })
    }
}

impl FromStr for Words {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<String> = text.split(',').map(str::to_owned).collect();
        match words.iter().any(String::is_empty) {
            true => Err("expected words with commas between them, for example text,image".to_owned()),
            false => Ok(Self(words)),
        }
    }
}

impl FromStr for ReasoningArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (model, word) = match text.rsplit_once('=') {
            Some((model, word)) => (model, Some(word)),
            None => (text, None),
        };
        if model.is_empty() || word.is_some_and(str::is_empty) {
            return Err("expected MODEL, MODEL=EFFORT or MODEL=off, for example gpt-5=high".to_owned());
        }
        let on = word != Some("off");
        Ok(Self { model: model.to_owned(), on, effort: word.filter(|_| on).map(str::to_owned) })
    }
}

impl FromStr for MetaArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => {
                let value = (!value.is_empty()).then(|| value.to_owned());
                Ok(Self { name: name.to_owned(), value })
            }
            None => Err("expected NAME=VALUE, or NAME= to remove it".to_owned()),
        }
    }
}

impl<T: FromStr> FromStr for Maybe<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "none" => Ok(Self::None),
            text => text.parse().map(Self::Value),
        }
    }
}

impl<T> Maybe<T> {
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::None => None,
        }
    }
}

impl FromStr for SpanArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "default" {
            return Ok(Self(None));
        }
        let expected = || {
            format!("{text:?} is no time: expected a number with ms, s, m or h, for example 30s, or default")
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(expected)?;
        let (number, unit) = text.split_at(digits);
        let unit_ms: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(expected()),
        };
        let ms = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit_ms));
        ms.map(|ms| Self(Some(Duration::from_millis(ms)))).ok_or_else(expected)
    }
}

fn price(text: &str) -> Result<String, String> {
    text.parse::<NanoUsdPerMillion>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
