//! What the configuration accepts, and what it says of the rest.

use std::fs;
use std::time::Duration;

use crate::tables::TABLES;
use crate::{ApproveAbove, Config, ConfigError, Environment, FILE_NAME, LogFormat, LogLevel};
use patchbay_types::{Bytes, NanoUsd, Tokens};

fn none() -> Environment {
    Environment::default()
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, &none())
}

fn check(text: &str, expected: &str) {
    let found = parse(text).expect_err(text).to_string();
    assert_eq!(found, expected, "for {text:?}");
}

#[test]
fn an_empty_file_is_the_defaults() {
    let config = parse("").unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:9190");
    assert_eq!(config.server.metrics_listen.to_string(), "127.0.0.1:9191");
    assert_eq!(config.server.body_bytes_max, Bytes(33_554_432));
    assert_eq!(config.server.header_bytes_max, Bytes(32_768));
    assert_eq!(config.routing.pools, ["primary", "fallback"]);
    assert_eq!(config.routing.deadline, Duration::from_secs(600));
    assert_eq!(config.cooldown.jitter, 0.1);
    assert_eq!(config.plugins.deadline, Duration::from_millis(100));
    assert_eq!(config.plugins.memory_bytes_max, Bytes(67_108_864));
    assert_eq!(config.plugins.compile_memory_bytes_max, Bytes(1_073_741_824));
    assert!(config.plugins.routing.is_empty());
    assert_eq!(config.plugin_budget.timeout_share, 0.001);
    assert_eq!((config.log.format, config.log.level), (LogFormat::Text, LogLevel::Info));
    assert!(config.server.watch_config);
}

#[test]
fn the_template_changes_nothing_as_it_is() {
    assert_eq!(parse(&Config::template()).unwrap(), Config::default());
}

#[test]
fn the_template_changes_nothing_with_every_key_uncommented() {
    let template = Config::template();
    let is_key = |line: &str| line.starts_with('#') && !line.starts_with("# ");
    let uncommented: Vec<&str> =
        template.lines().map(|line| if is_key(line) { &line[1..] } else { line }).collect();
    let keys = template.lines().filter(|line| is_key(line)).count();
    assert_eq!(keys, TABLES.iter().map(|table| table.keys.len()).sum::<usize>());
    assert_eq!(parse(&uncommented.join("\n")).unwrap(), Config::default());
}

#[test]
fn every_key_of_the_template_takes_effect_or_is_refused() {
    for key in Config::template().lines().filter_map(|line| line.strip_prefix('#')) {
        let Some((key, _)) = key.split_once(" = ").filter(|(key, _)| !key.contains(' ')) else { continue };
        let template = Config::template();
        let table = template.split(&format!("\n#{key} = ")).next().unwrap();
        let table = table.rsplit_once("\n[").unwrap().1.split(']').next().unwrap();
        let error = parse(&format!("[{table}]\n{key} = \"\\u0000\"")).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("patchbay.toml:2:{}: [{table}] {key} = ", key.len() + 4)),
            "{error}"
        );
    }
}

#[test]
fn values_are_read_in_every_form() {
    let config = parse(
        r#"
        [server]
        listen = "[::1]:80"
        body_bytes_max = "1 MiB"
        header_bytes_max = 0x4000
        header_timeout = "1500ms"
        drain_timeout = "5m"
        [routing]
        pools = ["eu", "us.2"]
        [plugins]
        deadline = "11ms"
        [ejection]
        share_max = 1
        [log]
        format = "json"
        "#,
    )
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "[::1]:80");
    assert_eq!(config.server.body_bytes_max, Bytes(1_048_576));
    assert_eq!(config.server.header_bytes_max, Bytes(16_384));
    assert_eq!(config.server.header_timeout, Duration::from_millis(1500));
    assert_eq!(config.server.drain_timeout, Duration::from_secs(300));
    assert_eq!(config.routing.pools, ["eu", "us.2"]);
    assert_eq!(config.plugins.deadline, Duration::from_millis(20));
    assert_eq!(config.ejection.share_max, 1.0);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn the_identity_and_its_recipients_are_read_and_the_wrong_one_is_named_with_its_place() {
    const KEY: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    let config = parse(&format!("[secrets]\nidentity = \"/etc/id\"\nrecipients = [\"{KEY}\"]")).unwrap();
    assert_eq!(config.secrets.identity.to_str(), Some("/etc/id"));
    assert_eq!(config.secrets.recipients, [KEY]);
    let environment = Environment::from_iter([("PATCHBAY_IDENTITY", "other")]);
    assert_eq!(Config::parse("", &environment).unwrap().secrets.identity.to_str(), Some("other"));
    let wrong = parse(&format!("[secrets]\nrecipients = [\n  \"{KEY}\",\n  \"age1wrong\",\n]")).unwrap_err();
    let wrong = wrong.to_string();
    assert!(
        wrong.starts_with("patchbay.toml:4:3: [secrets] recipients = \"age1wrong\"; expected a list"),
        "{wrong}"
    );
    for list in [format!("[\"{KEY}\", \"{KEY}\"]"), "\"age1\"".to_owned(), "[1]".to_owned()] {
        assert!(parse(&format!("[secrets]\nrecipients = {list}")).is_err(), "{list}");
    }
    for path in ["", "/", "..", "a\\u0000"] {
        assert!(parse(&format!("[secrets]\nidentity = \"{path}\"")).is_err(), "{path:?}");
    }
    let secret = parse("[secrets]\nrecipients = [\"AGE-SECRET-KEY-1CANARY\"]").unwrap_err().to_string();
    assert!(!secret.contains("CANARY"), "{secret}");
}

