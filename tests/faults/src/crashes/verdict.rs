//! What is looked for when all is at rest: tasks, configuration, reports, the ledger. It must not know how the host died.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::clients::Desk;
use super::effect::{Run, runs};
use super::judge::{Case, judge};
use super::noted::Setting;
use super::stage::Stage;
use super::story::Story;
use super::tally::Tally;
use super::task::Kind;

/// Until the ledger has what was answered last.
const COUNTED: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Tasks that are asked for at once.
const ASKED_AT_ONCE: usize = 8;

/// Judges one round.
pub(super) async fn all(desk: &Desk, stage: &Stage, tally: &mut Tally) -> anyhow::Result<()> {
    judge_tasks(desk, tally).await?;
    judge_settings(desk, tally).await?;
    judge_reports(desk, tally).await?;
    judge_ledger(desk, stage, tally).await?;
    tally.unheard += desk.noted.unheard_count();
    tally.failures.extend(desk.noted.strange_ones());
    Ok(())
}

async fn judge_tasks(desk: &Desk, tally: &mut Tally) -> anyhow::Result<()> {
    let effects = std::fs::read_to_string(&desk.ground.effects).unwrap_or_default();
    let runs = runs(&effects).map_err(anyhow::Error::msg)?;
    let (mut names, mut asking) = (desk.noted.tasks(), JoinSet::new());
    tally.tasks += names.len();
    loop {
        while asking.len() < ASKED_AT_ONCE
            && let Some(name) = names.pop()
        {
            let operator = desk.operator.clone();
            asking.spawn(async move { (Story::of(&operator, &name).await, name) });
        }
        match asking.join_next().await {
            Some(asked) => judge_task(desk, asked?, &runs, tally),
            None => return Ok(()),
        }
    }
}

fn judge_task(
    desk: &Desk,
    (story, name): (anyhow::Result<Story>, String),
    runs: &HashMap<String, Vec<Run>>,
    tally: &mut Tally,
) {
    let story = match story {
        Ok(story) => story,
        Err(error) => {
            tally.lost += 1;
            return tally.failures.push(format!("{name} was acknowledged and is lost: {error:#}"));
        }
    };
    let said = desk.noted.words(&name);
    let case = Case { story: &story, runs: runs.get(&name).map_or(&[], Vec::as_slice), said: &said };
    let failures = judge(&case);
    tally.count(&case, failures.is_empty());
    tally.failures.extend(failures);
}

async fn judge_settings(desk: &Desk, tally: &mut Tally) -> anyhow::Result<()> {
    let (there, gone) = desk.noted.settings();
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, field) in [("/api/aliases", "name"), ("/api/keys", "agent"), ("/api/secrets", "name")] {
        let list = desk.operator.get(path).await?;
        let names = list.as_array().into_iter().flatten().filter_map(|row: &Value| row[field].as_str());
        lists.insert(path, names.map(str::to_owned).collect());
    }
    let is_there =
        |setting: &Setting| lists.get(setting.path).is_some_and(|names| names.contains(&setting.name));
    tally.settings += there.len() + gone.len();
    let lost = there.iter().filter(|setting| !is_there(setting));
    tally.failures.extend(lost.map(|setting| format!("{setting:?} was acknowledged and is lost")));
    let back = gone.iter().filter(|setting| is_there(setting));
    tally.failures.extend(back.map(|setting| format!("{setting:?} was removed and is there")));
    Ok(())
}

/// Each task that asked for a person has its report, once.
async fn judge_reports(desk: &Desk, tally: &mut Tally) -> anyhow::Result<()> {
    let reports = desk.operator.get("/api/reports?limit=1000").await?;
    for task in desk.noted.tasks().iter().filter(|task| Kind::of(task) == Some(Kind::Ask)) {
        let begin = format!("Task {task} needs a person");
        let titles = reports.as_array().into_iter().flatten().filter_map(|report| report["title"].as_str());
        let found = titles.filter(|title| title.starts_with(&begin)).count();
        tally.reports += 1;
        if found != 1 {
            tally.failures.push(format!("{task} asked for a person, and has {found} reports"));
        }
    }
    Ok(())
}

/// The ledger has all but what was answered shortly before a kill, and nothing that was not asked.
async fn judge_ledger(desk: &Desk, stage: &Stage, tally: &mut Tally) -> anyhow::Result<()> {
    tally.chats += desk.noted.counted();
    let end = Instant::now() + COUNTED;
    let mut counted = stage.counted().await?;
    while counted < tally.chats && Instant::now() < end {
        sleep(LOOK_EVERY).await;
        counted = stage.counted().await?;
    }
    let (least, most) = (tally.chats, stage.chats());
    tally.ledger = (counted, most);
    if counted < least || counted > most {
        tally.failures.push(format!(
            "the ledger has {counted} chats: expected {least}, which were answered well before a kill, to {most}, \
             which the provider saw"
        ));
    }
    Ok(())
}
