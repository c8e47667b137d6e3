//! Waits until every task of a round has come to its end, on a host that lives. It must not know what is judged.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::clients::Desk;
use super::task::{Kind, ROUND_LABEL};

/// For all that was acknowledged to come to its end.
const REST: Duration = Duration::from_secs(300);
/// What waits for its moment still, after so many attempts lost with their hosts, is begun anew by a person then.
const HURRY_AFTER: Duration = Duration::from_secs(30);
const HURRY_EVERY: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(250);
const PAGE: usize = 1_000;
/// Tasks that are named when they do not come to an end.
const NAMED_MAX: usize = 5;

/// A task in a list.
struct Row {
    state: String,
    attempts: u64,
}

/// # Errors
/// Which tasks do not come to an end.
pub(super) async fn rest(desk: &Desk) -> Result<(), String> {
    let (end, mut hurry) = (Instant::now() + REST, Instant::now() + HURRY_AFTER);
    loop {
        let left = left(desk).await;
        if left.is_empty() {
            return Ok(());
        }
        if Instant::now() > end {
            let named = left.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
            return Err(format!("{} tasks have no end after {REST:?}: {named}", left.len()));
        }
        if Instant::now() > hurry {
            begin_anew(desk).await;
            hurry += HURRY_EVERY;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// A pause after many failures may be longer than anybody waits here.
async fn begin_anew(desk: &Desk) {
    for (name, row) in rows(desk).await.unwrap_or_default() {
        let body = json!({"reason": "it has waited long enough"});
        if row.state == "backoff" && desk.say("POST", &format!("/api/tasks/{name}/retry"), &body).await {
            desk.noted.said(&name, "retry");
        }
    }
}

async fn left(desk: &Desk) -> Vec<String> {
    let tasks = desk.noted.tasks();
    let said: Vec<bool> = tasks.iter().map(|task| desk.noted.was_said(task, "retry")).collect();
    let Ok(rows) = rows(desk).await else { return vec!["the list of tasks".to_owned()] };
    let over = |task: &str, said: bool| match (rows.get(task), Kind::of(task)) {
        // That one is lost is judged later.
        (None, _) => true,
        (Some(row), Some(Kind::Again)) => said && row.state == "succeeded" && row.attempts > 1,
        (Some(row), kind) => kind.is_some_and(|kind| kind.end() == row.state),
    };
    let left = tasks.into_iter().zip(said).filter(|(task, said)| !over(task, *said));
    left.map(|(task, _)| format!("{task} is {}", rows.get(&task).map_or("", |row| row.state.as_str())))
        .collect()
}

async fn rows(desk: &Desk) -> anyhow::Result<HashMap<String, Row>> {
    let (mut rows, mut after) = (HashMap::new(), 0);
    loop {
        let round = desk.ground.round;
        let path = format!("/api/tasks?label={ROUND_LABEL}%3D{round}&after={after}&limit={PAGE}");
        let page = desk.operator.get(&path).await?;
        let page = page.as_array().cloned().unwrap_or_default();
        for row in &page {
            let (name, state) = (row["name"].as_str(), row["state"].as_str());
            let attempts = row["attempts"].as_u64().unwrap_or_default();
            if let (Some(name), Some(state)) = (name, state) {
                rows.insert(name.to_owned(), Row { state: state.to_owned(), attempts });
            }
        }
        match page.last().and_then(|row| row["id"].as_u64()).filter(|_| page.len() == PAGE) {
            Some(last) => after = last,
            None => return Ok(rows),
        }
    }
}
