//! The command line as it is declared: forms that scripts use, and those that are refused.

use clap::{CommandFactory, Parser};

use super::{Cli, Status};

fn parses(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

/// As they stand in `docs/cli.md`, and as scripts use them.
const FORMS: &[&str] = &[
    "patchbay init --dir d",
    "patchbay --dir d init",
    "patchbay serve --dir d --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0",
    "patchbay demo --exit --port 0",
    "patchbay provider add a --url https://h --key-env K --pool fallback --rpm 5 --model m --model n=x/n",
    "patchbay provider add a --url https://h --no-key --model m --price m=1/2/0.5",
    "patchbay provider add a --url https://h --key-file f --model m",
    "patchbay provider add a --url https://h --key-stdin --model m --json",
    "patchbay provider set a --price m=1/2 --remove-model n",
    "patchbay provider set a --no-key",
    "patchbay provider add a --url https://h --no-key --model m --api anthropic-messages --label L --tpm 5 \
     --max-in-flight 2 --connect-timeout 5s --first-byte-timeout 250ms --silence-timeout 1m --total-timeout 1h \
     --health-path off --keep-native-model --no-usage-option=false --meta a=b --context m=5 --max-output m=6 \
     --modalities m=text,image --reasoning m=high --price m=1/2/0.5/3",
    "patchbay provider set a --tpm none --max-in-flight none --label none --connect-timeout default",
    "patchbay provider set a --keep-native-model=false --meta a= --health-path /up --reasoning m",
    "patchbay provider list --json",
    "patchbay provider show a --json",
    "patchbay provider remove a",
    "patchbay provider enable a",
    "patchbay provider disable a",
    "patchbay provider test a --json",
    "patchbay key create agent --json",
    "patchbay key create agent --models a,b* --rpm 1 --tpm 2 --concurrency 3 --usd-per-day 1.5 --usd-per-month 9",
    "patchbay key set key_1 --rpm none --models none --usd-per-day -1 --json",
    "patchbay key show key_1 --json",
    "patchbay key list",
    "patchbay model list --json",
    "patchbay model alias add fast --to a/m=3 --to b/vendor/n --by policy --json",
    "patchbay model alias list --json",
    "patchbay model alias show fast --json",
    "patchbay model alias remove fast",
    "patchbay key revoke agent",
    "patchbay plugin new p --world routing-policy",
    "patchbay plugin build",
    "patchbay plugin build p",
    "patchbay plugin test p",
    "patchbay plugin inspect p.wasm --json",
    "patchbay plugin load p.wasm --slot routing --json",
    "patchbay plugin new p --world notifier --lang python --path d",
    "patchbay plugin run --fixture f.json",
    "patchbay plugin run p.wasm --fixture f.json --config {} --json",
    "patchbay plugin watch",
    "patchbay plugin watch p --slot routing",
    "patchbay plugin load p.wasm --slot notifiers/ops --shadow --sample 0.5",
    "patchbay plugin load p.wasm --slot routing --canary 5",
    "patchbay plugin load p --slot skills/x --config c.json --set a.b=1 --set c=d --grant process=git --grant kv=9",
    "patchbay plugin load p --slot routing --config - --accept-grants --allow-downgrade --signature s.minisig",
    "patchbay plugin diff-report --slot routing --limit 5 --json",
    "patchbay plugin promote --slot routing",
    "patchbay plugin promote --slot routing 4 --calls 10 --accept-diff why --json",
    "patchbay plugin promote routing/4 --slot routing",
    "patchbay plugin discard --slot routing --json",
    "patchbay plugin replay f.calls --with w.wasm --call c --json",
    "patchbay plugin list --json",
    "patchbay plugin rollback --slot routing",
    "patchbay slot list --json",
    "patchbay slot show routing --json --limit 3",
    "patchbay slot show notifiers/ops",
    "patchbay slot order analyzers a analyzers/b --json",
    "patchbay slot ask notifiers/ops --input - --id x --json",
    "patchbay skill run exec --input {\"program\":\"make\"} --timeout 10 --json",
    "patchbay skills run script --input @script.json",
    "patchbay call list --slot routing --failed --limit 10 --json",
    "patchbay call show --slot routing req_1#1 --json",
    "patchbay call export --slot routing a b -o f.calls --no-component --json",
    "patchbay calls export --slot routing --failed --limit 10 -o f.calls",
    "patchbay task create a --skill exec --input {\"program\":\"make\"} --type creative --priority P0 --parent p \
     --depends-on b,c --check {\"kind\":\"human\",\"question\":\"q\"} --label env=dev --title t --draft --json",
    "patchbay task apply -f tasks.yaml",
    "patchbay tasks apply --file - --draft --json",
    "patchbay task list --state ready,running --state paused --label env=dev --limit 5 --after 3 --json",
    "patchbay task show a --json",
    "patchbay task tree a --json",
    "patchbay task log a -f --lines 50",
    "patchbay task log a --attempt 2 --json",
    "patchbay task run a --reason r",
    "patchbay task publish a",
    "patchbay task retry a --reason r --rev 4 --json",
    "patchbay task pause a",
    "patchbay task resume a",
    "patchbay task cancel a --reason r --children --rev 3",
    "patchbay task resume a --children",
    "patchbay task log a -f --json",
    "patchbay task void a --reason r",
    "patchbay task approve a --reason r",
    "patchbay task reject a --remarks r",
    "patchbay task reject a --reason r",
    "patchbay task answer a --set k=v --set n=3 --note t --json",
    "patchbay task why a --json",
    "patchbay task history a --after 3 --limit 10 --json",
    "patchbay task wait a b --timeout 10m --for end --json",
    "patchbay problem list --json",
    "patchbay problems list --all",
    "patchbay problem show fp_v1:1 --json",
    "patchbay problem close fp_v1:1 --reason r --json",
    "patchbay schedule list --after 7 --limit 10 --json",
    "patchbay schedules show nightly --json",
    "patchbay schedule next nightly --count 5 --json",
    "patchbay schedule now nightly --reason r",
    "patchbay schedule backfill nightly --from 2026-11-01 --to 2026-11-07T00:00:00Z --json",
    "patchbay schedule backfill nightly --cancel --reason r",
    "patchbay schedule pause nightly --reason r",
    "patchbay schedule resume nightly --json",
    "patchbay schedule delete nightly --json",
    "patchbay fix list --problem fp_v1:1 --state planned --json",
    "patchbay fixes show 7 --json",
    "patchbay fix approve 7 --json",
    "patchbay fix reject 7 --reason r",
    "patchbay fix undo 7",
    "patchbay usage --json --hours 1 --provider a --model m --agent x",
    "patchbay usage --by day,pool --by model --days 7 --until 2026-11-21 --pool primary --wide",
    "patchbay usage --by month --since 2026-01-01 --csv",
    "patchbay cooldown list --json",
    "patchbay cooldown history --provider a --hours 24 --json",
    "patchbay cooldown clear a",
    "patchbay status --json",
    "patchbay report list --json",
    "patchbay event list --limit 10",
    "patchbay audit list --json",
    "patchbay config check --json",
    "patchbay config check new.toml",
    "patchbay config show --json",
    "patchbay config reload --json",
    "patchbay __compile 1 2",
];

#[test]
fn every_documented_form_is_taken() {
    for form in FORMS {
        if let Err(error) = parses(form) {
            panic!("{form}: {error}");
        }
    }
}

#[test]
fn wrong_usage_is_refused_with_the_status_of_wrong_usage() {
    let wrong = [
        "patchbay",
        "patchbay provider add a --url https://h --model m",
        "patchbay provider add a --url https://h --key-env K --no-key --model m",
        "patchbay provider add a --url https://h --key-env K --key-stdin --model m",
        "patchbay provider add a --url https://h --key-env K",
        "patchbay provider add a/b --url https://h --no-key --model m",
        "patchbay provider set a",
        "patchbay provider set a --json",
        "patchbay provider set a --tpm -5",
        "patchbay provider set a --api nothing",
        "patchbay provider set a --connect-timeout 5",
        "patchbay provider set a --context m",
        "patchbay provider add a --url https://h --no-key --model m --price m=20000/1",
        "patchbay key set key_1",
        "patchbay key set key_1 --rpm many",
        "patchbay model alias add fast",
        "patchbay model alias add fast --to m",
        "patchbay model alias add fast --to a/m --by chance",
        "patchbay plugin new p --world unknown",
        "patchbay plugin new fn --world routing-policy",
        "patchbay plugin load p.wasm",
        "patchbay plugin load p.wasm --slot nothing",
        "patchbay plugin load p.wasm --slot routing --shadow --canary 5",
        "patchbay plugin load p.wasm --slot routing --sample 0.5",
        "patchbay plugin load p.wasm --slot routing --canary 101",
        "patchbay plugin load p.wasm --slot routing --grant disk=1",
        "patchbay plugin load p.wasm --slot routing --set a",
        "patchbay plugin new p --world routing-policy --lang cobol",
        "patchbay plugin promote",
        "patchbay plugin promote --slot routing four",
        "patchbay call export --slot routing",
        "patchbay call export --slot routing a --failed -o f",
        "patchbay slot order analyzers",
        "patchbay slot ask routing",
        "patchbay skill run",
        "patchbay skill run exec --timeout 0",
        "patchbay config",
        "patchbay config reload FILE",
        "patchbay serve --listen nowhere",
        "patchbay event list --limit 0",
        "patchbay task create",
        "patchbay task create a/b",
        "patchbay task create a --input {",
        "patchbay task create a --priority P9",
        "patchbay task create a --label env",
        "patchbay task create a --check {\"kind\":\"guess\"}",
        "patchbay task apply",
        "patchbay task list --limit 0",
        "patchbay task log a -f --attempt 2",
        "patchbay task resume a --reason r",
        "patchbay schedule backfill a --from 2026-11-01",
        "patchbay schedule backfill a --from 2026-11-01 --to 2026-11-02 --cancel",
        "patchbay task answer a",
        "patchbay task answer a --set k",
        "patchbay task wait",
        "patchbay task wait a --timeout 5",
        "patchbay task wait a --for ever",
        "patchbay problem show",
        "patchbay fix show seven",
        "patchbay usage --by week",
        "patchbay usage --hours 0",
        "patchbay usage --hours 1 --days 1",
        "patchbay usage --days 1 --since 2026-11-21",
        "patchbay usage --csv --json",
        "patchbay cooldown history --hours 0",
    ];
    for form in wrong {
        match parses(form) {
            Ok(_) => panic!("{form} was taken"),
            Err(error) => assert_eq!(error.exit_code(), Status::Usage as i32, "{form}"),
        }
    }
}

#[test]
fn a_number_that_is_none_is_told_in_words_for_people() {
    let check = |line: &str, expected: &str| {
        let failure = super::typed::in_words(&parses(line).unwrap_err()).unwrap();
        let (text, exit) = (failure.to_string(), failure.exit());
        assert!(text.starts_with(&format!("error: invalid value {expected}\nhint: ")), "{text}");
        assert_eq!(exit, Status::Usage);
    };
    check("patchbay fix show x", "'x' for '<N>': expected a whole number, 0 or more");
    check("patchbay task list --limit 0", "'0' for '--limit <N>': expected 1 to 1000");
    check("patchbay task log a --attempt 0", "'0' for '--attempt <N>': expected 1 or more");
    check(
        "patchbay task list --after 99999999999999999999",
        "'99999999999999999999' for '--after <ID>': expected a smaller number",
    );
    assert_eq!(super::typed::in_words(&parses("patchbay task answer a --set k").unwrap_err()), None);
}

#[test]
fn an_unknown_world_is_answered_with_those_that_are_known() {
    let error = parses("patchbay plugin new p --world unknown").unwrap_err().to_string();
    assert!(error.contains("routing-policy"), "{error}");
}