#[test]
fn the_routing_plugins_own_table_is_free() {
    let config = parse("[plugins.routing]\nweights = { a = 1, b = 2.5 }\nlist = [true, \"x\"]").unwrap();
    let expected = serde_json::json!({ "weights": { "a": 1, "b": 2.5 }, "list": [true, "x"] });
    assert_eq!(serde_json::Value::Object(config.plugins.routing), expected);
    for text in ["when = 2020-01-01", "most = inf"] {
        let error = parse(&format!("[plugins.routing]\n{text}")).unwrap_err().to_string();
        assert!(error.contains("[plugins] routing") && error.contains("JSON"), "{error}");
    }
}

#[test]
fn tasks_and_fixes_have_the_defaults_of_the_engine() {
    let config = Config::default();
    let (tasks, fixes) = (&config.tasks, &config.fixes);
    assert_eq!((tasks.places, tasks.fix_share, tasks.lease), (16, 0.5, Duration::from_secs(30)));
    assert_eq!((tasks.total, tasks.progress), (Duration::from_secs(86_400), Duration::from_secs(3600)));
    assert_eq!((fixes.plans, fixes.executions, fixes.per_hour), (5, 3, 30));
    assert_eq!((fixes.tokens, fixes.usd), (Tokens(1_000_000), NanoUsd(5_000_000_000)));
    assert_eq!((fixes.step_until, fixes.analysis_until, fixes.fix_task_until), (2, 4, 5));
    assert_eq!((fixes.approve_above, fixes.wall), (ApproveAbove::Config, Duration::from_secs(7200)));
    assert!(fixes.environment_to_person && config.skills_exec.programs.is_empty());
    assert_eq!(config.artifacts.bytes_max, Bytes(10 << 30));
}

#[test]
fn what_tasks_and_fixes_may_is_read_in_every_form() {
    let config = parse(
        r#"
        [skills.exec]
        programs = ["git", "/opt/run.sh"]
        [skills.http]
        origins = ["api.example.com", { origin = "http://127.0.0.1:9000", private = true }]
        [checks]
        files = ["/srv/data"]
        [fixes]
        usd = 0.000000001
        approve_above = "skill-version"
        closed_hours = ["Mon-Fri  09:00-18:00 Europe/Berlin"]
        config_keys = ["routing.wait", "cooldown.base"]
        repositories = ["/srv/programs"]
        [artifacts]
        bucket = "s3://kept/patchbay"
        endpoint = "http://127.0.0.1:9000"
        "#,
    )
    .unwrap();
    assert_eq!(config.skills_exec.programs, ["git", "/opt/run.sh"]);
    assert!(config.skills_http.origins[1].private() && !config.skills_http.origins[0].private());
    assert_eq!((config.fixes.usd, config.fixes.approve_above), (NanoUsd(1), ApproveAbove::SkillVersion));
    assert_eq!(config.fixes.closed_hours[0].as_str(), "Mon-Fri 09:00-18:00 Europe/Berlin");
    assert_eq!(config.artifacts.bucket, "s3://kept/patchbay");
}

