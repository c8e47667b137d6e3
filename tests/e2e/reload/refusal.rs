//! Files that are wrong in every way: nothing of them is taken over, one line says why, and a good one ends it.

use std::fs;

use serde_json::Value;
use tokio::time::sleep;

use super::{BY_HAND, LOOKED_TWICE, has_told, in_use, told, write};
use crate::harness::{Agent, Host};

/// Good keys around one that is not.
const HALF_GOOD: &str = "[routing]\nattempts_max = 1\n[cooldown]\njitter = 0.9\n[log]\nlevel = \"error\"\n";

async fn reasons(host: &Host) -> String {
    Agent::new(host.address(), "").get("/health").await.json()["reasons"].to_string()
}

#[tokio::test]
async fn a_wrong_file_leaves_all_values_its_good_half_too() {
    let host = Host::start_with(&format!("{BY_HAND}[routing]\nattempts_max = 4\n")).await;
    let before = in_use(&host).await;
    write(&host, HALF_GOOD);
    let reload = ["config", "reload"];
    host.cli(&reload)
        .await
        .failed(1, &["patchbay.toml:4:10", "jitter = 0.9", "a share from 0 to 0.5", "hint: "]);
    host.cli(&["config", "check"]).await.failed(1, &["patchbay.toml:4:10", "jitter = 0.9"]);
    assert_eq!(in_use(&host).await, before);
    has_told(&host, (0, 1)).await;
    let line = host.log().lines().find(|line| line.contains("not reloaded")).unwrap().to_owned();
    assert!(line.contains("ERROR") && line.contains("patchbay.toml:4:10") && line.contains("mend"), "{line}");
    // Agents read /health: they are told that it is so, operators are told why.
    let reasons_now = reasons(&host).await;
    assert!(reasons_now.contains("patchbay.toml") && !reasons_now.contains("jitter"), "{reasons_now}");
    let status = host.cli(&["status"]).await.ok();
    assert!(status.contains("patchbay.toml:4:10"), "{status}");
    let events = host.json(&["event", "list"]).await;
    let refused = |event: &&Value| event["kind"] == "config.refused";
    assert_eq!(events.as_array().unwrap().iter().filter(refused).count(), 1, "{events}");
    write(&host, BY_HAND);
    host.cli(&reload).await.ok();
    assert!(!reasons(&host).await.contains("patchbay.toml"));
    assert!(host.json(&["status"]).await["config_problem"].is_null());
}

#[tokio::test]
async fn whatever_is_wrong_with_the_file_is_named_and_changes_nothing() {
    let host = Host::start_with(BY_HAND).await;
    let file = host.dir().join("patchbay.toml");
    let before = in_use(&host).await;
    let wrong: [(&[u8], &str); 7] = [
        (b"[server]\nlisen = 1\n", "unknown key server.lisen; did you mean server.listen?"),
        (b"[routing]\nattempts_max = \"many\"\n", "attempts_max = \"many\"; expected a whole number"),
        (b"[cooldown]\nbase = \"20m\"\n", "do not go together"),
        (b"[routing]\nattempts_max = ", "patchbay.toml:2:"),
        (b"[server\n", "patchbay.toml:1:"),
        (b"# \xff\n", "UTF-8"),
        (&[b'#'; 2 << 20], "has more than 1048576 bytes"),
    ];
    for (text, words) in wrong {
        fs::write(&file, text).unwrap();
        host.cli(&["config", "reload"]).await.failed(1, &[words]);
    }
    fs::remove_file(&file).unwrap();
    host.hang_up();
    let removed = wrong.len() + 1;
    has_told(&host, (0, removed)).await;
    assert!(host.log().contains("there is no"), "{}", host.log());
    fs::create_dir(&file).unwrap();
    host.cli(&["config", "reload"]).await.failed(1, &["is no file"]);
    fs::remove_dir(&file).unwrap();
    write(&host, BY_HAND);
    host.cli(&["config", "reload"]).await.ok();
    assert_eq!(in_use(&host).await, before);
    has_told(&host, (1, removed + 1)).await;
}

#[tokio::test]
async fn the_watch_tells_of_a_wrong_file_once_and_takes_the_mended_one() {
    let host = Host::start().await;
    write(&host, HALF_GOOD);
    has_told(&host, (0, 1)).await;
    sleep(LOOKED_TWICE).await;
    assert_eq!(told(&host), (0, 1), "{}", host.log());
    write(&host, &HALF_GOOD.replace("0.9", "0.4").replace("\"error\"", "\"info\""));
    has_told(&host, (1, 1)).await;
    assert!(!reasons(&host).await.contains("patchbay.toml"));
    // Away for a moment, as some editors leave it, and there again.
    let (file, away) = (host.dir().join("patchbay.toml"), host.scratch().join("away"));
    fs::rename(&file, &away).unwrap();
    fs::rename(&away, &file).unwrap();
    sleep(LOOKED_TWICE).await;
    assert_eq!(told(&host).1, 1, "{}", host.log());
}
