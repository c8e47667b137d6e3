//! Who has a configuration read again: the command line, a signal, the host by itself. Each is one reload, and one line.

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{BY_HAND, LOOKED_TWICE, shown, told, write};
use crate::harness::{Host, command, until};

fn attempts(count: u32) -> String {
    format!("[routing]\nattempts_max = {count}\n")
}

async fn uses(host: &Host, count: u32) {
    until("the new value", async || {
        (shown(host, "routing", "attempts_max").await["value"] == count).then_some(())
    })
    .await;
}

/// Who reloaded, the oldest first.
async fn actors(host: &Host) -> Vec<Value> {
    let audit = host.json(&["audit", "list"]).await;
    let reloads = audit.as_array().unwrap().iter().filter(|entry| entry["action"] == "config.reload");
    reloads.map(|entry| json!([entry["actor"], entry["detail"]])).collect()
}

#[tokio::test]
async fn the_watch_the_command_line_and_a_signal_each_reload_once() {
    let host = Host::start().await;
    // The watch takes itself off, so that it cannot come before the command line.
    write(&host, &format!("{BY_HAND}{}", attempts(2)));
    uses(&host, 2).await;
    sleep(LOOKED_TWICE).await;
    assert_eq!(told(&host), (1, 0), "{}", host.log());
    write(&host, &attempts(3));
    let table = host.cli(&["config", "reload"]).await.ok();
    assert!(table.contains("routing.attempts_max") && table.contains("now"), "{table}");
    write(&host, &attempts(4));
    host.hang_up();
    uses(&host, 4).await;
    sleep(LOOKED_TWICE).await;
    // It is on again, and what others have read is no news.
    assert_eq!(told(&host), (3, 0), "{}", host.log());
    let expected = [
        json!(["host", "server.watch_config true -> false, routing.attempts_max 5 -> 2"]),
        json!(["cli", "server.watch_config false -> true, routing.attempts_max 2 -> 3"]),
        json!(["signal", "routing.attempts_max 3 -> 4"]),
    ];
    assert_eq!(actors(&host).await, expected);
}

#[tokio::test]
async fn a_file_that_is_not_watched_is_read_when_somebody_says_so() {
    let host = Host::start_with(BY_HAND).await;
    write(&host, &format!("{BY_HAND}{}", attempts(2)));
    sleep(LOOKED_TWICE).await;
    assert_eq!(
        (told(&host), shown(&host, "routing", "attempts_max").await["value"].clone()),
        ((0, 0), json!(5))
    );
    host.hang_up();
    uses(&host, 2).await;
    // From here on it is watched.
    write(&host, "");
    host.operator().reload_config().await;
    write(&host, &attempts(7));
    uses(&host, 7).await;
}

#[tokio::test]
async fn a_file_that_was_written_before_the_start_is_no_news() {
    let host = Host::start_with(&attempts(2)).await;
    sleep(LOOKED_TWICE).await;
    assert_eq!(told(&host), (0, 0), "{}", host.log());
}

#[tokio::test]
async fn a_variable_stands_above_the_file_and_check_and_show_need_no_server() {
    let host = Host::make("[log]\nlevel = \"warn\"\n").await;
    let dir = host.dir();
    let mut show = command(&["--dir", dir.to_str().unwrap(), "config", "show", "--json"]);
    show.env("PATCHBAY_LOG", "trace");
    let shown = crate::harness::Output::of(show, "").await.json();
    let level = shown.as_array().unwrap().iter().find(|row| row["key"] == "level").unwrap();
    assert_eq!((&level["value"], &level["from"]), (&json!("trace"), &json!("environment PATCHBAY_LOG")));
    let checked = host.json(&["config", "check"]).await;
    // One in the file, one by the variable that hosts of these tests have.
    assert_eq!((&checked["ok"], &checked["keys_set"]), (&json!(true), &json!(2)), "{checked}");
    assert!(host.cli(&["config", "show"]).await.ok().contains("routing.attempts_max"));
    host.cli(&["config", "reload"]).await.failed(1, &["no server", "config check"]);
    // Nobody opened the folder for that.
    assert!(!dir.join("patchbay.redb").exists());
}
