//! Tells a chat room each message, and which one of the day's work it is: a notifier that asks its host for a request, a
//! secret's place and a number that it remembers.

use patchbay_sdk::{
    Message, Notifier, PluginError, Receipt, RouteDescription, SendError, config, http, kv, log, notifier,
    secrets,
};
use serde::Deserialize;
use serde_json::json;

const URL: &str = "https://chat.example.com/messages";
/// The operator's name for the secret; its value never comes here.
const TOKEN: &str = "chat-token";
/// How many messages were taken.
const COUNT: &str = "count";

/// What the operator must set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    room: String,
}

/// What the room's server answers.
#[derive(Deserialize)]
struct Taken {
    id: String,
}

struct SayHello;

impl Notifier for SayHello {
    fn describe() -> Result<Vec<RouteDescription>, PluginError> {
        Ok(vec![RouteDescription::new("say-hello", "Tells a chat room")])
    }

    /// Counts a message once it was taken, so that one that is sent again is not counted twice.
    fn send(message: &Message) -> Result<Receipt, SendError> {
        let settings: Settings = config()?;
        let number = kv::get_json::<u64>(COUNT)?.unwrap_or(0) + 1;
        let body = json!({ "room": settings.room, "text": text(message, number), "key": message.id });
        let answer = http::Request::post(URL)
            .header("authorization", format!("Bearer {}", secrets::placeholder(TOKEN)))
            .json(&body)?
            .send()?
            .require_success()?;
        let taken: Taken = answer.json()?;
        kv::set_json(COUNT, &number)?;
        log::debug!("{} is message {} of {}", message.id, taken.id, settings.room);
        Ok(Receipt::new(taken.id))
    }
}

notifier!(SayHello);

fn text(message: &Message, number: u64) -> String {
    let mark = match message.severity.as_str() {
        "critical" => "!! ",
        "warning" => "! ",
        _ => "",
    };
    let body = if message.body.is_empty() { String::new() } else { format!("\n{}", message.body) };
    format!("{mark}hello, no. {number}: {}{body}", message.title)
}

#[cfg(test)]
mod tests;
