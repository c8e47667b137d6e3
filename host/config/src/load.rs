//! From a folder to a configuration, and what two values have to be together.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::raw::RawConfig;
use crate::rule::Spoken;
use crate::{Config, ConfigError, Environment, FILE_NAME, Fixes, Sourced};

const FILE_BYTES_MAX: u64 = 1024 * 1024;

impl Config {
    /// Reads `patchbay.toml` in `dir`.
    ///
    /// # Errors
    /// The file is missing or cannot be read, or the first thing that is wrong in it or in `environment`.
    pub fn load(dir: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Sourced::load(dir, environment)?.config)
    }

    /// Reads `text`, which messages call `patchbay.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong in `text` or in `environment`.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Sourced::parse(text, environment)?.config)
    }
}

impl Sourced {
    /// Reads `patchbay.toml` in `dir`.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load(dir: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        Self::load_file(&dir.join(FILE_NAME), environment)
    }

    /// Reads a file of any name.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_file(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        parse(&read(path)?, &path.display().to_string(), environment)
    }

    /// Reads `text`, which messages call `patchbay.toml`.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        parse(text, FILE_NAME, environment)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::parse("", &Environment::default()).expect("the defaults are valid: a test reads them")
    }
}

fn parse(text: &str, file: &str, environment: &Environment) -> Result<Sourced, ConfigError> {
    let raw = RawConfig::parse(text, file, environment)?;
    let config = Config::read(&raw)?;
    agree(&config).map_err(|(left, right, expected)| ConfigError::Conflict {
        file: file.to_owned(),
        left,
        right,
        expected,
    })?;
    Ok(Sourced::new(config, &raw))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let dir = || path.parent().unwrap_or(path).to_owned();
    let wrong = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned(), dir: dir() },
        _ => ConfigError::Unreadable { path: path.to_owned(), source },
    };
    // To open a pipe would be to wait for whoever writes into it.
    if !path.metadata().map_err(wrong)?.is_file() {
        return Err(ConfigError::NotAFile { path: path.to_owned() });
    }
    let mut text = String::new();
    let file = File::open(path).map_err(wrong)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(wrong)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(ConfigError::TooLarge { path: path.to_owned(), max: FILE_BYTES_MAX });
    }
    Ok(text)
}

/// Either all keys of such a pair wait for a restart or none: what a running host becomes agrees too.
fn agree(config: &Config) -> Result<(), (String, String, &'static str)> {
    let (server, cooldown, tasks) = (&config.server, &config.cooldown, &config.tasks);
    if server.listen == server.metrics_listen && server.listen.port() != 0 {
        let at = |key, address| format!("[server] {key} = \"{address}\"");
        let keys = (at("listen", server.listen), at("metrics_listen", server.metrics_listen));
        return Err((keys.0, keys.1, "two different addresses"));
    }
    if cooldown.base > cooldown.max {
        let at = |key, time| format!("[cooldown] {key} = \"{}\"", Spoken(time));
        let keys = (at("base", cooldown.base), at("max", cooldown.max));
        return Err((keys.0, keys.1, "a base that is not above max"));
    }
    if tasks.heartbeat * 2 > tasks.lease {
        let at = |key, time| format!("[tasks] {key} = \"{}\"", Spoken(time));
        let keys = (at("heartbeat", tasks.heartbeat), at("lease", tasks.lease));
        return Err((keys.0, keys.1, "a heartbeat of at most half the lease, so that one may fail"));
    }
    rungs_agree(&config.fixes)
}

fn rungs_agree(fixes: &Fixes) -> Result<(), (String, String, &'static str)> {
    let rungs = [
        ("step_until", fixes.step_until),
        ("analysis_until", fixes.analysis_until),
        ("fix_task_until", fixes.fix_task_until),
    ];
    let wrong = rungs.iter().zip(rungs.iter().skip(1)).find(|(lower, upper)| lower.1 > upper.1);
    let at = |(key, count): &(&str, u32)| format!("[fixes] {key} = {count}");
    let error = |(lower, upper)| (at(lower), at(upper), "a second that is not below the first");
    wrong.map_or(Ok(()), |pair| Err(error(pair)))
}
