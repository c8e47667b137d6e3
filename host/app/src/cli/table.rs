//! Rows for people: aligned, with one heading, nothing drawn.

use std::fmt;

use super::output::printable;

const GAP: &str = "  ";

/// A table with `N` columns.
pub struct Table<const N: usize> {
    heading: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A column whose heading begins with `>` is aligned to the right.
    pub fn new(heading: [&'static str; N]) -> Self {
        Self { heading, rows: Vec::new() }
    }

    pub fn with(mut self, rows: impl IntoIterator<Item = [String; N]>) -> Self {
        self.rows.extend(rows.into_iter().map(|row| row.map(|cell| cell_text(&cell))));
        self
    }

    /// The table, or `empty` when it has no row.
    pub fn or(&self, empty: &str) -> String {
        if self.rows.is_empty() { empty.to_owned() } else { self.to_string() }
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| length(&row[column]));
        cells.chain([length(title(self.heading[column]))]).max().unwrap_or(0)
    }

    fn line<'a>(&self, cells: impl Iterator<Item = &'a str>) -> String {
        let aligned = cells.enumerate().map(|(column, cell)| self.aligned(column, cell));
        aligned.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    }

    fn aligned(&self, column: usize, cell: &str) -> String {
        let width = self.width(column);
        match self.heading[column].starts_with('>') {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        }
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(self.heading.iter().copied().map(title)))?;
        self.rows.iter().try_for_each(|row| write!(f, "\n{}", self.line(row.iter().map(String::as_str))))
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
