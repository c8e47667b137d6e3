//! From arguments to the bodies that the API takes.

use std::collections::BTreeMap;
use std::time::Duration;

use patchbay_admin::api::{AddProvider, Credential, ModelSpec, PatchProvider, PatchTimeouts, PriceSpec};
use patchbay_pool::Timeouts;

use super::argument::{Maybe, ModelArgument, PriceArgument, SpanArgument};
use super::tuning::{Settings, Tuning};
use super::{Add, Set};
use crate::cli::{Failure, Status};

type Specs = BTreeMap<String, ModelSpec>;

impl Add {
    /// # Errors
    /// There is no key to read, something is given twice, or something is for no model that was given.
    pub fn body(&self) -> Result<AddProvider, Failure> {
        let tuning = self.tuning.clone();
        let span = |span: Option<SpanArgument>| span.and_then(|span| span.0);
        let metadata = tuning.metadata()?;
        Ok(AddProvider {
            name: self.name.to_string(),
            url: self.url.clone(),
            models: whole(specs(&self.models)?, &self.settings)?,
            credential: self.key.read()?.map(Credential),
            pool: self.pool.clone(),
            rpm: self.rpm,
            label: tuning.label.and_then(Maybe::into_option),
            api: tuning.api,
            tpm: tuning.tpm.and_then(Maybe::into_option),
            max_in_flight: tuning.max_in_flight.and_then(Maybe::into_option),
            timeouts: Timeouts {
                connect: span(tuning.connect_timeout),
                first_byte: span(tuning.first_byte_timeout),
                silence: span(tuning.silence_timeout),
                total: span(tuning.total_timeout),
            },
            health_path: tuning.health_path.and_then(path),
            keep_native_model: tuning.keep_native_model,
            no_usage_option: tuning.no_usage_option,
            metadata: metadata.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            ..AddProvider::default()
        })
    }
}

impl Set {
    /// # Errors
    /// There is no key to read, or something is given twice.
    pub fn body(&self) -> Result<PatchProvider, Failure> {
        let tuning = self.tuning.clone();
        let metadata = tuning.metadata()?;
        let models = specs(&self.models)?;
        once("--price", self.settings.prices.iter().map(|price| &price.model))?;
        let change_models = self.settings.specs()?;
        let credential = self.key.read()?.map(|key| Some(Credential(key)));
        Ok(PatchProvider {
            url: self.url.clone(),
            credential: if self.no_key { Some(None) } else { credential },
            pool: self.pool.clone(),
            rpm: self.rpm,
            label: tuning.label.map(Maybe::into_option),
            api: tuning.api,
            tpm: tuning.tpm.map(Maybe::into_option),
            max_in_flight: tuning.max_in_flight.map(Maybe::into_option),
            timeouts: PatchTimeouts {
                connect_ms: tuning.connect_timeout.map(ms),
                first_byte_ms: tuning.first_byte_timeout.map(ms),
                silence_ms: tuning.silence_timeout.map(ms),
                total_ms: tuning.total_timeout.map(ms),
            },
            health_path: tuning.health_path.map(path),
            keep_native_model: tuning.keep_native_model,
            no_usage_option: tuning.no_usage_option,
            metadata,
            models,
            prices: self.settings.prices.iter().map(|price| (price.model.clone(), spec(price))).collect(),
            change_models,
            remove_models: self.remove_models.clone(),
            ..PatchProvider::default()
        })
    }
}

impl Tuning {
    fn metadata(&self) -> Result<BTreeMap<String, Option<String>>, Failure> {
        once("--meta", self.meta.iter().map(|meta| &meta.name))?;
        Ok(self.meta.iter().map(|meta| (meta.name.clone(), meta.value.clone())).collect())
    }
}

impl Settings {
    /// All but the prices.
    fn specs(&self) -> Result<Specs, Failure> {
        once("--context", self.contexts.iter().map(|of| &of.model))?;
        once("--max-output", self.max_outputs.iter().map(|of| &of.model))?;
        once("--modalities", self.modalities.iter().map(|of| &of.model))?;
        once("--reasoning", self.reasonings.iter().map(|of| &of.model))?;
        let mut specs = Specs::new();
        let mut of = |model: &String, change: &dyn Fn(&mut ModelSpec)| {
            change(specs.entry(model.clone()).or_default());
        };
        self.contexts.iter().for_each(|it| of(&it.model, &|spec| spec.context_window = Some(it.value)));
        self.max_outputs.iter().for_each(|it| of(&it.model, &|spec| spec.max_tokens = Some(it.value)));
        for it in &self.modalities {
            of(&it.model, &|spec| spec.input_modalities = Some(it.value.0.clone()));
        }
        for it in &self.reasonings {
            of(&it.model, &|spec| {
                (spec.reasoning, spec.reasoning_effort) = (Some(it.on), Some(it.effort.clone()));
            });
        }
        Ok(specs)
    }
}

/// Always with its native name: `--model a` takes back what `--model a=b` said before.
fn specs(models: &[ModelArgument]) -> Result<Specs, Failure> {
    once("--model", models.iter().map(|model| &model.canonical))?;
    let spec = |native: &str| ModelSpec { native_id: Some(native.to_owned()), ..ModelSpec::default() };
    Ok(models.iter().map(|model| (model.canonical.clone(), spec(&model.native))).collect())
}

fn spec(price: &PriceArgument) -> PriceSpec {
    let PriceArgument { input, output, cached, cache_write, .. } = price.clone();
    PriceSpec {
        input_price: input,
        output_price: output,
        cached_price: cached,
        cache_write_price: cache_write,
    }
}

/// The models with all that is said of them.
fn whole(mut models: Specs, settings: &Settings) -> Result<Specs, Failure> {
    once("--price", settings.prices.iter().map(|price| &price.model))?;
    for price in &settings.prices {
        let model = models.get_mut(&price.model).ok_or_else(|| unnamed("--price", &price.model))?;
        model.input_price = Some(price.input.clone());
        model.output_price = Some(price.output.clone());
        model.cached_price.clone_from(&price.cached);
        model.cache_write_price.clone_from(&price.cache_write);
    }
    for (name, spec) in settings.specs()? {
        let ModelSpec { context_window, max_tokens, input_modalities, reasoning, reasoning_effort, .. } =
            spec;
        let model = models.get_mut(&name).ok_or_else(|| unnamed("an option", &name))?;
        (model.context_window, model.max_tokens) = (context_window, max_tokens);
        model.input_modalities = input_modalities;
        (model.reasoning, model.reasoning_effort) = (reasoning, reasoning_effort);
    }
    Ok(models)
}

fn unnamed(option: &str, model: &str) -> Failure {
    Failure::new(format!("{option} {model}=… is for a model that --model does not name"))
        .hint(format!("give --model {model} too, or correct the name"))
        .status(Status::Usage)
}

/// Of two values for one name, nobody can tell which is meant.
fn once<'a>(option: &str, names: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    let mut seen = std::collections::HashSet::new();
    match { names }.find(|name| !seen.insert(*name)) {
        Some(name) => {
            Err(Failure::new(format!("{option} {name} is given twice: expected once")).status(Status::Usage))
        }
        None => Ok(()),
    }
}

fn ms(span: SpanArgument) -> Option<u64> {
    span.0.map(|span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

fn path(text: String) -> Option<String> {
    (text != "default").then_some(text)
}

#[cfg(test)]
mod tests;
