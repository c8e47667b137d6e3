//! The matrix as a table for the documentation: what a client sees of each fault. It must not judge.

use std::fmt::Write;

use super::Played;

pub(super) fn markdown(played: &[Played]) -> String {
    let mut text = "| the provider's fault | asked for | it is the only provider | others can answer | the provider then |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for cell in played {
        let row = (cell.fault, cell.mode);
        if rows.contains(&row) {
            continue;
        }
        rows.push(row);
        let of = |providers: usize| {
            played.iter().find(|other| (other.fault, other.mode) == row && other.providers == providers)
        };
        let seen = |providers: usize| of(providers).map_or_else(|| "-".to_owned(), sees);
        let then = of(1).or(of(3)).map_or("-", |cell| cell.provider.as_str());
        // A string takes everything.
        let _ = writeln!(text, "| {} | {} | {} | {} | {then} |", cell.fault, cell.mode, seen(1), seen(3));
    }
    text
}

/// What the client sees, and after how many attempts.
fn sees(cell: &Played) -> String {
    let attempts = if cell.attempts == "2" { ", second attempt" } else { "" };
    let what = match cell.outcome.as_str() {
        "over" => "a good answer".to_owned(),
        "refused" => format!("one JSON error, {}", cell.status),
        "whole" => "the answer, to the byte".to_owned(),
        "broken" => "what came, then one error event".to_owned(),
        _ => format!("**wrong** ({})", cell.status),
    };
    let failed = if cell.wrong.is_empty() { "" } else { " **(fails)**" };
    format!("{what}{attempts}{failed}")
}
