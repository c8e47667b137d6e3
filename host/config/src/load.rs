//! From a folder to a configuration, and what two values have to be together.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::raw::RawConfig;
use crate::rule::Spoken;
use crate::{Config, ConfigError, Environment, FILE_NAME};

const FILE_BYTES_MAX: u64 = 1024 * 1024;

impl Config {
    /// Reads `patchbay.toml` in `dir`.
    ///
    /// # Errors
    /// The file is missing or cannot be read, or the first thing that is wrong in it or in `environment`.
    pub fn load(dir: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let path = dir.join(FILE_NAME);
        parse(&read(&path, dir)?, &path.display().to_string(), environment)
    }

    /// Reads `text`, which messages call `patchbay.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong in `text` or in `environment`.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        parse(text, FILE_NAME, environment)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::parse("", &Environment::default()).expect("the defaults are valid: a test reads them")
    }
}

fn parse(text: &str, file: &str, environment: &Environment) -> Result<Config, ConfigError> {
    let config = Config::read(&RawConfig::parse(text, file, environment)?)?;
    agree(&config).map_err(|(left, right, expected)| ConfigError::Conflict {
        file: file.to_owned(),
        left,
        right,
        expected,
    })?;
    Ok(config)
}

fn read(path: &Path, dir: &Path) -> Result<String, ConfigError> {
    let wrong = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned(), dir: dir.to_owned() },
        _ => ConfigError::Unreadable { path: path.to_owned(), source },
    };
    let mut text = String::new();
    let file = File::open(path).map_err(wrong)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(wrong)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(ConfigError::TooLarge { path: path.to_owned(), max: FILE_BYTES_MAX });
    }
    Ok(text)
}

fn agree(config: &Config) -> Result<(), (String, String, &'static str)> {
    let (server, cooldown) = (&config.server, &config.cooldown);
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
    Ok(())
}
