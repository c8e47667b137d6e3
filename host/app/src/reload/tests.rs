//! What is said to take effect at once has somebody who obeys it.

use super::*;

/// One of these is another value for any key.
const OTHERS: [&str; 14] = [
    "true",
    "false",
    "3",
    "9",
    "0.25",
    "\"11m\"",
    "\"2s\"",
    "\"1 MiB\"",
    "\"512 MiB\"",
    "\"native\"",
    "\"reject\"",
    "\"warn\"",
    "[\"other\"]",
    "{ a = 1 }",
];
/// Those of single keys.
const SPECIAL: [&str; 10] = [
    "\"127.0.0.1:1\"",
    "\"json\"",
    "\"http://127.0.0.1:1\"",
    "\"elsewhere\"",
    "\"data\"",
    "\"s3://other\"",
    "[\"/srv/other\"]",
    "[\"routing.wait\"]",
    "[\"Sun 00:00-24:00 UTC\"]",
    "[\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\"]",
];

fn with_another_value(table: &str, key: &str) -> Config {
    let read =
        |value: &&str| Config::parse(&format!("[{table}]\n{key} = {value}"), &Environment::default()).ok();
    let differs = |config: &Config| !Config::default().differences(config).is_empty();
    let found = OTHERS.iter().chain(&SPECIAL).filter_map(read).find(differs);
    found.unwrap_or_else(|| panic!("no other value is known for {table}.{key}: add one"))
}

/// All that `Obeying` and the watch read.
fn obeyed(config: &Config) -> impl PartialEq + use<> {
    (
        host::gateway_options(config),
        host::pool_config(config),
        host::serve_options(config),
        (config.usage.flush_interval, config.log.level, config.server.watch_config),
    )
}

#[test]
fn every_key_that_takes_effect_at_once_is_obeyed_by_somebody_and_no_other() {
    let default = Sourced::parse("", &Environment::default()).unwrap();
    for setting in default.settings() {
        let (table, key) = (setting.table, setting.key);
        let changes = obeyed(&with_another_value(table, key)) != obeyed(&default.config);
        assert_eq!(changes, !setting.at_restart, "{table}.{key}");
    }
}
