//! Panics of Rust, in the old and the new form, and the chains that `anyhow` prints. Where the panic says its place
//! the backtrace is not needed, so that a failure is the same with it and without it.

use super::{FRAMES_MAX, Frame, Reading, joined};

pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    panic(lines).or_else(|| overflow(lines)).or_else(|| chain(lines))
}

/// Which thread it was, and what the runtime says after it, differs.
fn overflow(lines: &[&str]) -> Option<Reading> {
    const SAID: &str = "has overflowed its stack";
    let line = lines.iter().rposition(|line| line.starts_with("thread ") && line.ends_with(SAID))?;
    let exception = Some("panic".to_owned());
    Some(Reading { line, exception, message: SAID.to_owned(), telling: true, ..Reading::default() })
}

fn panic(lines: &[&str]) -> Option<Reading> {
    let at = lines.iter().rposition(|line| line.starts_with("thread ") && line.contains(" panicked at "))?;
    let (_, said) = lines.get(at)?.split_once(" panicked at ")?;
    let below = lines.get(at + 1..)?;
    let (place, message) = match said.strip_prefix('\'').and_then(|old| old.rsplit_once("', ")) {
        Some((message, place)) => (place, message),
        None => (said, below.first().copied().unwrap_or_default()),
    };
    let location = Frame::in_file(place.split(':').next().unwrap_or_default(), "");
    let frames = if location.is_own(&[]) { vec![location] } else { frames(below) };
    let message = message.to_owned();
    Some(Reading {
        line: at,
        exception: Some("panic".to_owned()),
        message,
        frames,
        telling: true,
        ..Reading::default()
    })
}

/// `N: SYMBOL` with `at PATH:LINE` below it.
fn frames(lines: &[&str]) -> Vec<Frame> {
    let paths = lines.iter().skip(1).map(|line| line.trim_start().strip_prefix("at ").unwrap_or_default());
    let symbols = lines.iter().map(|line| symbol(line));
    let pairs = symbols.zip(paths.chain([""]));
    pairs.filter_map(|(symbol, path)| Some(Frame::of_symbol(symbol?, "::", path))).take(FRAMES_MAX).collect()
}

fn symbol(line: &str) -> Option<&str> {
    let (number, rest) = line.trim_start().split_once(": ")?;
    number.parse::<u16>().ok()?;
    let rest = rest.trim();
    let symbol =
        rest.split_once(" - ").filter(|(hex, _)| hex.starts_with("0x")).map_or(rest, |(_, symbol)| symbol);
    Some(symbol.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16).map_or(symbol, |(symbol, _)| symbol))
}

/// `Error: …`, `Caused by:` and the causes below, outermost first.
fn chain(lines: &[&str]) -> Option<Reading> {
    let by = lines.iter().rposition(|line| line.trim() == "Caused by:")?;
    let head = lines.get(..by)?.iter().rev().find(|line| !line.trim().is_empty())?;
    let below = lines.get(by + 1..)?;
    let until = below.iter().position(|line| !line.starts_with([' ', '\t'])).unwrap_or(below.len());
    let causes = below.get(..until)?;
    Some(Reading {
        line: by,
        exception: Some("Error".to_owned()),
        message: head.trim().trim_start_matches("Error: ").to_owned(),
        body: joined(causes),
        cause: causes.last().map(|cause| without_number(cause.trim()).to_owned()),
        telling: true,
        ..Reading::default()
    })
}

fn without_number(cause: &str) -> &str {
    let numbered = cause.split_once(": ").filter(|(number, _)| number.parse::<u16>().is_ok());
    numbered.map_or(cause, |(_, cause)| cause)
}
