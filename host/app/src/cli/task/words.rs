//! Tasks as people read them.

use patchbay_admin::api::{AttemptView, LogView, TaskRow, TaskTree, TaskView};
use patchbay_engine::{Line, Stream};
use patchbay_tasks::{Event, Why, asked};

use crate::cli::table::{Table, pairs};
use crate::cli::{json, output};

pub(super) fn list(tasks: Vec<TaskRow>) -> String {
    let rows = tasks.into_iter().map(|task| {
        let (state, priority) = (state(&task.state, task.verified), format!("{:?}", task.priority));
        let labels = task.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let assignee = task.assignee.map(|agent| format!("@{agent}"));
        let labels: Vec<String> = assignee.into_iter().chain(labels).collect();
        [
            task.name.to_string(),
            state,
            json::word(&task.kind),
            priority,
            task.skill.unwrap_or_default(),
            task.attempts.to_string(),
            task.changed.to_string(),
            labels.join(" "),
            task.title,
        ]
    });
    Table::new(["NAME", "STATE", "TYPE", "PRIORITY", "SKILL", ">ATTEMPTS", "CHANGED", "LABELS", "TITLE"])
        .with(rows)
        .or("no tasks: patchbay task create NAME --skill SKILL, or patchbay task apply -f FILE")
}

pub(super) fn state(state: &str, verified: Option<bool>) -> String {
    match verified {
        Some(false) => format!("{state} (unverified)"),
        _ => state.to_owned(),
    }
}

/// Each below its parent, two columns further to the right.
pub(super) fn tree(tree: &TaskTree) -> String {
    let rows = tree.tasks.iter().map(|row| {
        let name = format!("{}{}", "  ".repeat(row.depth.into()), row.task.name);
        [name, state(&row.task.state, row.task.verified), row.task.title.clone()]
    });
    let table = Table::new(["TASK", "STATE", "TITLE"]).with(rows).or("no tasks");
    if tree.cut { format!("{table}\n(there are more)") } else { table }
}

pub(super) fn why(why: &Why) -> String {
    let until = why.until.map(|until| format!(" (until {until})")).unwrap_or_default();
    format!("{}{until}", output::printable(&why.text))
}

pub(super) fn history(events: &[Event]) -> String {
    let rows = events.iter().map(|event| {
        [
            event.seq.to_string(),
            event.at.to_string(),
            event.by.to_string(),
            event.cause.clone().into_owned(),
            event.to.name().to_string(),
            event.reason.clone().unwrap_or_default(),
        ]
    });
    Table::new([">N", "AT", "BY", "WHAT", "THEN", "WHY"]).with(rows).or("nothing happened after that")
}

pub(super) fn line(line: &Line) -> String {
    let mark = match line.stream {
        Stream::Stdout => "",
        Stream::Stderr => "! ",
        Stream::Note => "* ",
    };
    format!("{mark}{}", output::printable(&line.text))
}

/// One screen.
pub(super) fn one(task: &TaskView, log: Option<&LogView>) -> String {
    let mut parts = vec![pairs(head(task))];
    if !task.last_attempts.is_empty() {
        parts.push(attempts(&task.last_attempts));
    }
    if let Some(log) = log.filter(|log| !log.lines.is_empty()) {
        let lines: Vec<String> = log.lines.iter().map(|line| format!("  {}", self::line(line))).collect();
        parts.push(format!("log of attempt {}\n{}", log.attempt, lines.join("\n")));
    }
    parts.extend(problem(task));
    parts.join("\n\n")
}

fn head(task: &TaskView) -> Vec<(&'static str, String)> {
    let definition = &task.definition;
    let names = definition.depends_on.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        ("task", definition.name.to_string()),
        ("title", definition.title.clone()),
        ("state", state(&task.state, task.verified)),
        ("why", why(&task.why)),
    ];
    lines.extend(asked(&task.stands, definition).map(|text| ("asked", text)));
    lines.extend([
        ("type", format!("{}, {:?}", json::word(&definition.kind), definition.priority)),
        ("skill", definition.skill.clone().unwrap_or_default()),
        ("input", json::compact(&definition.input)),
    ]);
    let more = [
        ("assigned to", definition.assignee.clone()),
        ("parent", definition.parent.as_ref().map(ToString::to_string)),
        ("children", (task.children > 0).then(|| task.children.to_string())),
        ("depends on", (!names.is_empty()).then_some(names)),
    ];
    lines.extend(more.into_iter().filter_map(|(name, value)| Some((name, value?))));
    lines.extend(definition.checks.iter().map(|check| ("check", json::compact(check))));
    let attempts = format!("{} of {}, {} failed", task.attempts, definition.budgets.attempts, task.failures);
    lines.extend([
        ("attempts", attempts),
        ("changed", task.changed.to_string()),
        ("revision", task.rev.to_string()),
    ]);
    lines
}

fn attempts(attempts: &[AttemptView]) -> String {
    let rows = attempts.iter().map(|attempt| {
        let took = attempt.ended.since(attempt.began).as_secs_f64();
        [
            attempt.number.to_string(),
            attempt.began.to_string(),
            format!("{took:.1} s"),
            attempt.outcome.clone(),
            attempt.tokens.0.to_string(),
            attempt.cost_nano_usd.to_string(),
            attempt.message.chars().take(MESSAGE_CHARS).collect(),
        ]
    });
    Table::new([">ATTEMPT", "BEGAN", ">TOOK", "OUTCOME", ">TOKENS", ">COST", "MESSAGE"])
        .with(rows)
        .to_string()
}

/// Characters of a message that stand in a table.
const MESSAGE_CHARS: usize = 100;

fn problem(task: &TaskView) -> Option<String> {
    let record = task.problem.as_ref()?;
    let problem = &record.problem;
    let cause = problem.diagnosis.as_ref().map(|found| found.cause.clone()).unwrap_or_default();
    let mut lines = vec![
        ("problem", problem.fingerprint.to_string()),
        ("title", problem.title.clone()),
        ("cause", cause),
        ("failures", problem.failures.to_string()),
    ];
    if let Some(fix) = &task.fix {
        let fix =
            format!("{} {}: {}", fix.fix.id, patchbay_engine::state_word(fix.fix.state), fix.fix.plan.title);
        lines.push(("fix", fix));
    }
    Some(pairs(lines))
}
