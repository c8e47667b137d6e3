//! Where values come from, what differs, and what a running host takes over.

use serde_json::{Value, json};

use super::*;
use crate::Environment;

fn sourced(text: &str, environment: &Environment) -> Sourced {
    Sourced::parse(text, environment).unwrap()
}

fn of(text: &str) -> Sourced {
    sourced(text, &Environment::default())
}

fn setting(sourced: &Sourced, table: &str, key: &str) -> (Value, String) {
    let settings = sourced.settings().into_iter();
    let mut found = settings.filter(|setting| (setting.table, setting.key) == (table, key));
    found.next().map(|setting| (setting.value, setting.origin.to_string())).unwrap()
}

#[test]
fn every_value_says_where_it_comes_from_and_the_nearest_to_the_command_wins() {
    let text = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"";
    let environment = Environment::from_iter([("PATCHBAY_LISTEN", "127.0.0.1:2"), ("PATCHBAY_LOG", "debug")]);
    let file = of(text);
    assert_eq!(setting(&file, "server", "listen"), (json!("127.0.0.1:1"), "file".to_owned()));
    assert_eq!(setting(&file, "routing", "attempts_max"), (json!(5), "default".to_owned()));
    let outside = sourced(text, &environment);
    let listen = setting(&outside, "server", "listen");
    assert_eq!(listen, (json!("127.0.0.1:2"), "environment PATCHBAY_LISTEN".to_owned()));
    let option = environment.with_option("--listen", "PATCHBAY_LISTEN", Some("127.0.0.1:3"));
    let option = sourced(text, &option.with_option("--log", "PATCHBAY_LOG", None::<&str>));
    assert_eq!(setting(&option, "server", "listen"), (json!("127.0.0.1:3"), "option --listen".to_owned()));
    assert_eq!(setting(&option, "log", "level").1, "environment PATCHBAY_LOG");
}

#[test]
fn a_wrong_option_is_named() {
    let environment = Environment::default().with_option("--listen", "PATCHBAY_LISTEN", Some("here"));
    let error = Sourced::parse("", &environment).unwrap_err().to_string();
    assert!(error.starts_with("option --listen: [server] listen = here; expected"), "{error}");
}

#[test]
fn every_value_that_is_told_can_be_written_and_is_the_same_again() {
    let odd = "[server]\nbody_bytes_max = 1500\nheader_timeout = \"1500ms\"\n[cooldown]\njitter = 0.25\n\
               [routing]\npools = [\"a\", \"b\"]\n[plugins.routing]\na = { b = [1, true, \"x\"] }";
    for text in ["", odd] {
        let told = of(text);
        let mut written = String::new();
        for setting in told.settings().iter().filter(|setting| !setting.value.is_object()) {
            written.push_str(&format!("{}.{} = {}\n", setting.table, setting.key, setting.value));
        }
        let mut again = of(&written).config;
        again.plugins.routing = told.config.plugins.routing.clone();
        assert_eq!(again, told.config, "{written}");
    }
}

#[test]
fn what_waits_for_a_restart_stays_and_the_rest_is_taken_over() {
    let running = of("[log]\nformat = \"text\"\n[routing]\nattempts_max = 3");
    let next = of("[log]\nformat = \"json\"\nlevel = \"warn\"\n[server]\nlisten = \"127.0.0.1:1\"");
    let differences = running.config.differences(&next.config);
    let seen: Vec<_> = differences
        .iter()
        .map(|difference| (difference.key, &difference.old, &difference.new, difference.at_restart))
        .collect();
    let expected = [
        ("listen", &json!("127.0.0.1:9190"), &json!("127.0.0.1:1"), true),
        ("attempts_max", &json!(3), &json!(5), false),
        ("format", &json!("text"), &json!("json"), true),
        ("level", &json!("info"), &json!("warn"), false),
    ];
    assert_eq!(seen, expected);
    let taken = running.taken_over(&next);
    assert_eq!(taken.config.routing.attempts_max, 5);
    assert_eq!(taken.config.server.listen, running.config.server.listen);
    assert_eq!(setting(&taken, "log", "format"), (json!("text"), "file".to_owned()));
    assert_eq!(setting(&taken, "log", "level"), (json!("warn"), "file".to_owned()));
    assert!(taken.config.differences(&next.config).iter().all(|difference| difference.at_restart));
}

#[test]
fn addresses_secrets_the_form_of_the_log_plugins_and_tasks_wait_for_a_restart() {
    let whole = ["plugins", "tasks", "skills", "checks", "fixes", "artifacts"];
    let waiting = of("").settings().into_iter().filter(|setting| setting.at_restart);
    let names: Vec<_> = waiting
        .filter(|setting| !whole.iter().any(|first| setting.table.starts_with(first)))
        .map(|setting| format!("{}.{}", setting.table, setting.key))
        .collect();
    let expected = [
        "server.listen",
        "server.metrics_listen",
        "telemetry.endpoint",
        "telemetry.sample",
        "secrets.identity",
        "secrets.recipients",
        "log.format",
    ];
    assert_eq!(names, expected);
}
