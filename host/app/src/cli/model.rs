//! `patchbay model`: what clients may ask for.

mod alias;

use std::path::Path;

use clap::Subcommand;
use patchbay_admin::api::{ModelView, ServedModel, ServingProvider};

use super::table::Table;
use super::{AnswerOptions, Failure, answer};
use crate::client::Request;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List all models and aliases: who serves them, and what they cost in USD per million tokens
    List(AnswerOptions),
    /// One name for several models
    #[command(subcommand, visible_alias = "aliases")]
    Alias(alias::Command),
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => answer::show(dir, Request::get("/api/models"), options.json, words).await,
            Self::Alias(command) => command.run(dir).await,
        }
    }
}

fn words(models: Vec<ServedModel>) -> String {
    let rows = models.into_iter().flat_map(|model| {
        let ServedModel { name, alias, providers } = model;
        providers.into_iter().map(move |provider| row(name.clone(), alias, provider))
    });
    let heading =
        ["MODEL", "PROVIDER", "STANDS FOR", "NATIVE", "HEALTH", ">IN", ">OUT", ">CACHED", ">CONTEXT"];
    Table::new(heading).with(rows).or("no models yet: patchbay provider add NAME --url URL --model MODEL …")
}

fn row(name: String, alias: bool, serving: ServingProvider) -> [String; 9] {
    let ServingProvider { provider, health, model, weight, details, .. } = serving;
    let ModelView { native_id, input_price, output_price, cached_price, context_window, .. } = details;
    let stands_for = if alias { format!("{model} ({})", weight.unwrap_or(1)) } else { String::new() };
    let price = Option::unwrap_or_default;
    let (input, output, cached) = (price(input_price), price(output_price), price(cached_price));
    let context = context_window.to_string();
    [name, provider.to_string(), stands_for, native_id, health, input, output, cached, context]
}
