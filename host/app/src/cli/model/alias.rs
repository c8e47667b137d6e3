//! `patchbay model alias`: one name for several models.

use std::path::Path;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use patchbay_admin::api::{AddAlias, AliasView, TargetSpec, TargetView};
use patchbay_pool::Spread;

use crate::cli::table::{Table, pairs};
use crate::cli::{AnswerOptions, Failure, answer, output};
use crate::client::{Request, segment};

const ALIASES: &str = "/api/aliases";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make one name for several models
    #[command(after_help = EXAMPLES)]
    Add(Add),
    /// List the aliases
    List(AnswerOptions),
    /// Show one alias and its targets
    Show(One),
    /// Remove an alias; the models stay
    Remove(One),
}

const EXAMPLES: &str = "\
Examples:
  patchbay model alias add fast --to openai/gpt-5-mini=3 --to claude/claude-haiku=1
  patchbay model alias add smart --to openai/gpt-5 --to claude/claude-opus --by policy";

#[derive(Args, Debug)]
pub struct Add {
    /// What clients ask for
    #[arg(value_name = "NAME")]
    name: String,
    /// A model of a provider, and its share in proportion to the others'; can be given several times
    #[arg(long = "to", value_name = "PROVIDER/MODEL[=WEIGHT]", required = true)]
    targets: Vec<TargetArgument>,
    /// Who spreads requests: chance by the weights, or the routing policy
    #[arg(long, value_enum, default_value_t = By::Weights)]
    by: By,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub struct One {
    /// The alias
    #[arg(value_name = "NAME")]
    name: String,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    Weights,
    Policy,
}

/// `PROVIDER/MODEL[=WEIGHT]`: no provider has a slash in its name.
#[derive(Clone, PartialEq, Eq, Debug)]
struct TargetArgument {
    provider: String,
    model: String,
    weight: Option<u32>,
}

impl FromStr for TargetArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected PROVIDER/MODEL or PROVIDER/MODEL=WEIGHT, for example openai/gpt-5=3";
        let (provider, rest) = text.split_once('/').ok_or(expected)?;
        let (model, weight) = match rest.rsplit_once('=') {
            Some((model, weight)) => {
                let weight = weight.parse().map_err(|_| format!("{weight:?} is no weight: {expected}"))?;
                (model, Some(weight))
            }
            None => (rest, None),
        };
        match provider.is_empty() || model.is_empty() {
            true => Err(expected.to_owned()),
            false => Ok(Self { provider: provider.to_owned(), model: model.to_owned(), weight }),
        }
    }
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Add(add) => {
                let sentence = format!("added {}: clients may ask for it now", add.name);
                done(dir, Request::submit(Method::POST, ALIASES, &add.body()), add.json, &sentence).await
            }
            Self::List(options) => answer::show(dir, Request::get(ALIASES), options.json, list).await,
            Self::Show(one) => answer::show(dir, Request::get(path(&one.name)), one.json, show).await,
            Self::Remove(one) => {
                let sentence = format!("removed {}", one.name);
                done(dir, Request::change(Method::DELETE, path(&one.name)), one.json, &sentence).await
            }
        }
    }
}

impl Add {
    fn body(&self) -> AddAlias {
        let by = match self.by {
            By::Weights => Spread::Weights,
            By::Policy => Spread::Policy,
        };
        let targets = self.targets.iter().cloned();
        let targets =
            targets.map(|TargetArgument { provider, model, weight }| TargetSpec { provider, model, weight });
        AddAlias { name: self.name.clone(), targets: targets.collect(), by: Some(by) }
    }
}

fn path(name: &str) -> String {
    format!("{ALIASES}/{}", segment(name))
}

/// A change whose answer is for programs only.
async fn done(dir: &Path, request: Request, json: bool, sentence: &str) -> Result<(), Failure> {
    let answer = answer::ask(dir, request).await?;
    match json {
        true => output::line(&answer.text()),
        false => output::note(sentence),
    }
    Ok(())
}

fn list(aliases: Vec<AliasView>) -> String {
    let rows = aliases.into_iter().map(|alias| {
        let targets: Vec<String> = alias.targets.iter().map(target).collect();
        [alias.name, by(alias.by).to_owned(), targets.join(", ")]
    });
    Table::new(["ALIAS", "BY", "TARGETS"])
        .with(rows)
        .or("no aliases yet: patchbay model alias add NAME --to PROVIDER/MODEL")
}

fn show(alias: AliasView) -> String {
    let mut lines =
        vec![("name", alias.name), ("by", by(alias.by).to_owned()), ("created", alias.created.to_string())];
    lines.extend(alias.targets.iter().map(|it| ("target", target(it))));
    pairs(lines)
}

fn target(target: &TargetView) -> String {
    let TargetView { provider, model, weight, served } = target;
    let gone = if *served { "" } else { " (not served now)" };
    format!("{provider}/{model}={weight}{gone}")
}

fn by(spread: Spread) -> &'static str {
    match spread {
        Spread::Weights => "weights",
        Spread::Policy => "policy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_splits_at_its_first_slash_and_its_last_equals_sign() {
        let check = |text: &str, expect: Option<(&str, &str, Option<u32>)>| {
            let expect = expect.map(|(provider, model, weight)| TargetArgument {
                provider: provider.to_owned(),
                model: model.to_owned(),
                weight,
            });
            assert_eq!(text.parse::<TargetArgument>().ok(), expect, "{text}");
        };
        check("a/m", Some(("a", "m", None)));
        check("a/vendor/m=3", Some(("a", "vendor/m", Some(3))));
        for wrong in ["", "a", "a/", "/m", "a/m=", "a/m=x", "a/m=-1", "a/=3"] {
            check(wrong, None);
        }
    }
}
