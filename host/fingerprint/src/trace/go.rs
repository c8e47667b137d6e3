//! Panics of Go: the first goroutine is the one that failed.

use super::{FRAMES_MAX, Frame, Reading};

pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    let at = lines.iter().position(|line| line.starts_with("goroutine ") && line.ends_with("]:"))?;
    let above = lines.get(..at)?;
    let said = above
        .iter()
        .rev()
        .find_map(|line| line.strip_prefix("panic: ").or_else(|| line.strip_prefix("fatal error: ")))?;
    let below = lines.get(at + 1..)?;
    let until = below.iter().position(|line| line.is_empty()).unwrap_or(below.len());
    let pairs = below.iter().zip(below.iter().skip(1)).take(until);
    let frames = pairs.filter_map(|(call, place)| frame(call, place)).take(FRAMES_MAX).collect();
    let exception = Some("panic".to_owned());
    Some(Reading {
        line: at,
        exception,
        message: (*said).to_owned(),
        frames,
        telling: true,
        ..Reading::default()
    })
}

/// `PACKAGE.FUNCTION(ARGUMENTS)` and, indented below, `PATH:LINE`.
fn frame(call: &str, place: &str) -> Option<Frame> {
    let path = place.strip_prefix('\t')?;
    let (symbol, _) = call.rsplit_once('(').filter(|_| !call.starts_with('\t'))?;
    let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
    Some(Frame::of_symbol(symbol.trim_start_matches("created by "), ".", path))
}
