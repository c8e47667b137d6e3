//! Texts without a trace: the line that says what went wrong.

use super::{Reading, joined, named};

/// Lines at the end of a text among which the line is looked for.
const LINES_MAX: usize = 60;

/// Words at the beginning of a line among which a log puts the level.
const LEVEL_WORDS_MAX: usize = 8;

/// Words of a line that says that something went wrong.
#[rustfmt::skip]
const MARKS: &[&str] = &[
    "error", "fatal", "fail", "cannot", "can't", "could not", "couldn't", "unable", "denied", "not found",
    "no such", "refused", "timed out", "timeout", "invalid", "missing", "conflict", "panic", "abort",
    "exception", "overflow", "not recognized", "unexpected", "killed by", "not exist", "错误", "失败", "异常", "超时",
    "无法", "不能", "不存在", "找不到", "拒绝", "不足", "未找到", "失效",
];

/// What a shell says of a child that a signal ended: the code says it better.
const NOTICES: &[&str] =
    &["Killed", "Terminated", "Segmentation fault", "Aborted", "Bus error", "Illegal instruction"];

pub(super) fn read(lines: &[&str]) -> Reading {
    let lines = lines.get(lines.len().saturating_sub(LINES_MAX)..).unwrap_or_default();
    if let Some(at) = lines.iter().rposition(|line| named(line.trim_start()).is_some()) {
        return typed(lines, at);
    }
    if let Some(program) = lines.iter().find_map(|line| missing_program(line)) {
        let exception = Some("command not found".to_owned());
        return Reading { exception, message: program.to_owned(), telling: true, ..Reading::default() };
    }
    let strong = lines.iter().position(|line| is_strong(line));
    let marked = || lines.iter().position(|line| is_marked(line));
    let Some(at) = strong.or_else(marked) else { return last(lines) };
    let message = lines.get(at).copied().unwrap_or_default().trim().to_owned();
    Reading {
        message,
        body: joined(lines.get(at + 1..).unwrap_or_default()),
        telling: true,
        ..Reading::default()
    }
}

fn typed(lines: &[&str], at: usize) -> Reading {
    let line = lines.get(at).copied().unwrap_or_default();
    let (name, message) = named(line.trim_start()).unwrap_or_default();
    let body = joined(lines.get(at + 1..).unwrap_or_default());
    Reading { exception: Some(name.to_owned()), message: message.to_owned(), body, ..Reading::default() }
}

/// Nothing says that it is an error: the last line that is no notice of the shell.
fn last(lines: &[&str]) -> Reading {
    let line = lines.iter().rev().find(|line| !line.trim().is_empty() && !is_notice(line));
    Reading { message: line.copied().unwrap_or_default().trim().to_owned(), ..Reading::default() }
}

/// A line that a program or a log calls an error.
fn is_strong(line: &str) -> bool {
    const LEVELS: &[&str] = &["ERROR", "FATAL", "CRITICAL", "PANIC"];
    const LEADS: &[&str] = &["error:", "error[", "Error:", "错误:"];
    let levels = line.split([' ', ':', '[', ']', '\t', '|', '=']).take(LEVEL_WORDS_MAX);
    LEADS.iter().any(|lead| line.starts_with(lead)) || levels.into_iter().any(|word| LEVELS.contains(&word))
}

fn is_marked(line: &str) -> bool {
    let lower = line.to_lowercase();
    !is_notice(line) && !is_ruled(line) && MARKS.iter().any(|mark| lower.contains(mark))
}

/// A heading that a tool draws between lines.
fn is_ruled(line: &str) -> bool {
    ["===", "---", "___", "***"].iter().any(|rule| line.starts_with(rule))
}

fn is_notice(line: &str) -> bool {
    let said = line.trim();
    NOTICES
        .iter()
        .any(|notice| said.starts_with(notice) || (said.contains(": line ") && said.contains(notice)))
}

/// The program that a shell did not find.
fn missing_program(line: &str) -> Option<&str> {
    let line = line.trim();
    if let Some((_, name)) = line.split_once("command not found: ") {
        return Some(name);
    }
    let ends = [": command not found", ":未找到命令", ": 未找到命令"];
    let posix = line.strip_suffix(": not found").filter(|rest| rest.contains("sh: "));
    let rest = ends.iter().find_map(|end| line.strip_suffix(end)).or(posix)?;
    rest.rsplit(':').next().map(str::trim)
}
