//! Who uses the host: agents that give tasks, agents that chat, somebody who changes the configuration. They go on
//! whether the host lives or not, and note what was acknowledged. They must not know when it dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use super::noted::{Noted, Setting};
use super::task::{Ground, names};
use crate::alone::{MODEL, PATIENCE, PROVIDER};
use crate::client::Client;
use crate::operator::Operator;

/// After a request of which nothing was heard: the host is being started.
const AGAIN: Duration = Duration::from_millis(20);
/// Between two blocks of tasks, chats, and changes of one client.
const BLOCKS_APART: Duration = Duration::from_millis(250);
const CHATS_APART: Duration = Duration::from_millis(20);
const CHANGES_APART: Duration = Duration::from_millis(60);
/// A setting is removed when so many were made after it.
const KEPT: usize = 12;

/// What all of them have.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) operator: Operator,
    pub(super) noted: Arc<Noted>,
    pub(super) ground: Ground,
    /// True: they come to their end.
    pub(super) over: Arc<AtomicBool>,
}

impl Desk {
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Whether it was done; false also if nobody knows.
    pub(super) async fn say(&self, method: &str, path: &str, body: &Value) -> bool {
        match self.operator.ask(method, path, Some(body).filter(|body| !body.is_null())).await {
            Ok((status, answer)) => {
                if !matches!(status, 200..=299 | 404 | 409) {
                    self.noted.strange(format!("{method} {path}: {status} {answer}"));
                    sleep(AGAIN).await;
                }
                (200..=299).contains(&status)
            }
            Err(_) => {
                self.noted.unheard();
                sleep(AGAIN).await;
                false
            }
        }
    }
}

/// Gives blocks of tasks, each until it is acknowledged: it is the same by name, however often it is given.
pub(super) async fn give(desk: Desk, client: usize) {
    let mut number = 0;
    while !desk.is_over() {
        let block = desk.ground.block(client, number);
        let body = json!({ "tasks": block });
        while !desk.say("POST", "/api/tasks/apply", &body).await {}
        desk.noted.given(&names(&block));
        number += 1;
        sleep(BLOCKS_APART).await;
    }
}

/// Chats with a model behind the host, plainly and in streams.
pub(super) async fn chat(desk: Desk, client: watch::Receiver<Client>) {
    let mut number = 0_u64;
    while !desk.is_over() {
        number += 1;
        let now = client.borrow().clone();
        let heard = now.chat(MODEL, number.is_multiple_of(2), PATIENCE).await;
        match (heard.is_whole(), heard.status()) {
            (true, 200) => desk.noted.answered(),
            (true, _) => desk.noted.strange(format!("a chat: {}", heard.shown())),
            (false, _) => {
                desk.noted.unheard();
                sleep(AGAIN).await;
            }
        }
        sleep(CHATS_APART).await;
    }
}

/// Makes aliases, keys and secrets, and removes older ones. Each is asked for once: what was not acknowledged may be there
/// or not.
pub(super) async fn change(desk: Desk) {
    let mut made: Vec<Setting> = Vec::new();
    let mut number = 0;
    while !desk.is_over() {
        let (setting, method, body) = setting(&desk.ground, number);
        number += 1;
        let path = match method {
            "PUT" => one(&setting),
            _ => setting.path.to_owned(),
        };
        if desk.say(method, &path, &body).await {
            desk.noted.set(setting.clone());
            made.push(setting);
        }
        if made.len() > KEPT {
            remove(&desk, made.remove(0)).await;
        }
        sleep(CHANGES_APART).await;
    }
}

async fn remove(desk: &Desk, setting: Setting) {
    desk.noted.removing(&setting);
    if desk.say("DELETE", &one(&setting), &Value::Null).await {
        desk.noted.removed(setting);
    }
}

/// The path of one of them.
pub(super) fn one(setting: &Setting) -> String {
    format!("{}/{}", setting.path, setting.name)
}

fn setting(ground: &Ground, number: usize) -> (Setting, &'static str, Value) {
    let name = format!("crash-{}-{number}", ground.round);
    let (path, method, body) = match number % 3 {
        0 => ("/api/aliases", "POST", alias(&name)),
        1 => ("/api/keys", "POST", json!({ "agent": name })),
        _ => (
            "/api/secrets",
            "PUT",
            json!({"origins": ["https://api.example.com"], "value": "a-secret-of-crashes"}),
        ),
    };
    (Setting { path, name }, method, body)
}

fn alias(name: &str) -> Value {
    json!({"name": name, "targets": [{"provider": PROVIDER, "model": MODEL}]})
}
