//! What lets a path ask for more than the document holds: nesting (a parser's depth, and its tries), descents, several
//! selectors in a row of brackets, and filters that look at the whole document for each of its values. With these
//! bounds what is found is at most 16 times as many values as the document has. It must not know what a path means.

const PATH_BYTES_MAX: usize = 1024;
/// Brackets and parentheses within each other.
const DEPTH_MAX: usize = 8;
/// `..`
const DESCENTS_MAX: usize = 1;
/// Each may double what is found.
const COMMAS_MAX: usize = 4;

/// What is counted, outside of strings.
#[derive(Default)]
struct Counts {
    depth: usize,
    deepest: usize,
    descents: usize,
    commas: usize,
    roots: usize,
}

/// What is too much, in words.
pub(super) fn check(path: &str) -> Result<(), String> {
    bounded("has", path.len(), "bytes", PATH_BYTES_MAX)?;
    let counts = Counts::of(path);
    bounded("nests", counts.deepest, "brackets and parentheses", DEPTH_MAX)?;
    bounded("has", counts.descents, "times `..`", DESCENTS_MAX)?;
    bounded("has", counts.commas, "commas", COMMAS_MAX)?;
    bounded("has", counts.roots, "times `$`, which a filter would look up for each value,", 1)
}

fn bounded(has: &str, found: usize, what: &str, most: usize) -> Result<(), String> {
    if found <= most { Ok(()) } else { Err(format!("it {has} {found} {what}, at most {most} may be")) }
}

impl Counts {
    fn of(path: &str) -> Self {
        let mut counts = Self::default();
        let (mut quote, mut escaped, mut last) = (None, false, ' ');
        for c in path.chars() {
            match (quote, c) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(open), _) if open == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, _) => counts.count(last, c),
            }
            last = c;
        }
        counts
    }

    fn count(&mut self, last: char, c: char) {
        match c {
            '[' | '(' => self.depth += 1,
            ']' | ')' => self.depth = self.depth.saturating_sub(1),
            '.' if last == '.' => self.descents += 1,
            ',' => self.commas += 1,
            '$' => self.roots += 1,
            _ => {}
        }
        self.deepest = self.deepest.max(self.depth);
    }
}