#[test]
fn what_is_wrong_with_tasks_and_fixes_is_named_with_its_place() {
    let wrong = |text: &str, expected: &[&str]| {
        let found = parse(text).expect_err(text).to_string();
        assert!(expected.iter().all(|part| found.contains(part)), "{found}");
    };
    wrong("[skills]\nexce = 1", &["unknown key skills.exce; did you mean skills.exec?"]);
    wrong("skils = 1", &["did you mean skills?"]);
    wrong("skills = 1", &["skills is a table: write [skills]"]);
    wrong(
        "[skills.exec]\nprograms = [\"git\", \"./run\"]",
        &[":2:20: [skills.exec] programs = \"./run\"; expected"],
    );
    wrong(
        "[checks]\nhttp = [\"https://h/x\"]",
        &["[checks] http = \"https://h/x\"; expected a list of", "HOST:PORT"],
    );
    wrong("[checks]\nhttp = [{ origin = \"h\", privat = true }]", &["[checks] http = { origin"]);
    wrong("[fixes]\nusd = -1.0", &["[fixes] usd = -1.0; expected US dollars from 0 to 1000000"]);
    wrong("[fixes]\ntokens = -1", &["[fixes] tokens = -1; expected a whole number from 0"]);
    wrong("[fixes]\nclosed_hours = [\"always\"]", &["closed_hours = \"always\"", "Mon-Fri 09:00-18:00"]);
    wrong("[fixes]\nconfig_keys = [\"fixes.usd\"]", &["config_keys = \"fixes.usd\"", "none of [fixes]"]);
    wrong("[fixes]\napprove_above = \"host\"", &["expected \"data\" or \"config\" or \"skill-version\""]);
    wrong("[fixes]\nstep_until = 9", &["step_until = 9 and [fixes] analysis_until = 4 do not go together"]);
    wrong(
        "[tasks]\nheartbeat = \"20s\"",
        &["heartbeat = \"20s\" and [tasks] lease = \"30s\"", "half the lease"],
    );
    wrong("[artifacts]\nbucket = \"kept\"", &["bucket = \"kept\"; expected a bucket as \"s3://NAME\""]);
}

