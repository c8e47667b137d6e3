//! `patchbay config`: the configuration, checked without a host, shown as it is in use, and read again by the server.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{ConfigChange, ConfigReloaded, ConfigSetting};
use patchbay_config::{ConfigError, Environment, FILE_NAME, Origin, Setting, Sourced};
use serde_json::json;

use super::table::Table;
use super::{AnswerOptions, Failure, Status, json, output};
use crate::client::{self, Request};
use crate::reload::settings;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Say whether a configuration is in order; nothing is taken over
    #[command(after_help = "Examples:\n  patchbay config check\n  patchbay config check new.toml")]
    Check(CheckOptions),
    /// Show every key with its value in use and where that comes from
    Show(AnswerOptions),
    /// Have the running server read patchbay.toml again, and show what that changes
    Reload(AnswerOptions),
}

#[derive(Args, Debug)]
pub struct CheckOptions {
    /// The file [default: patchbay.toml in the host's folder]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Command {
    /// # Errors
    /// The configuration is not in order, or the server refuses it, or there is none.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Check(options) => options.run(dir),
            Self::Show(options) => show(dir, options).await,
            Self::Reload(options) => reload(dir, options).await,
        }
    }
}

impl CheckOptions {
    fn run(self, dir: &Path) -> Result<(), Failure> {
        let file = self.file.unwrap_or_else(|| dir.join(FILE_NAME));
        let sourced = Sourced::load_file(&file, &Environment::of_process()).map_err(wrong)?;
        let is_set = |setting: &Setting| setting.origin != Origin::Default;
        let set = sourced.settings().iter().filter(|setting| is_set(setting)).count();
        match self.answer.json {
            true => output::line(&json!({ "file": file, "ok": true, "keys_set": set }).to_string()),
            false => output::line(&format!("{} is in order; keys that it sets: {set}", file.display())),
        }
        Ok(())
    }
}

/// As the server has it; if none runs, as the next start from here would have it.
async fn show(dir: &Path, options: AnswerOptions) -> Result<(), Failure> {
    let shown: Vec<ConfigSetting> = match client::ask_server(dir, Request::get("/api/config")).await? {
        Some(answer) => answer.read()?,
        None => {
            let sourced = Sourced::load(dir, &Environment::of_process()).map_err(wrong)?;
            settings(&sourced, &sourced)
        }
    };
    match options.json {
        true => output::line(&json::pretty(&shown)),
        false => output::line(&table(shown)),
    }
    Ok(())
}

async fn reload(dir: &Path, options: AnswerOptions) -> Result<(), Failure> {
    let request = Request::change(Method::POST, "/api/config/reload");
    let Some(answer) = client::ask_server(dir, request).await? else {
        let none =
            format!("no server is running on {}: its configuration is read when one starts", dir.display());
        return Err(Failure::new(none).hint("try it out with `patchbay config check`"));
    };
    match options.json {
        true => output::line(&answer.text()),
        false => output::line(&words(answer.read()?)),
    }
    Ok(())
}

fn wrong(error: ConfigError) -> Failure {
    let failure = Failure::new(&error);
    match error {
        ConfigError::Missing { .. } => failure.status(Status::NotFound),
        _ => failure,
    }
}

fn table(settings: Vec<ConfigSetting>) -> String {
    let rows = settings.into_iter().map(|setting| {
        let effect = match (&setting.waiting, setting.restart) {
            (Some(waiting), _) => format!("next start: {}", json::compact(waiting)),
            (None, true) => "next start".to_owned(),
            (None, false) => "at once".to_owned(),
        };
        let name = format!("{}.{}", setting.table, setting.key);
        [name, json::compact(&setting.value), setting.from, effect]
    });
    Table::new(["KEY", "VALUE", "FROM", "A CHANGE TAKES EFFECT"]).with(rows).or("no keys")
}

fn words(reloaded: ConfigReloaded) -> String {
    let ConfigReloaded { changed, waiting } = reloaded;
    let row = |effect: &'static str| {
        move |ConfigChange { table, key, old, new }: ConfigChange| {
            [format!("{table}.{key}"), json::compact(&old), json::compact(&new), effect.to_owned()]
        }
    };
    let rows = changed.into_iter().map(row("now")).chain(waiting.into_iter().map(row("next start")));
    Table::new(["KEY", "OLD", "NEW", "TAKES EFFECT"]).with(rows).or("read again: nothing has changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_shown_beside_what_is_in_use() {
        let setting = |key: &str, restart: bool, waiting| ConfigSetting {
            table: "log".to_owned(),
            key: key.to_owned(),
            value: "text".into(),
            from: "default".to_owned(),
            restart,
            waiting,
        };
        let shown = table(vec![setting("level", false, None), setting("format", true, Some("json".into()))]);
        let lines: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["log.level", "\"text\"", "default", "at", "once"]);
        assert_eq!(lines[2], ["log.format", "\"text\"", "default", "next", "start:", "\"json\""]);
    }

    #[test]
    fn a_reload_without_a_change_says_so() {
        assert_eq!(words(ConfigReloaded::default()), "read again: nothing has changed");
    }
}
