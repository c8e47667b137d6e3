//! Rows for people: aligned, with one heading, nothing drawn.

use std::fmt;

use super::output::printable;

const GAP: &str = "  ";

/// A table. Every row has as many cells as the heading.
pub struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A column whose heading begins with `>` is aligned to the right.
    pub fn new(heading: impl Into<Vec<&'static str>>) -> Self {
        Self { heading: heading.into(), rows: Vec::new() }
    }

    pub fn with<R: IntoIterator<Item = String>>(mut self, rows: impl IntoIterator<Item = R>) -> Self {
        let cells = |row: R| row.into_iter().map(|cell| cell_text(&cell)).collect();
        self.rows.extend(rows.into_iter().map(cells));
        self
    }

    /// The table, or `empty` when it has no row.
    pub fn or(&self, empty: &str) -> String {
        if self.rows.is_empty() { empty.to_owned() } else { self.to_string() }
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.heading.iter().map(|heading| length(title(heading))).collect();
        for row in &self.rows {
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = length(cell).max(*width));
        }
        widths
    }

    fn line<'a>(&self, widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
        let columns = self.heading.iter().zip(widths);
        let aligned = cells.zip(columns).map(|(cell, (heading, width))| match heading.starts_with('>') {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        aligned.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        f.write_str(&self.line(&widths, self.heading.iter().copied().map(title)))?;
        let line = |row: &Vec<String>| self.line(&widths, row.iter().map(String::as_str));
        self.rows.iter().try_for_each(|row| write!(f, "\n{}", line(row)))
    }
}

/// Names and values, one a line: `status     healthy`.
pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let pairs: Vec<(&str, String)> = pairs.into_iter().collect();
    let width = pairs.iter().map(|(name, _)| length(name)).max().unwrap_or(0);
    let lines = pairs
        .iter()
        .map(|(name, value)| format!("{name:<width$}{GAP}{}", cell_text(value)).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn title(heading: &str) -> &str {
    heading.trim_start_matches('>')
}

fn cell_text(cell: &str) -> String {
    if cell.is_empty() { "-".to_owned() } else { printable(cell) }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_trails() {
        let rows = [["a", "5", "x"], ["longer", "12", ""]].map(|row| row.map(str::to_owned));
        let table = Table::new(["NAME", ">RPM", "NOTE"]).with(rows);
        assert_eq!(table.or("none"), "NAME    RPM  NOTE\na         5  x\nlonger   12  -");
    }

    #[test]
    fn no_row_is_said_in_words() {
        assert_eq!(Table::new(["NAME"]).or("no providers yet"), "no providers yet");
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        let table = Table::new(["NAME"]).with([["\u{1b}[2J".to_owned()]]);
        assert_eq!(table.to_string(), "NAME\n\u{fffd}[2J");
    }

    #[test]
    fn pairs_are_aligned_by_their_longest_name() {
        assert_eq!(pairs([("url", "x".to_owned()), ("health", String::new())]), "url     x\nhealth  -");
    }
}