#[test]
fn every_value_that_is_told_can_be_written_into_the_file() {
    let text = "[fixes]\nusd = 2.000000001\nclosed_hours = [\"Sat,Sun 00:00-24:00 UTC\"]";
    let settings = crate::Sourced::parse(text, &none()).unwrap().settings();
    let told = |key: &str| settings.iter().find(|setting| setting.key == key).unwrap().value.to_string();
    assert_eq!(
        (told("usd"), told("closed_hours")),
        ("2.000000001".into(), "[\"Sat,Sun 00:00-24:00 UTC\"]".into())
    );
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_known_one() {
    check(
        "[server]\nlisten = \"127.0.0.1:1\"\n  lisen = 1",
        "patchbay.toml:3:3: unknown key server.lisen; did you mean server.listen?",
    );
    check("[serve]\n", "patchbay.toml:1:2: unknown key serve; did you mean server?");
    check(
        "[plugins.bugdet]\ntraps = 1",
        "patchbay.toml:1:10: unknown key plugins.bugdet; did you mean plugins.budget?",
    );
    check(
        "[server]\nattempts_max = 1",
        "patchbay.toml:2:1: unknown key server.attempts_max; attempts_max belongs in [routing]",
    );
    check("[log]\ncolour = 1", "patchbay.toml:2:1: unknown key log.colour; known here: format, level");
    check("server = 1", "patchbay.toml:1:1: server is a table: write [server], and its keys below");
}

#[test]
fn a_wrong_value_names_key_value_and_range() {
    check(
        "[cooldown]\njitter = 0.9",
        "patchbay.toml:2:10: [cooldown] jitter = 0.9; expected a share from 0 to 0.5",
    );
    check(
        "[routing]\nattempts_max = 0",
        "patchbay.toml:2:16: [routing] attempts_max = 0; expected a whole number from 1 to 20",
    );
    check(
        "[server]\nheader_timeout = 10",
        "patchbay.toml:2:18: [server] header_timeout = 10; expected a time in ms, s, m or h from \"10ms\" to \"1h\"",
    );
    check(
        "[server]\nbody_bytes_max = \"32 MB\"",
        "patchbay.toml:2:18: [server] body_bytes_max = \"32 MB\"; expected bytes from \"1 KiB\" to \"1 GiB\", as a \
         number or with KiB, MiB or GiB",
    );
    check(
        "[server]\nwatch_config = \"no\"",
        "patchbay.toml:2:16: [server] watch_config = \"no\"; expected true or false",
    );
    check(
        "[log]\nlevel = \"loud\"",
        "patchbay.toml:2:9: [log] level = \"loud\"; expected \"error\" or \"warn\" or \"info\" or \"debug\" or \"trace\"",
    );
}

#[test]
fn numbers_beyond_every_range_are_refused() {
    let wrong = [
        "[routing]\nattempts_max = 99999999999999999999",
        "[routing]\nattempts_max = -1",
        "[routing]\nattempts_max = 1.5",
        "[server]\nbody_bytes_max = -1",
        "[server]\nbody_bytes_max = \"99999999999 GiB\"",
        "[server]\nheader_timeout = \"18446744073709551615h\"",
        "[server]\nheader_timeout = \"\"",
        "[server]\nheader_timeout = \"-1s\"",
        "[cooldown]\njitter = nan",
        "[routing]\npools = []",
        "[routing]\npools = [\"a\", \"a\"]",
        "[routing]\npools = [\"a b\"]",
        "[routing]\npools = [1]",
        "[server]\nlisten = \"localhost:80\"",
        "[plugins]\nrouting = 1",
    ];
    for text in wrong {
        assert!(
            matches!(parse(text), Err(ConfigError::Invalid { .. })),
            "{text:?} was not refused as a value"
        );
    }
}

#[test]
fn values_that_contradict_each_other_are_refused() {
    check(
        "[cooldown]\nbase = \"20m\"",
        "patchbay.toml: [cooldown] base = \"20m\" and [cooldown] max = \"10m\" do not go together; expected a base \
         that is not above max",
    );
    let same = parse("[server]\nlisten = \"127.0.0.1:9191\"");
    assert!(matches!(same, Err(ConfigError::Conflict { .. })));
    let any = "listen = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"";
    assert!(parse(&format!("[server]\n{any}")).is_ok(), "port 0 is a different one each time");
}

#[test]
fn broken_text_names_line_and_column() {
    for text in ["[server\n", "[server]\nlisten = ", "[log]\nlevel = \"info\"\nlevel = \"info\"", "\u{0}"] {
        let error = parse(text).unwrap_err();
        assert!(matches!(&error, ConfigError::Syntax { .. }), "{error}");
        assert!(error.to_string().starts_with("patchbay.toml:"), "{error}");
    }
}

#[test]
fn a_table_that_is_put_below_the_one_that_is_there_is_told_where_that_is() {
    let template = Config::template();
    let line = template.lines().position(|line| line == "[skills.exec]").unwrap() + 1;
    let error = parse(&format!("{template}\n[skills.exec]\nprograms = [\"sh\"]\n")).unwrap_err().to_string();
    let said = format!("[skills.exec] stands on line {line} already: write its keys there");
    assert!(error.starts_with("patchbay.toml:") && error.ends_with(&said), "{error}");
}

#[test]
fn a_cut_file_is_an_error_or_a_configuration_but_never_a_panic() {
    let template = Config::template().replace("\n#", "\n");
    for end in 0..template.len() {
        let _ = template.get(..end).map(parse);
    }
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = |name: &str, value: &str| Environment::from_iter([(name, value)]);
    let text = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"";
    let listen = |environment| Config::parse(text, &environment).unwrap().server.listen.port();
    assert_eq!(listen(environment("PATCHBAY_LISTEN", "0.0.0.0:2")), 2);
    assert_eq!(listen(environment("PATCHBAY_LISTEN", "")), 1);
    let metrics = Config::parse(text, &environment("PATCHBAY_METRICS_LISTEN", "[::]:3")).unwrap();
    assert_eq!(metrics.server.metrics_listen.port(), 3);
    let places = Config::parse(text, &environment("PATCHBAY_PLACES", "0")).unwrap();
    assert_eq!(places.tasks.places, 0);
    let log = Config::parse(text, &environment("PATCHBAY_LOG", "trace")).unwrap();
    assert_eq!(log.log.level, LogLevel::Trace);
    let error = Config::parse(text, &environment("PATCHBAY_LISTEN", "here")).unwrap_err().to_string();
    assert!(
        error.starts_with("environment variable PATCHBAY_LISTEN: [server] listen = here; expected"),
        "{error}"
    );
}

#[test]
fn a_missing_file_says_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    let error = Config::load(folder.path(), &none()).unwrap_err().to_string();
    assert!(error.ends_with(&format!("`patchbay init --dir {}`", folder.path().display())), "{error}");
}

#[test]
fn a_loaded_file_is_named_with_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, Config::template()).unwrap();
    assert_eq!(Config::load(folder.path(), &none()).unwrap(), Config::default());
    fs::write(&path, "nonsense = 1").unwrap();
    let error = Config::load(folder.path(), &none()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}:1:1: unknown key nonsense", path.display())), "{error}");
    fs::write(&path, vec![b'#'; 2 << 20]).unwrap();
    assert!(matches!(Config::load(folder.path(), &none()), Err(ConfigError::TooLarge { .. })));
    fs::write(&path, [0xff]).unwrap();
    assert!(matches!(Config::load(folder.path(), &none()), Err(ConfigError::Unreadable { .. })));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = Config::load(folder.path(), &none()).unwrap_err().to_string();
    assert!(error.ends_with("patchbay.toml is no file: expected a text in UTF-8"), "{error}");
}
